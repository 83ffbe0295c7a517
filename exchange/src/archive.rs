//! Archive: everything of a patient that the basis opens, in parts small enough to be held one at a time, and what was done with it.
//!
//! The same road as `$everything`: one ticket on all that the basis reaches, what is restricted left out without a sign. Beside what is
//! current it holds what was superseded, which the members keep and the basis opens as well. What was retracted is released to nobody.
use crate::accounting::{ACCOUNTING_MS_MAX, Disclosure};
use crate::read::{Opened, Wants};
use crate::{Actor, Error, Exchange, ReadContext};
use amanat_client::{Ledger, Stores};
use amanat_fhir::Resource;
use amanat_projection::{JournalStanding, RecordRow, Standing};
use amanat_types::code::JournalKind;
use amanat_types::{Height, MemberId, PatientId, RecordId, TimestampMs, limits};

/// Sealed bytes of a part, unless it is one record alone: what is opened, parsed and written at a time.
pub const PART_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Records of a part.
pub const PART_RECORDS_MAX: usize = 256;

/// What an archive is made of, as it stood when it was asked for.
#[derive(Clone, Debug)]
pub struct Contents {
    /// Height up to which the ledger was read.
    pub height: Height,
    /// When it was asked for.
    pub time_ms: TimestampMs,
    /// The parts, in the order of the ledger: what is current, then what was superseded.
    pub parts: Vec<Part>,
}

/// Records that are opened together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub records: Vec<RecordId>,
    /// Whether others took their places.
    pub superseded: bool,
    /// Their bytes, sealed: no less than those of their content.
    pub bytes: u64,
}

/// Who asked for what of a patient and what left, and how far that is known.
pub struct Accounts {
    /// The access log as AuditEvents, each made when it is taken.
    pub events: Box<dyn Iterator<Item = Resource> + Send>,
    /// The accounting of disclosures of six years.
    pub disclosures: Vec<Disclosure>,
    /// Release journals that could not be read now, or are not whole: whose, which, and why.
    pub doubts: Vec<(MemberId, JournalKind, String)>,
}

/// Splits rows into parts.
fn parts(rows: Vec<RecordRow>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for row in rows {
        let bucket = limits::SIZE_BUCKETS.get(usize::from(row.bucket));
        let bytes = u64::from(bucket.copied().unwrap_or(u32::MAX));
        let superseded = row.superseded_by.is_some();
        match parts.last_mut() {
            Some(part)
                if part.superseded == superseded
                    && part.records.len() < PART_RECORDS_MAX
                    && part.bytes.saturating_add(bytes) <= PART_BYTES_MAX =>
            {
                part.records.push(row.record);
                part.bytes = part.bytes.saturating_add(bytes);
            }
            _ => parts.push(Part {
                records: vec![row.record],
                superseded,
                bytes,
            }),
        }
    }
    parts
}

fn doubt(one: &JournalStanding) -> Option<(MemberId, JournalKind, String)> {
    let why = match one.standing {
        Standing::Whole => return None,
        Standing::Unread => "its keeper did not answer: what was read before is here".to_owned(),
        Standing::Flawed(flaw) => flaw.to_string(),
    };
    Some((one.member, one.journal, why))
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// What the archive of a patient is made of, by a ticket on all that the basis reaches, which stands on the ledger before anything is
    /// opened.
    ///
    /// Errors: as [`Exchange::everything`].
    pub async fn archive(
        &self,
        actor: &Actor,
        context: &ReadContext,
        patient: PatientId,
    ) -> Result<Contents, Error> {
        self.admit(actor)?;
        let context = ReadContext {
            patient: Some(patient),
            ..*context
        };
        let mut rows = self.reachable_ever(actor, &context).await?;
        rows.retain(|row| row.retracted.is_none());
        rows.sort_by_key(|row| (row.superseded_by.is_some(), row.place, row.record));
        Ok(Contents {
            height: self.folded(),
            time_ms: self.now(),
            parts: parts(rows),
        })
    }

    /// Opens a part. What was restricted or retracted since is left out.
    pub async fn archive_part(
        &self,
        actor: &Actor,
        context: &ReadContext,
        (patient, part): (PatientId, &Part),
    ) -> Result<Vec<Opened>, Error> {
        let context = ReadContext {
            patient: Some(patient),
            ..*context
        };
        let mut again = true;
        loop {
            let mut records = Vec::with_capacity(part.records.len());
            for record in &part.records {
                let row = self.inner.model.record(record)?;
                records.extend(row.filter(|row| row.retracted.is_none()).map(|_| *record));
            }
            let read = self.read_as(actor, &context, &records, Wants::Released);
            match read.await {
                // Retracted since the ticket was asked for: known here once the tip is folded.
                Err(Error::NotFound) if again => {
                    again = false;
                    self.wait_for_tip().await?;
                }
                other => return Ok(other?.opened),
            }
        }
    }

    /// The access log and the accounting of disclosures of a patient up to now; `logical` is the FHIR id of the Patient to name.
    ///
    /// Errors: as [`Exchange::access_log`].
    pub async fn archive_accounts(
        &self,
        actor: &Actor,
        patient: &PatientId,
        logical: &str,
    ) -> Result<Accounts, Error> {
        let log = self.access_log(actor, patient).await?;
        let now = self.now();
        let from = TimestampMs::new(now.get().saturating_sub(ACCOUNTING_MS_MAX));
        Ok(Accounts {
            disclosures: self.disclosures(&log.entries, (from, now.plus(1)))?,
            doubts: log.journals.iter().filter_map(doubt).collect(),
            events: Box::new(crate::audit::events(log.entries, logical.to_owned())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{PART_BYTES_MAX, PART_RECORDS_MAX, parts};
    use amanat_projection::{Place, RecordRow};
    use amanat_types::{
        BlindIndex, Height, MemberId, RecordId, TimestampMs, TransactionId, limits,
    };

    fn row(bucket: u8, superseded: bool) -> RecordRow {
        RecordRow {
            record: RecordId::new([1; 16]),
            index: BlindIndex::new([2; 16]),
            member: MemberId::new(1),
            bucket,
            place: Place::event(Height::new(1), 0, 0),
            time_ms: TimestampMs::new(1),
            transaction: TransactionId::new([0; 32]),
            supersedes: None,
            superseded_by: superseded.then_some(RecordId::new([3; 16])),
            retracted: None,
        }
    }

    #[test]
    fn a_part_is_bounded_by_count_and_bytes_and_loses_nothing() {
        let largest = u8::try_from(limits::SIZE_BUCKETS.len() - 1).expect("few");
        let table = [
            (vec![row(0, false); PART_RECORDS_MAX], 1),
            (vec![row(0, false); PART_RECORDS_MAX + 1], 2),
            (vec![row(largest, false); 3], 3),
            // A mebibyte each.
            (vec![row(11, false); 4], 1),
            (vec![row(11, false); 5], 2),
            (vec![row(0, false), row(0, true)], 2),
            (Vec::new(), 0),
        ];
        for (rows, count) in table {
            let all = rows.len();
            let parts = parts(rows);
            assert_eq!(parts.len(), count);
            assert_eq!(
                parts.iter().map(|part| part.records.len()).sum::<usize>(),
                all
            );
            let fits = |part: &super::Part| part.bytes <= PART_BYTES_MAX;
            assert!(parts.iter().all(fits));
        }
    }
}
