//! Takes a record back.
use crate::fault::{Stop, require};
use crate::view::{Context, RecordsView};
use amanat_types::Refusal;
use amanat_types::call::Retract;
use amanat_types::code::RetractReason;
use amanat_types::event::{Event, RecordRetracted};
use amanat_types::state::Record;

/// Takes a record of the sponsor back: it stays on the ledger and is not released any more. A superseded record may be retracted.
///
/// Erasure is a call of its own: that reason is refused.
///
/// Refusals, in this order: `ReasonUnfit`, `RecordUnknown`, `RecordNotYours`, `RecordRetracted`.
/// Reads: record. Writes: record. Event: `RecordRetracted`.
pub fn retract(
    ctx: &Context<'_>,
    view: &mut RecordsView<'_, '_>,
    call: &Retract,
) -> Result<(), Stop> {
    require(call.reason != RetractReason::Erased, Refusal::ReasonUnfit)?;
    let old = view.own.record(call.record)?;
    let old = old.ok_or(Refusal::RecordUnknown)?;
    require(old.member == ctx.body.sponsor, Refusal::RecordNotYours)?;
    require(old.retracted.is_none(), Refusal::RecordRetracted)?;

    let value = Record {
        retracted: Some(call.reason),
        ..(*old).clone()
    };
    view.own.put_record(call.record, value);
    view.events.push(Event::RecordRetracted(RecordRetracted {
        record: call.record,
        member: old.member,
        reason: call.reason,
    }));
    Ok(())
}
