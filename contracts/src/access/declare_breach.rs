//! Declares that what was opened under tickets was breached. Since protocol version 3.
use crate::fault::{Stop, require};
use crate::view::{AccessView, Context};
use amanat_types::call::DeclareBreach;
use amanat_types::event::{BreachDeclared, Event};
use amanat_types::state::BreachState;
use amanat_types::{Refusal, Role};

/// Says of tickets that what they opened was breached: for the patients to be told, and never taken back. The tickets are the list of those
/// concerned. It closes nothing: what is open is ended by what it stands on, whoever asked by `EndPractitioner`.
///
/// By one who looks after privacy at the member of all the tickets, which sponsors; or by two officers of an authority under any sponsor,
/// about anybody's.
///
/// Refusals, in this order: `NamesUnfit` (no tickets, or not sorted); with an authority `AuthorityUnknown`, `TooFewOfficers`, without one
/// `PractitionerNotPresent`, `RoleNotAllowed`; for each ticket `TicketUnknown`, without an authority `TicketNotYours`, `BreachExists`.
/// Reads: actor, roster, member, practitioner, ticket, breach. Writes: breach. Event for each ticket: `BreachDeclared`.
/// Source: 45 CFR 164.404 and 164.410, GDPR 33 and 34: who is concerned is told.
pub fn declare_breach(
    ctx: &Context<'_>,
    view: &mut AccessView<'_, '_>,
    call: &DeclareBreach,
) -> Result<(), Stop> {
    let sorted = call.tickets.is_sorted_by(|one, next| one < next);
    require(!call.tickets.is_empty() && sorted, Refusal::NamesUnfit)?;
    let declared_by = match call.authority {
        Some(authority) => {
            ctx.officers(view.actors, view.membership, call.authority, 2)?;
            authority
        }
        None => {
            ctx.staff(view.actors, view.membership, Role::Privacy)?;
            ctx.body.sponsor
        }
    };
    for id in &call.tickets {
        let ticket = view.own.ticket(*id)?;
        let ticket = ticket.ok_or(Refusal::TicketUnknown)?;
        let yours = call.authority.is_some() || ticket.member == declared_by;
        require(yours, Refusal::TicketNotYours)?;
        let known = view.own.breach(*id)?;
        require(known.is_none(), Refusal::BreachExists)?;

        view.events.push(Event::BreachDeclared(BreachDeclared {
            ticket: *id,
            member: ticket.member,
            patient: ticket.patient,
            declared_by,
            statement: call.statement,
        }));
        let value = BreachState {
            declared_by,
            statement: call.statement,
            time_ms: ctx.env.time_ms,
        };
        view.own.put_breach(*id, value);
    }
    Ok(())
}
