//! Supersedes a record by a new one.
use super::deposit::{check, result};
use crate::fault::{Stop, require};
use crate::view::{Context, RecordsView};
use amanat_types::Refusal;
use amanat_types::call::Amend;
use amanat_types::event::{Event, RecordAmended};
use amanat_types::state::Record;

/// Supersedes a record of the sponsor by a new one of the same index. The new one is a deposit with a basis and holders of its own.
///
/// Refusals, in this order: `RecordUnknown`, `RecordNotYours`, `RecordRetracted`, `RecordSuperseded`, `IndexChanged`; then as `Deposit`.
/// Reads: as `Deposit`. Writes: both records, results. Event: `RecordAmended`.
pub fn amend(ctx: &Context<'_>, view: &mut RecordsView<'_, '_>, call: &Amend) -> Result<(), Stop> {
    let old = view.own.record(call.supersedes)?;
    let old = old.ok_or(Refusal::RecordUnknown)?;
    require(old.member == ctx.body.sponsor, Refusal::RecordNotYours)?;
    require(old.retracted.is_none(), Refusal::RecordRetracted)?;
    require(old.superseded_by.is_none(), Refusal::RecordSuperseded)?;
    require(old.index == call.deposit.index, Refusal::IndexChanged)?;
    let (id, record) = check(ctx, view, &call.deposit, Some(call.supersedes))?;
    result(view, &call.deposit, id)?;

    view.events.push(Event::RecordAmended(RecordAmended {
        superseded: call.supersedes,
        record: id,
        index: record.index,
        member: record.member,
        bucket: record.bucket,
    }));
    let new = Record {
        supersedes: Some(call.supersedes),
        ..record
    };
    let old = Record {
        superseded_by: Some(id),
        ..(*old).clone()
    };
    view.own.put_record(id, new);
    view.own.put_record(call.supersedes, old);
    Ok(())
}
