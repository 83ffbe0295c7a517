//! Orders a test, or refers.
use crate::env::ends_within;
use crate::fault::{Fault, Stop, require};
use crate::view::{Context, EncountersView};
use amanat_types::call::{PlaceOrder, Work};
use amanat_types::event::{Event, OrderPlaced};
use amanat_types::state::{Encounter, OrderState};
use amanat_types::{OrderId, Refusal, limits};

/// Lets another member perform a test, or read what a referral names, until `until_ms`, exclusive, at most [`limits::ORDER_MS_MAX`] ahead,
/// out of an open encounter of the sponsor and over indexes of it.
///
/// A registration without a card may order tests, whose results its member may read, and refers nothing: it opens nothing itself.
///
/// Refusals, in this order: `UntilInThePast`, `UntilTooFar`, `EncounterUnknown`, `EncounterNotYours`, `RegistrationIsWriteOnly` (a
/// referral), `EncounterEnded`, `EncounterNoWrite` (a test, or a referral that writes), `NotInTeam`, `OrderExists`, `MemberUnknown`,
/// `NoIndexes`, `NamesUnfit`, `IndexOutsideVisit`.
/// Reads: actor, roster, practitioner, encounter, team, order. Writes: order. Event: `OrderPlaced`.
pub fn place_order(
    ctx: &Context<'_>,
    view: &mut EncountersView<'_, '_>,
    call: &PlaceOrder,
) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    let id = OrderId::derive(member, call.local);
    ends_within(ctx.env, call.until_ms, limits::ORDER_MS_MAX)?;
    let visit = view.own.encounter(call.encounter)?;
    let visit = visit.ok_or(Refusal::EncounterUnknown)?;
    may_order(ctx, &visit, &call.work)?;
    require(in_team(ctx, view, call)?, Refusal::NotInTeam)?;
    require(view.own.order(id)?.is_none(), Refusal::OrderExists)?;
    let active = view.membership.is_active(call.performer)?;
    require(active, Refusal::MemberUnknown)?;
    named(&visit, call)?;

    view.events.push(Event::OrderPlaced(OrderPlaced {
        order: id,
        member,
        patient: visit.patient,
        performer: call.performer,
        work: call.work.clone(),
        indexes: call.indexes.clone(),
        until_ms: call.until_ms,
    }));
    let value = OrderState {
        member,
        patient: visit.patient,
        encounter: call.encounter,
        performer: call.performer,
        work: call.work.clone(),
        indexes: call.indexes.clone(),
        until_ms: call.until_ms,
        ended_ms: None,
    };
    view.own.put_order(id, value);
    Ok(())
}

/// Whether the encounter is open, the sponsor's, and lets it do itself what it orders.
fn may_order(ctx: &Context<'_>, visit: &Encounter, work: &Work) -> Result<(), Refusal> {
    require(visit.member == ctx.body.sponsor, Refusal::EncounterNotYours)?;
    let (reads, writes) = match work {
        Work::Test(_) => (false, true),
        Work::Referral(referral) => (true, referral.write),
    };
    let opens = visit.registration.is_none();
    require(!reads || opens, Refusal::RegistrationIsWriteOnly)?;
    require(visit.is_open(ctx.env.time_ms), Refusal::EncounterEnded)?;
    require(!writes || visit.write, Refusal::EncounterNoWrite)
}

/// Whether one of a strict care team co-signed: what the member's others may not read, they may not pass on either.
fn in_team(
    ctx: &Context<'_>,
    view: &EncountersView<'_, '_>,
    call: &PlaceOrder,
) -> Result<bool, Fault> {
    let team = view.own.team(call.encounter)?;
    let Some(team) = team.filter(|team| team.strict) else {
        return Ok(true);
    };
    let practitioners = ctx.practitioners(view.actors, view.membership)?;
    let mut present = practitioners.iter().map(|(id, _)| *id);
    Ok(present.any(|id| team.seats_practitioner(id)))
}

/// Whether what is named is sorted, and of the encounter.
fn named(visit: &Encounter, call: &PlaceOrder) -> Result<(), Refusal> {
    require(!call.indexes.is_empty(), Refusal::NoIndexes)?;
    let records_sorted = match &call.work {
        Work::Test(_) => true,
        Work::Referral(referral) => referral.records.is_sorted_by(|one, next| one < next),
    };
    let sorted = call.indexes.is_sorted_by(|one, next| one < next);
    require(sorted && records_sorted, Refusal::NamesUnfit)?;
    let mut indexes = call.indexes.iter();
    let inside = indexes.all(|index| visit.indexes.binary_search(index).is_ok());
    require(inside, Refusal::IndexOutsideVisit)
}
