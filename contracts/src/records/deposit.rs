//! Anchors one sealed record.
use super::basis::may_write;
use super::holding::holders;
use crate::fault::{Stop, require};
use crate::view::{Context, RecordsView};
use amanat_types::call::Deposit;
use amanat_types::event::{Event, RecordDeposited};
use amanat_types::state::Record;
use amanat_types::{RecordId, Refusal, limits};

/// Anchors a record of the sponsor. The vaults have its blob already: the ledger is written last.
///
/// Refusals, in this order: `RecordExists`; those of the basis (`records::basis`); `BucketUnknown`; those of the holders
/// (`records::holding`).
/// Reads: actor, roster, practitioner, encounter, grant, record. Writes: record. Event: `RecordDeposited`.
pub fn deposit(
    ctx: &Context<'_>,
    view: &mut RecordsView<'_, '_>,
    call: &Deposit,
) -> Result<(), Stop> {
    let (id, record) = check(ctx, view, call)?;

    view.events.push(Event::RecordDeposited(RecordDeposited {
        record: id,
        index: record.index,
        member: record.member,
        bucket: record.bucket,
    }));
    view.own.put_record(id, record);
    Ok(())
}

/// Every check of a deposit, and the record that it makes.
pub fn check(
    ctx: &Context<'_>,
    view: &RecordsView<'_, '_>,
    call: &Deposit,
) -> Result<(RecordId, Record), Stop> {
    let member = ctx.body.sponsor;
    let id = RecordId::derive(member, call.local);
    require(view.own.record(id)?.is_none(), Refusal::RecordExists)?;
    may_write(ctx, view, call.index, call.basis)?;
    require(
        limits::SIZE_BUCKETS.get(usize::from(call.bucket)).is_some(),
        Refusal::BucketUnknown,
    )?;
    let holders = holders(ctx, view, call)?;
    let record = Record {
        member,
        blob: call.blob,
        bucket: call.bucket,
        index: call.index,
        holders,
        height: ctx.env.height,
        supersedes: None,
        superseded_by: None,
        retracted: None,
    };
    Ok((id, record))
}
