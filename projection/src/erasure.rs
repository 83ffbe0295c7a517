//! Read model 6: which records were erased, numbered in the order of the ledger. Whoever has to delete them keeps the number of the last that it dealt with, and asks
//! for those after it.
use crate::model::{ReadModel, decode};
use crate::store::{Batch, Table};
use amanat_client::Fault;
use amanat_types::RecordId;
use amanat_types::event::RecordsErased;
use commonware_codec::Encode as _;

/// Number, big-endian -> record.
const ERASED: Table = Table::new("erased");
/// The number of the last.
const LAST: Table = Table::new("erased-last");

/// Numbers the records of an erasure.
pub(crate) fn erased(batch: &mut Batch<'_>, event: &RecordsErased) -> Result<(), Fault> {
    let last = batch.get(LAST, b"", b"")?;
    let mut number: u64 = last.map_or(Ok(0), |bytes| decode(&bytes))?;
    for record in &event.records {
        number = number.saturating_add(1);
        batch.put(ERASED, b"", &number.to_be_bytes(), record.as_bytes())?;
    }
    batch.put(LAST, b"", b"", &number.encode())
}

impl ReadModel {
    /// At most `most` erased records after number `after`; the last has the number `after` and their count.
    pub fn erased(&self, after: u64, most: usize) -> Result<Vec<RecordId>, Fault> {
        let view = self.store().view()?;
        let mut records = Vec::new();
        let mut number = after;
        while records.len() < most {
            number = number.saturating_add(1);
            let Some(row) = view.get(ERASED, b"", &number.to_be_bytes())? else {
                break;
            };
            records.push(decode(&row)?);
        }
        Ok(records)
    }
}
