//! Moves records to another custodian, or to other holders. Since protocol version 3.
use super::holding::holders_of;
use crate::fault::{Stop, require};
use crate::view::{Context, RecordsView};
use amanat_types::call::Keep;
use amanat_types::event::{Event, RecordsKept};
use amanat_types::id::BlobDigest;
use amanat_types::state::Record;
use amanat_types::{MemberId, Refusal};

/// Makes the sponsor custodian of records of `from`, which named it, and their holders those whose `Stored` roots the transaction carries;
/// or, where `from` is the sponsor, only that. The sponsor's vault entries and wraps stand at those holders before: the ledger is
/// written last. A superseded record moves as any other; a retracted one does not, because nobody is to open it any more.
///
/// `from` need not be active: what it named stands, so that a member which was suspended or removed too soon can still be succeeded.
///
/// Refusals, in this order: `NoRecords`, `NotSuccessor`; for each record in order `RecordUnknown`, `RecordNotYours` (its custodian
/// is another than `from`), `RecordRetracted`; those of the holders (`records::holding`).
/// Reads: actor, roster, succession, record. Writes: record. Event: `RecordsKept`.
pub fn keep(ctx: &Context<'_>, view: &mut RecordsView<'_, '_>, call: &Keep) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    let sorted = call
        .records
        .windows(2)
        .all(|pair| pair.first() < pair.last());
    require(sorted && !call.records.is_empty(), Refusal::NoRecords)?;
    let leaving = (call.from != member).then_some(call.from);
    if let Some(from) = leaving {
        let named = view.own.succession(from)?;
        let named = named.and_then(|named| named.successor);
        require(named == Some(member), Refusal::NotSuccessor)?;
    }
    let records = movable(view, call)?;
    let blobs: Vec<BlobDigest> = records.iter().map(|record| record.blob).collect();
    let holders = holders_of(ctx, view, &blobs, leaving)?;

    for (id, record) in call.records.iter().zip(records) {
        let kept = Record {
            member,
            holders: holders.clone(),
            ..record
        };
        view.own.put_record(*id, kept);
    }
    view.events.push(Event::RecordsKept(RecordsKept {
        from: call.from,
        member,
        records: call.records.clone(),
    }));
    Ok(())
}

/// The records of the call, each of the custodian that the call names and not retracted.
fn movable(view: &RecordsView<'_, '_>, call: &Keep) -> Result<Vec<Record>, Stop> {
    let from: MemberId = call.from;
    let mut records = Vec::with_capacity(call.records.len());
    for id in &call.records {
        let record = view.own.record(*id)?.ok_or(Refusal::RecordUnknown)?;
        require(record.member == from, Refusal::RecordNotYours)?;
        require(record.retracted.is_none(), Refusal::RecordRetracted)?;
        records.push((*record).clone());
    }
    Ok(records)
}
