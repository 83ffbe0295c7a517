//! Finding people: which of the Patients that this member deposited somebody may be, by identifiers, names, father's name, birth date and gender.
//!
//! What a Patient is known by is kept in the own store, encrypted, under keys that two records of one person share. What is answered is which record, and how sure it
//! is; what stands in it is opened under a ticket, as everything is.
use crate::seal::Plan;
use crate::{Actor, Error, Exchange};
use amanat_client::{Fault, Ledger, Stores};
use amanat_fhir::matching::{Agreement, Grade, Likeness};
use amanat_fhir::{Checked, Limits, Resource, canonical};
use amanat_projection::{Batch, SamePerson, Table};
use amanat_types::{PatientId, RecordId};
use std::collections::BTreeSet;

/// List: key of [`Likeness::keys`]; key: record.
const BY_LIKENESS: Table = Table::new("likeness-by-key");
/// Record -> what of the Patient counts, as JSON.
const LIKENESS: Table = Table::new("likeness");
/// Elements of a Patient that count.
const ELEMENTS: [&str; 6] = [
    "resourceType",
    "identifier",
    "name",
    "contact",
    "birthDate",
    "gender",
];
/// Bytes of them at most; a Patient with more is found by search only.
const LIKENESS_BYTES_MAX: usize = 64 * 1024;
/// Patients that one question compares.
const COMPARED_MAX: usize = 2_000;
/// Patients of one answer at most.
pub const MATCHES_MAX: usize = 100;

/// A Patient who may be the one who is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// The Patient's record.
    pub record: RecordId,
    /// Whose it is.
    pub patient: PatientId,
    /// How sure.
    pub agreement: Agreement,
    /// Other pseudonyms of the same person, by links in force.
    pub same: Vec<SamePerson>,
}

/// What of a Patient counts; nothing if it is too much.
fn counting(patient: &Checked) -> Option<Resource> {
    let mut kept = patient.elements().clone();
    kept.retain(|name, _| ELEMENTS.contains(&name.as_str()));
    let kept = Resource::new(kept);
    (canonical(&kept).len() <= LIKENESS_BYTES_MAX).then_some(kept)
}

/// Removes what the Patient of a record was known by.
pub(crate) fn forget(batch: &mut Batch<'_>, record: &[u8]) -> Result<(), Fault> {
    let Some(kept) = batch.get(LIKENESS, b"", record)? else {
        return Ok(());
    };
    let kept = amanat_fhir::parse(&kept, Limits::RESOURCE);
    let kept = kept.map_err(|flaw| Fault::damaged("a kept Patient", flaw.to_string()))?;
    for key in Likeness::of(&kept).keys() {
        batch.remove(BY_LIKENESS, key.as_bytes(), record)?;
    }
    batch.remove(LIKENESS, b"", record)
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// What the Patients among plans are known by.
    pub(crate) fn likenesses(plans: &[Plan]) -> Vec<(RecordId, Resource)> {
        let patients = plans
            .iter()
            .filter(|plan| plan.resource.kind().name() == "Patient");
        let kept = patients.filter_map(|plan| Some((plan.record, counting(&plan.resource)?)));
        kept.collect()
    }

    /// Keeps what Patients are known by.
    pub(crate) async fn keep_likenesses(
        &self,
        patients: Vec<(RecordId, Resource)>,
    ) -> Result<(), Error> {
        if patients.is_empty() {
            return Ok(());
        }
        self.write(move |batch| {
            for (record, patient) in &patients {
                batch.put(LIKENESS, b"", record.as_bytes(), &canonical(patient))?;
                for key in Likeness::of(patient).keys() {
                    batch.put(BY_LIKENESS, key.as_bytes(), record.as_bytes(), b"")?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Keeps what Patients of this member are known by that was not kept so far: they were deposited before it was, or the own store was
    /// lost. Nothing is opened for it: this is called with what was opened, or deposited again, anyway.
    pub(crate) async fn learn_likenesses<'p>(
        &self,
        resources: impl Iterator<Item = (RecordId, &'p Checked)>,
    ) -> Result<(), Error> {
        let mut unknown = Vec::new();
        for (record, resource) in resources {
            if resource.kind().name() != "Patient" {
                continue;
            }
            let row = self.index_row(&record)?;
            let own = row.is_some_and(|row| row.patient.is_some() && row.until_ms.is_none());
            let view = self.inner.store.view()?;
            if own && view.get(LIKENESS, b"", record.as_bytes())?.is_none() {
                unknown.extend(counting(resource).map(|kept| (record, kept)));
            }
        }
        self.keep_likenesses(unknown).await
    }

    /// The Patients of this member who may be `asked`, the surest first, at most `most`; with `certain` only those who are.
    ///
    /// Errors: [`Error::Invalid`] (`count`), [`Error::Fault`].
    pub fn match_patient(
        &self,
        actor: &Actor,
        asked: &Checked,
        (certain, most): (bool, usize),
    ) -> Result<Vec<Matched>, Error> {
        self.admit(actor)?;
        if !(1..=MATCHES_MAX).contains(&most) {
            let rule = format!("must be 1 to {MATCHES_MAX}");
            return Err(Error::invalid("count", rule));
        }
        let asked = Likeness::of(asked);
        let mut found = Vec::new();
        for record in self.alike(&asked)? {
            let Some((patient, known)) = self.likeness_of(&record)? else {
                continue;
            };
            let Some(agreement) = asked.agrees(&known) else {
                continue;
            };
            if !certain || agreement.grade == Grade::Certain {
                found.push(Matched {
                    record,
                    patient,
                    agreement,
                    same: Vec::new(),
                });
            }
        }
        found.sort_by_key(|one| (std::cmp::Reverse(one.agreement.hundredths), one.record));
        found.truncate(most);
        let now = self.now();
        for one in &mut found {
            let same = self.inner.model.same_person(&one.patient)?;
            one.same = same.into_iter().filter(|one| one.in_force(now)).collect();
        }
        Ok(found)
    }

    /// Records that share a key with somebody, by the most telling keys first: identifiers, then names, then the birth date, which many share.
    fn alike(&self, asked: &Likeness) -> Result<BTreeSet<RecordId>, Error> {
        let view = self.inner.store.view()?;
        let mut records = BTreeSet::new();
        let mut keys: Vec<String> = asked.keys().into_iter().collect();
        keys.sort_by_key(|key| match key.as_bytes().first() {
            Some(b'i') => 0,
            Some(b'n') => 1,
            _ => 2,
        });
        for key in keys {
            for row in view.scan(BY_LIKENESS, key.as_bytes())? {
                if records.len() == COMPARED_MAX {
                    return Ok(records);
                }
                records.insert(crate::exchange::decode(&row.key)?);
            }
        }
        Ok(records)
    }

    /// Whose a record is and what it is known by, if it stands: neither superseded nor taken back.
    fn likeness_of(&self, record: &RecordId) -> Result<Option<(PatientId, Likeness)>, Error> {
        let patient = self.index_row(record)?.and_then(|row| row.patient);
        let kept = self
            .inner
            .store
            .view()?
            .get(LIKENESS, b"", record.as_bytes())?;
        let (Some(patient), Some(kept)) = (patient, kept) else {
            return Ok(None);
        };
        let kept = amanat_fhir::parse(&kept, Limits::RESOURCE);
        let kept = kept.map_err(|flaw| Error::damaged("a kept Patient", flaw))?;
        Ok(Some((patient, Likeness::of(&kept))))
    }
}
