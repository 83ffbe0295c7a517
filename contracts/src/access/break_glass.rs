//! Breaks the glass.
use super::issue::issue;
use crate::env::ends_within;
use crate::fault::{Stop, require};
use crate::view::{AccessView, Context};
use amanat_types::call::{BreakGlass, Scope};
use amanat_types::event::{Event, GlassBroken};
use amanat_types::state::{BasisRef, PendingEmergency, Ticket};
use amanat_types::{PractitionerId, Purpose, Refusal, TicketId, limits};

/// Opens a patient's emergency indexes at once, without consent, until `until_ms`, exclusive, at most [`limits::EMERGENCY_MS_MAX`] ahead.
///
/// A clinician or nurse of the sponsor co-signs; the first of them is the one who breaks it, and owes a justification within
/// [`limits::JUSTIFY_MS_MAX`].
///
/// Refusals, in this order: `UntilInThePast`, `UntilTooFar`, `PractitionerNotPresent`, `RoleNotAllowed`, `PatientUnknown`, `TicketExists`,
/// `JustificationOverdue`, `EmergenciesPending`, `NothingForEmergency`.
/// Reads: actor, practitioner, patient, ticket, emergencies. Writes: ticket, emergencies. Events: `TicketIssued`, `GlassBroken`;
/// refused: `AccessRefused`.
pub fn break_glass(
    ctx: &Context<'_>,
    view: &mut AccessView<'_, '_>,
    call: &BreakGlass,
) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    let id = TicketId::derive(member, call.local);
    ends_within(ctx.env, call.until_ms, limits::EMERGENCY_MS_MAX)?;
    let practitioner = breaker(ctx, view)?;
    let patient = view.cards.patient(call.patient)?;
    let patient = patient.ok_or(Refusal::PatientUnknown)?;
    require(view.own.ticket(id)?.is_none(), Refusal::TicketExists)?;
    let mut pending = may_break(ctx, view, practitioner)?;
    require(!patient.emergency.is_empty(), Refusal::NothingForEmergency)?;

    let justify_by_ms = ctx.env.time_ms.plus(limits::JUSTIFY_MS_MAX);
    pending.push(PendingEmergency {
        ticket: id,
        justify_by_ms,
    });
    view.own.put_pending(practitioner, pending)?;
    let ticket = Ticket {
        member,
        practitioner: Some(practitioner),
        patient: Some(call.patient),
        basis: BasisRef::Emergency(practitioner),
        purpose: Purpose::Etreat,
        scope: Scope::Indexes(patient.emergency.clone()),
        reader: call.reader,
        height: ctx.env.height,
        until_ms: call.until_ms,
        justification: None,
    };
    issue(view, id, ticket);
    view.events.push(Event::GlassBroken(GlassBroken {
        ticket: id,
        member,
        practitioner,
        patient: call.patient,
        justify_by_ms,
    }));
    Ok(())
}

/// The first co-signing practitioner whose role may break glass.
fn breaker(ctx: &Context<'_>, view: &AccessView<'_, '_>) -> Result<PractitionerId, Stop> {
    let practitioners = ctx.practitioners(view.actors, view.membership)?;
    require(!practitioners.is_empty(), Refusal::PractitionerNotPresent)?;
    let mut clinical = practitioners
        .iter()
        .filter(|(_, practitioner)| practitioner.role.may_break_glass());
    let (id, _) = clinical.next().ok_or(Refusal::RoleNotAllowed)?;
    Ok(*id)
}

/// What waits for a justification, if another emergency may join it.
fn may_break(
    ctx: &Context<'_>,
    view: &AccessView<'_, '_>,
    practitioner: PractitionerId,
) -> Result<Vec<PendingEmergency>, Stop> {
    let pending = view.own.pending(practitioner)?;
    require(
        pending
            .iter()
            .all(|emergency| ctx.env.time_ms < emergency.justify_by_ms),
        Refusal::JustificationOverdue,
    )?;
    require(
        pending.len() < limits::EMERGENCIES_PENDING_MAX,
        Refusal::EmergenciesPending,
    )?;
    Ok(pending)
}
