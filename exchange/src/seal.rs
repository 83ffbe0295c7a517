//! From a draft to a sealed record: category, index, canonical bytes, seal, wrap. Blocking work, off the async threads.
use crate::amendment::About;
use crate::deposit::Draft;
use crate::fhir_index::IndexRow;
use crate::id::{check_caller_id, keyed, logical_id};
use crate::{Error, WriteContext};
use amanat_client::stores::BlobPut;
use amanat_envelope::seal::SealError;
use amanat_envelope::{Custody as _, SingleCustodian};
use amanat_fhir::{Category, Checked, Flaw, Limits};
use amanat_types::call::{Amend, Call, Deposit, Unit, WriteBasis};
use amanat_types::codec::List;
use amanat_types::id::SealingKey;
use amanat_types::{
    BlindIndex, Digest, Height, LocalId, MemberId, PatientId, RecordId, Refusal, TimestampMs,
};
use aws_lc_rs::hmac;
use commonware_codec::Encode as _;
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// Version of a record's first and only content; an amendment is a record of its own.
const VERSION_ID: &str = "1";

/// What drafts are planned with.
pub(crate) struct Planner {
    pub(crate) member: MemberId,
    pub(crate) secret: hmac::Key,
    pub(crate) context: Option<WriteContext>,
    /// Indexes of the context's patient by number of their category.
    pub(crate) indexes: BTreeMap<u8, BlindIndex>,
}

/// A draft with everything that is decided before it is sealed.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) record: RecordId,
    pub(crate) local: LocalId,
    pub(crate) index: BlindIndex,
    pub(crate) basis: WriteBasis,
    pub(crate) patient: Option<PatientId>,
    /// Keyed digest of the content as it came and of the size of its batch: a repeat must bring the same.
    pub(crate) tag: [u8; 32],
    pub(crate) resource: Checked,
    pub(crate) supersedes: Option<RecordId>,
}

/// A sealed draft.
pub(crate) struct SealedPlan {
    pub(crate) call: Call,
    pub(crate) put: BlobPut,
    pub(crate) row: IndexRow,
}

/// With what records are sealed.
#[derive(Clone, Copy)]
pub(crate) struct Sealer {
    pub(crate) member: MemberId,
    pub(crate) network: Digest,
    pub(crate) custodian: SealingKey,
    pub(crate) now: TimestampMs,
}

impl Planner {
    /// Plans drafts in their order; what each is about decides its index before its category does.
    pub(crate) fn plan(&self, drafts: Vec<Draft>, abouts: &[About]) -> Result<Vec<Plan>, Error> {
        let mut seen = BTreeSet::new();
        let count = drafts.len();
        let mut plans = Vec::with_capacity(count);
        let categories: Vec<Category> = drafts
            .iter()
            .map(|one| Category::of(&one.resource))
            .collect();
        for (at, draft) in drafts.into_iter().enumerate() {
            let path = format!("drafts[{at}].caller_id");
            check_caller_id(&path, &draft.caller_id)?;
            let plan = self.plan_one(draft, self.index_about(at, abouts, &categories), count)?;
            if !seen.insert(plan.record) {
                return Err(Error::invalid(path, "a caller's id may be given once only"));
            }
            plans.push(plan);
        }
        Ok(plans)
    }

    /// The index of what the draft at `at` is about, through drafts that are about each other; nothing for what goes round in a circle, or leads to a directory.
    fn index_about(
        &self,
        at: usize,
        abouts: &[About],
        categories: &[Category],
    ) -> Option<BlindIndex> {
        let mut to = at;
        for _ in abouts {
            match abouts.get(to)? {
                About::Index(index) => return Some(*index),
                About::Draft(next) => to = *next,
                About::Nothing => {
                    let category = categories.get(to).filter(|one| one.is_patient())?;
                    return self.indexes.get(&category.number()).copied();
                }
            }
        }
        None
    }

    fn plan_one(
        &self,
        draft: Draft,
        about: Option<BlindIndex>,
        count: usize,
    ) -> Result<Plan, Error> {
        let mut local = [0u8; 16];
        local.copy_from_slice(&keyed(&self.secret, "record", &draft.caller_id)[..16]);
        let local = LocalId::new(local);
        let record = RecordId::derive(self.member, local);
        let mut resource = draft.resource;
        resource.set_id(&logical_id(&record))?;
        // A batch is one: repeated with drafts added or left out, each of its drafts says so.
        let mut content = amanat_fhir::canonical(&resource);
        content.extend_from_slice(&(count as u64).to_be_bytes());
        let tag = keyed(&self.secret, "content", &content);
        let category = Category::of(&resource);
        let (index, basis, patient) = if category == Category::Directory {
            let index = BlindIndex::directory(self.member);
            (index, WriteBasis::Directory(Unit), None)
        } else {
            let context = self.context.ok_or(Refusal::NoBasis)?;
            let index = about.or_else(|| self.indexes.get(&category.number()).copied());
            let index = index.ok_or(Refusal::IndexOutsideBasis)?;
            (index, context.basis, Some(context.patient))
        };
        Ok(Plan {
            record,
            local,
            index,
            basis,
            patient,
            tag,
            resource,
            supersedes: None,
        })
    }
}

impl Sealer {
    /// Seals plans in their order.
    pub(crate) fn seal(&self, plans: Vec<Plan>) -> Result<Vec<SealedPlan>, Error> {
        let mut rng = rand::rng();
        let plans = plans.into_iter();
        plans.map(|plan| self.seal_one(plan, &mut rng)).collect()
    }

    fn seal_one(
        &self,
        mut plan: Plan,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<SealedPlan, Error> {
        let updated = amanat_fhir::instant(self.now.get());
        plan.resource.set_version(VERSION_ID, &updated)?;
        let bytes = readable(&plan.resource)?;
        let sealed = amanat_envelope::seal(plan.record, &bytes, rng).map_err(|e| match e {
            SealError::TooLarge { .. } => {
                Error::invalid(plan.resource.kind().name(), e.to_string())
            }
            SealError::Cipher => Error::damaged("the cipher", e),
        })?;
        let (custodian, network) = (&self.custodian, &self.network);
        let wrap = SingleCustodian::wrap(custodian, network, plan.record, &sealed.key, rng);
        let wrap = wrap.map_err(|e| Error::damaged("a wrap", e))?;
        let deposit = Deposit {
            local: plan.local,
            blob: sealed.digest,
            bucket: sealed.bucket,
            index: plan.index,
            basis: plan.basis,
            stored: List::empty(),
        };
        let row = IndexRow::authored(self.member, &plan, self.now, Height::new(0));
        Ok(SealedPlan {
            call: match plan.supersedes {
                Some(supersedes) => Call::Amend(Amend {
                    supersedes,
                    deposit,
                }),
                None => Call::Deposit(deposit),
            },
            put: BlobPut {
                blob: sealed.digest,
                record: plan.record,
                wrap: wrap.encode().to_vec(),
                bytes: sealed.blob,
            },
            row,
        })
    }
}

/// The bytes that are sealed.
///
/// A flaw if whoever opens them would refuse them: id and version stand in them beside what came, and what came in a Bundle was measured as a
/// part of it, so it may be more by now than one resource may be.
/// Read by the reader's own rule, which takes about four microseconds for the 700 bytes of a usual one (`fhir/benches/parse.rs`).
fn readable(resource: &Checked) -> Result<Zeroizing<Vec<u8>>, Flaw> {
    let bytes = Zeroizing::new(amanat_fhir::canonical(resource));
    amanat_fhir::parse(&bytes, Limits::RESOURCE)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{VERSION_ID, readable};
    use amanat_fhir::{Checked, Limits, NAMES_MAX, Rule, check, parse};

    /// A resource that came as this text in a Bundle, with what stands on it when it is sealed.
    fn deposited(text: &str) -> Checked {
        let came = parse(text.as_bytes(), Limits::BUNDLE).and_then(check);
        let mut resource = came.expect("it is taken");
        resource.set_id("a").expect("an id");
        let time = amanat_fhir::instant(0);
        resource.set_version(VERSION_ID, &time).expect("a version");
        resource
    }

    fn rule(text: &str) -> Option<Rule> {
        readable(&deposited(text)).err().map(|flaw| flaw.rule())
    }

    #[test]
    fn what_nobody_could_read_is_not_sealed() {
        let named = |count: usize| {
            let name = |at: usize| format!(",\"a{at}\":0");
            let names: String = (1..count).map(name).collect();
            format!("{{\"resourceType\":\"Basic\"{names}}}")
        };
        // Two more come: id and meta.
        assert_eq!(rule(&named(NAMES_MAX - 2)), None);
        let names_max = NAMES_MAX;
        let too_many = Some(Rule::TooManyNames { names_max });
        assert_eq!(rule(&named(NAMES_MAX - 1)), too_many);
        assert_eq!(rule(&named(NAMES_MAX)), too_many);

        let nodes_max = Limits::RESOURCE.nodes_max;
        let holding = |count: usize| {
            let items = vec!["0"; count].join(",");
            format!("{{\"resourceType\":\"Basic\",\"a\":[{items}]}}")
        };
        // The resource, its type, the list, the id, meta and the two in it.
        assert_eq!(rule(&holding(nodes_max - 7)), None);
        let too_many = Some(Rule::TooManyNodes { nodes_max });
        assert_eq!(rule(&holding(nodes_max - 6)), too_many);
        assert_eq!(rule(&holding(nodes_max)), too_many);
    }
}
