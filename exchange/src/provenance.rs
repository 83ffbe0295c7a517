//! Where a record is from: who deposited it, in the place of which, and who is custodian of its key, each with the transaction that proves it.
//!
//! A Provenance is shown to whom its record is shown: it is made of a record that was opened, never of a record's id. So reading one takes the
//! road of reading the record, ticket, judgement and journal included, and a record that is unknown, retracted or closed to the reader
//! has none to show.
use crate::id::record_of;
use crate::{Actor, Error, Exchange, Opened};
use amanat_client::{Ledger, Stores};
use amanat_fhir::Resource;
use amanat_fhir::provenance::{Activity, Proof, Provenance, provenance};
use amanat_types::RecordId;

/// Digits of a step's number.
const STEP_DIGITS_MAX: usize = 6;
/// Characters of a record's id.
const RECORD_LENGTH: usize = 32;

/// The id of a record's Provenance: the record's own, and the number of the step.
fn id(record: &RecordId, step: usize) -> String {
    format!("{record}-{step}")
}

/// Of which record and which step this is the id; nothing if it is none of [`Exchange::provenance`].
pub fn step_of(id: &str) -> Option<(RecordId, usize)> {
    let (record, step) = id.split_at_checked(RECORD_LENGTH)?;
    let step = step.strip_prefix('-')?;
    let digits = (1..=STEP_DIGITS_MAX).contains(&step.len())
        && step.bytes().all(|b| b.is_ascii_digit())
        && (step == "0" || !step.starts_with('0'));
    match digits {
        true => Some((record_of(record)?, step.parse().ok()?)),
        false => None,
    }
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// The Provenance of records that were opened: for each, in the order given, its deposit and then every change of custodian, oldest first.
    /// The number of a step never changes.
    pub async fn provenance(
        &self,
        actor: &Actor,
        opened: &[Opened],
    ) -> Result<Vec<Resource>, Error> {
        self.admit(actor)?;
        if opened.is_empty() {
            return Ok(Vec::new());
        }
        self.wait_for_tip().await?;
        let mut all = Vec::with_capacity(opened.len());
        for one in opened {
            all.extend(self.steps(one)?);
        }
        Ok(all)
    }

    fn steps(&self, opened: &Opened) -> Result<Vec<Resource>, Error> {
        let model = &self.inner.model;
        let row = model.record(&opened.record)?;
        let missing = || Error::damaged("the read model", "a record that was opened is missing");
        let row = row.ok_or_else(missing)?;
        let target = opened.resource.reference().ok_or_else(missing)?;
        let author = row.member.to_string();
        let supersedes = row.supersedes.map(|old| old.to_string());
        let first = Provenance {
            id: &id(&row.record, 0),
            target: &target,
            recorded_ms: row.time_ms.get(),
            activity: match supersedes {
                Some(_) => Activity::Update,
                None => Activity::Create,
            },
            author: &author,
            custodian: &author,
            supersedes: supersedes.as_deref(),
            proof: Proof {
                transaction: &row.transaction.to_string(),
                height: row.place.height.get(),
            },
        };
        let mut steps = vec![provenance(&first)];
        for (number, taken) in (1usize..).zip(model.taken_over(&row.record)?) {
            steps.push(provenance(&Provenance {
                id: &id(&row.record, number),
                recorded_ms: taken.time_ms.get(),
                activity: Activity::TakeOver(&taken.from.to_string()),
                custodian: &taken.member.to_string(),
                supersedes: None,
                proof: Proof {
                    transaction: &taken.transaction.to_string(),
                    height: taken.place.height.get(),
                },
                ..first
            }));
        }
        Ok(steps)
    }
}

#[cfg(test)]
mod tests {
    use super::{id, step_of};
    use amanat_types::RecordId;

    #[test]
    fn an_id_leads_back_to_its_step_and_nothing_else_does() {
        let record = RecordId::new([0xab; 16]);
        for step in [0, 1, 10, 999_999] {
            assert_eq!(step_of(&id(&record, step)), Some((record, step)));
        }
        for wrong in ["", "-", "-x", "-00", "-01", "-+1", "-1000000", "0", "-1-1"] {
            assert_eq!(step_of(&format!("{record}{wrong}")), None, "{wrong}");
        }
        let upper = record.to_string().to_uppercase();
        assert_eq!(step_of(&format!("{upper}-0")), None);
        assert_eq!(step_of("é-0"), None);
    }
}
