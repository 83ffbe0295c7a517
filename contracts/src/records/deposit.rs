//! Anchors one sealed record.
use super::holding::holders;
use crate::decision::{Claim, Moment, Question, Seen, Write, decide};
use crate::fault::{Fault, Stop, require};
use crate::view::{Context, RecordsView};
use amanat_types::call::{Deposit, WriteBasis};
use amanat_types::codec::List;
use amanat_types::event::{Event, RecordDeposited};
use amanat_types::state::{Record, Results};
use amanat_types::{PractitionerId, RecordId, Refusal, limits};

/// Anchors a record of the sponsor. The vaults have its blob already: the ledger is written last.
///
/// Refusals, in this order: `RecordExists`; those of the decision ([`decide`]); `BucketUnknown`; those of the holders
/// (`records::holding`); by an order `ResultsFull`.
/// Reads: actor, roster, practitioner, encounter, grant, permit, order, restrictions, record, results. Writes: record, results. Event: `RecordDeposited`.
pub fn deposit(
    ctx: &Context<'_>,
    view: &mut RecordsView<'_, '_>,
    call: &Deposit,
) -> Result<(), Stop> {
    let (id, record) = check(ctx, view, call, None)?;
    result(view, call, id)?;

    view.events.push(Event::RecordDeposited(RecordDeposited {
        record: id,
        index: record.index,
        member: record.member,
        bucket: record.bucket,
    }));
    view.own.put_record(id, record);
    Ok(())
}

/// Every check of a deposit, which may supersede `over`, and the record that it makes.
pub fn check(
    ctx: &Context<'_>,
    view: &RecordsView<'_, '_>,
    call: &Deposit,
    over: Option<RecordId>,
) -> Result<(RecordId, Record), Stop> {
    let member = ctx.body.sponsor;
    let id = RecordId::derive(member, call.local);
    require(view.own.record(id)?.is_none(), Refusal::RecordExists)?;
    may_write(ctx, view, call, over)?;
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

/// Whether the basis lets the sponsor write a record of this index.
fn may_write(
    ctx: &Context<'_>,
    view: &RecordsView<'_, '_>,
    call: &Deposit,
    over: Option<RecordId>,
) -> Result<(), Stop> {
    let practitioners = ctx.practitioners(view.actors, view.membership)?;
    let present: Vec<PractitionerId> = practitioners.iter().map(|(id, _)| *id).collect();
    let question = Question {
        member: ctx.body.sponsor,
        present: &present,
        moment: Moment::of(ctx.env.time_ms),
        claim: Claim::Write(Write {
            basis: call.basis,
            index: call.index,
            over,
        }),
    };
    let decision = decide(&question, &Seen::by_records(ctx, view))?;
    decision.verdict()?;
    Ok(())
}

/// Adds a record that was written under an order to the results of that order.
///
/// Refusal: `ResultsFull`.
pub fn result(
    view: &mut RecordsView<'_, '_>,
    call: &Deposit,
    record: RecordId,
) -> Result<(), Stop> {
    let WriteBasis::Order(order) = call.basis else {
        return Ok(());
    };
    let old = view.own.results(order)?;
    let mut records = old.map_or_else(Vec::new, |old| old.records.to_vec());
    require(records.len() < limits::RESULTS_MAX, Refusal::ResultsFull)?;
    records.push(record);
    let outgrown = |_| Fault::Outgrown { what: "results" };
    let records = List::new(records).map_err(outgrown)?;
    view.own.put_results(order, Results { records });
    Ok(())
}
