//! Issues tickets: the one place that writes a new one.
use crate::env::ends_within;
use crate::fault::{Fault, Stop, require};
use crate::view::{AccessView, Context};
use amanat_types::call::{CheckIn, Scope};
use amanat_types::event::{Event, TicketIssued};
use amanat_types::state::{BasisRef, Ticket};
use amanat_types::{EncounterId, Purpose, Refusal, TicketId, limits};

/// The part of `CheckIn` that belongs to access: the ticket for the visit, with the encounter's local id and indexes.
///
/// Runs after `encounters::check_in`, which demands the card and checks the openings.
///
/// Refusals, in this order: `UntilInThePast`, `UntilTooFar` (of the ticket), `TicketExists`.
/// Reads: encounter, ticket. Writes: ticket. Event: `TicketIssued`.
pub fn issue_for_visit(
    ctx: &Context<'_>,
    view: &mut AccessView<'_, '_>,
    call: &CheckIn,
) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    let encounter = EncounterId::derive(member, call.local);
    let ticket = TicketId::derive(member, call.local);
    ends_within(ctx.env, call.ticket_until_ms, limits::TICKET_MS_MAX)?;
    require(view.own.ticket(ticket)?.is_none(), Refusal::TicketExists)?;
    let visit = view.encounters.encounter(encounter)?;
    let visit = visit.ok_or(Fault::Absent { what: "encounter" })?;

    let value = Ticket {
        member,
        practitioner: None,
        patient: Some(call.patient),
        basis: BasisRef::Encounter(encounter),
        purpose: Purpose::Treat,
        scope: Scope::Indexes(visit.indexes.clone()),
        reader: call.reader,
        height: ctx.env.height,
        until_ms: call.ticket_until_ms,
        justification: None,
    };
    issue(view, ticket, value);
    Ok(())
}

/// Writes a ticket that was judged, and says so.
pub fn issue(view: &mut AccessView<'_, '_>, id: TicketId, ticket: Ticket) {
    view.events.push(Event::TicketIssued(TicketIssued {
        ticket: id,
        member: ticket.member,
        practitioner: ticket.practitioner,
        patient: ticket.patient,
        basis: ticket.basis.kind(),
        purpose: ticket.purpose,
        scope: ticket.scope.clone(),
        until_ms: ticket.until_ms,
    }));
    view.own.put_ticket(id, ticket);
}
