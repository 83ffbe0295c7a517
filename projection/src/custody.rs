//! Read model 4: which members took a record over since it was deposited, in the order of the ledger.
//!
//! A row for each record and change of custodian; a record that nobody took over, as most, has none.
use crate::log::Place;
use crate::model::{ReadModel, decode};
use crate::record::Anchor;
use crate::store::{Batch, Table};
use amanat_client::Fault;
use amanat_types::event::RecordsKept;
use amanat_types::{MemberId, RecordId, TimestampMs, TransactionId, codec_struct};
use commonware_codec::Encode as _;

/// List: record; key: place.
const TAKEN: Table = Table::new("record-taken-over");

/// A change of a record's custodian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenOver {
    /// Where on the ledger.
    pub place: Place,
    /// Time of that block.
    pub time_ms: TimestampMs,
    /// The transaction, for its receipt.
    pub transaction: TransactionId,
    /// Who was custodian.
    pub from: MemberId,
    /// Who is since.
    pub member: MemberId,
}
codec_struct!(TakenOver {
    place,
    time_ms,
    transaction,
    from,
    member
});

/// Notes a change of custodian; other holders alone are none.
pub(crate) fn kept(batch: &mut Batch<'_>, at: Anchor, event: &RecordsKept) -> Result<(), Fault> {
    if event.from == event.member {
        return Ok(());
    }
    let taken = TakenOver {
        place: at.place,
        time_ms: at.time_ms,
        transaction: at.transaction,
        from: event.from,
        member: event.member,
    };
    let (key, value) = (at.place.encode(), taken.encode());
    for record in &event.records {
        batch.put(TAKEN, record.as_bytes(), &key, &value)?;
    }
    Ok(())
}

impl ReadModel {
    /// The changes of a record's custodian, oldest first.
    pub fn taken_over(&self, record: &RecordId) -> Result<Vec<TakenOver>, Fault> {
        let rows = self.store().view()?.scan(TAKEN, record.as_bytes())?;
        rows.iter().map(|row| decode(&row.value)).collect()
    }
}
