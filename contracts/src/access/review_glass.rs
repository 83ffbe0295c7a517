//! Reviews broken glass. Since protocol version 3.
use crate::fault::{Stop, require};
use crate::view::{AccessView, Context};
use amanat_types::call::ReviewGlass;
use amanat_types::event::{Event, GlassReviewed};
use amanat_types::state::{BasisRef, ReviewState, Ticket};
use amanat_types::{MemberId, Refusal, Role};

/// Says whether broken glass was right, once its ticket has ended: by one who looks after privacy at the member that broke it, who is never
/// the one who broke it, since that takes another role; or by an officer of an authority, under any sponsor. Each reviewing member says so
/// once, and what it said stands. Nothing is upheld that was not justified; what was not upheld closes nothing: the member decides what
/// follows (`EndPractitioner`).
///
/// Refusals, in this order: `TicketUnknown`, `NotAnEmergency`, `GlassNotOver`; with an authority `AuthorityUnknown`, `TooFewOfficers`,
/// without one `TicketNotYours`, `PractitionerNotPresent`, `RoleNotAllowed`; `ReviewExists`, `NotJustified`.
/// Reads: actor, roster, member, practitioner, ticket, review. Writes: review. Event: `GlassReviewed`.
/// Source: decision 0008, basis emergency.
pub fn review_glass(
    ctx: &Context<'_>,
    view: &mut AccessView<'_, '_>,
    call: &ReviewGlass,
) -> Result<(), Stop> {
    let ticket = view.own.ticket(call.ticket)?;
    let ticket = ticket.ok_or(Refusal::TicketUnknown)?;
    let BasisRef::Emergency(practitioner) = ticket.basis else {
        return Err(Refusal::NotAnEmergency.into());
    };
    let over = ticket.until_ms <= ctx.env.time_ms;
    require(over, Refusal::GlassNotOver)?;
    let reviewer = reviewer(ctx, view, call, &ticket)?;
    let known = view.own.review(call.ticket, reviewer)?;
    require(known.is_none(), Refusal::ReviewExists)?;
    let justified = ticket.justification.is_some();
    require(justified || !call.upheld, Refusal::NotJustified)?;

    view.events.push(Event::GlassReviewed(GlassReviewed {
        ticket: call.ticket,
        patient: ticket.patient,
        practitioner,
        reviewer,
        upheld: call.upheld,
        finding: call.finding,
    }));
    let value = ReviewState {
        upheld: call.upheld,
        finding: call.finding,
        time_ms: ctx.env.time_ms,
    };
    view.own.put_review(call.ticket, reviewer, value);
    Ok(())
}

/// Who reviews.
fn reviewer(
    ctx: &Context<'_>,
    view: &AccessView<'_, '_>,
    call: &ReviewGlass,
    ticket: &Ticket,
) -> Result<MemberId, Stop> {
    if let Some(authority) = call.authority {
        ctx.officers(view.actors, view.membership, call.authority, 1)?;
        return Ok(authority);
    }
    let yours = ticket.member == ctx.body.sponsor;
    require(yours, Refusal::TicketNotYours)?;
    ctx.staff(view.actors, view.membership, Role::Privacy)?;
    Ok(ticket.member)
}
