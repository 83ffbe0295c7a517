//! Read model 1: which records stand under a blind index, in the order of the ledger.
use crate::log::Place;
use crate::model::ReadModel;
use crate::store::{Batch, Table, View};
use amanat_client::Fault;
use amanat_types::code::RetractReason;
use amanat_types::event::{RecordAmended, RecordDeposited, RecordRetracted, RecordsErased};
use amanat_types::{BlindIndex, MemberId, RecordId, TimestampMs, TransactionId, codec_struct};
use commonware_codec::Encode as _;

/// Record id -> [`RecordRow`].
const RECORD: Table = Table::new("record");
/// List: blind index; key: place; value: record id.
const INDEX: Table = Table::new("record-by-index");

/// A record as the events tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// Which.
    pub record: RecordId,
    /// Blind index of its category.
    pub index: BlindIndex,
    /// Who deposited it.
    pub member: MemberId,
    /// Size bucket.
    pub bucket: u8,
    /// Where on the ledger.
    pub place: Place,
    /// Time of that block.
    pub time_ms: TimestampMs,
    /// The transaction, for its receipt.
    pub transaction: TransactionId,
    /// The record that this one superseded.
    pub supersedes: Option<RecordId>,
    /// The record that superseded it.
    pub superseded_by: Option<RecordId>,
    /// Set when it was taken back or erased.
    pub retracted: Option<RetractReason>,
}
codec_struct!(RecordRow {
    record,
    index,
    member,
    bucket,
    place,
    time_ms,
    transaction,
    supersedes,
    superseded_by,
    retracted
});

/// Where, when and by which transaction something became of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchor {
    pub(crate) place: Place,
    pub(crate) time_ms: TimestampMs,
    pub(crate) transaction: TransactionId,
}

impl RecordRow {
    /// Whether it is neither superseded nor retracted.
    pub const fn is_current(&self) -> bool {
        self.superseded_by.is_none() && self.retracted.is_none()
    }
}

fn load(bytes: Option<Vec<u8>>) -> Result<Option<RecordRow>, Fault> {
    bytes.map(|bytes| crate::model::decode(&bytes)).transpose()
}

fn save(batch: &mut Batch<'_>, row: &RecordRow) -> Result<(), Fault> {
    batch.put(RECORD, b"", row.record.as_bytes(), &row.encode())
}

fn insert(batch: &mut Batch<'_>, row: &RecordRow) -> Result<(), Fault> {
    let place = row.place.encode();
    batch.put(INDEX, row.index.as_bytes(), &place, row.record.as_bytes())?;
    save(batch, row)
}

pub(crate) fn deposited(
    batch: &mut Batch<'_>,
    at: Anchor,
    event: &RecordDeposited,
) -> Result<(), Fault> {
    let row = RecordRow {
        record: event.record,
        index: event.index,
        member: event.member,
        bucket: event.bucket,
        place: at.place,
        time_ms: at.time_ms,
        transaction: at.transaction,
        supersedes: None,
        superseded_by: None,
        retracted: None,
    };
    insert(batch, &row)
}

pub(crate) fn amended(
    batch: &mut Batch<'_>,
    at: Anchor,
    event: &RecordAmended,
) -> Result<(), Fault> {
    if let Some(mut old) = load(batch.get(RECORD, b"", event.superseded.as_bytes())?)? {
        old.superseded_by = Some(event.record);
        save(batch, &old)?;
    }
    let row = RecordRow {
        record: event.record,
        index: event.index,
        member: event.member,
        bucket: event.bucket,
        place: at.place,
        time_ms: at.time_ms,
        transaction: at.transaction,
        supersedes: Some(event.superseded),
        superseded_by: None,
        retracted: None,
    };
    insert(batch, &row)
}

pub(crate) fn retracted(batch: &mut Batch<'_>, event: &RecordRetracted) -> Result<(), Fault> {
    if let Some(mut row) = load(batch.get(RECORD, b"", event.record.as_bytes())?)? {
        row.retracted = Some(event.reason);
        save(batch, &row)?;
    }
    Ok(())
}

/// Records are given to nobody any more, whether they were taken back before or not.
pub(crate) fn erased(batch: &mut Batch<'_>, event: &RecordsErased) -> Result<(), Fault> {
    for record in &event.records {
        if let Some(mut row) = load(batch.get(RECORD, b"", record.as_bytes())?)? {
            row.retracted = Some(RetractReason::Erased);
            save(batch, &row)?;
        }
    }
    Ok(())
}

fn records(view: &View<'_>, index: &BlindIndex) -> Result<Vec<RecordRow>, Fault> {
    let mut rows = Vec::new();
    for row in view.scan(INDEX, index.as_bytes())? {
        let found = load(view.get(RECORD, b"", &row.value)?)?;
        rows.push(found.ok_or_else(|| crate::model::damaged("a record of an index is missing"))?);
    }
    Ok(rows)
}

impl ReadModel {
    /// A record, if the events told of it.
    pub fn record(&self, record: &RecordId) -> Result<Option<RecordRow>, Fault> {
        load(self.store().view()?.get(RECORD, b"", record.as_bytes())?)
    }

    /// The records under any of these indexes, in the order of the ledger; superseded and retracted ones among them.
    pub fn records(&self, indexes: &[BlindIndex]) -> Result<Vec<RecordRow>, Fault> {
        let view = self.store().view()?;
        let mut found = Vec::new();
        for index in indexes {
            found.extend(records(&view, index)?);
        }
        found.sort_by_key(|row| row.place);
        Ok(found)
    }
}
