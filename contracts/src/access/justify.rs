//! Justifies broken glass.
use crate::fault::{Stop, require};
use crate::view::{AccessView, Context};
use amanat_types::Refusal;
use amanat_types::call::Justify;
use amanat_types::event::{EmergencyJustified, Event};
use amanat_types::state::{BasisRef, Ticket};

/// Justifies an emergency, late or not; the practitioner may break glass again once nothing is overdue.
///
/// The practitioner who broke it co-signs, even when the registration has ended meanwhile: what is owed stays owed.
///
/// Refusals, in this order: `TicketUnknown`, `NotAnEmergency`, `TicketNotYours`, `AlreadyJustified`.
/// Reads: actor, ticket, emergencies. Writes: ticket, emergencies. Event: `EmergencyJustified`.
pub fn justify(
    ctx: &Context<'_>,
    view: &mut AccessView<'_, '_>,
    call: &Justify,
) -> Result<(), Stop> {
    let ticket = view.own.ticket(call.ticket)?;
    let ticket = ticket.ok_or(Refusal::TicketUnknown)?;
    let BasisRef::Emergency(practitioner) = ticket.basis else {
        return Err(Refusal::NotAnEmergency.into());
    };
    require(
        ticket.member == ctx.body.sponsor && ctx.names_practitioner(view.actors, practitioner)?,
        Refusal::TicketNotYours,
    )?;
    require(ticket.justification.is_none(), Refusal::AlreadyJustified)?;

    let mut pending = view.own.pending(practitioner)?;
    let in_time = pending.iter().any(|emergency| {
        emergency.ticket == call.ticket && ctx.env.time_ms < emergency.justify_by_ms
    });
    pending.retain(|emergency| emergency.ticket != call.ticket);
    view.own.put_pending(practitioner, pending)?;
    let value = Ticket {
        justification: Some(call.justification),
        ..(*ticket).clone()
    };
    view.own.put_ticket(call.ticket, value);
    view.events
        .push(Event::EmergencyJustified(EmergencyJustified {
            ticket: call.ticket,
            practitioner,
            justification: call.justification,
            in_time,
        }));
    Ok(())
}
