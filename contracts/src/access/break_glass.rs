//! Breaks the glass.
use super::issue::issue;
use crate::env::ends_within;
use crate::fault::{Stop, require};
use crate::view::{AccessView, Context};
use amanat_types::call::{BreakGlass, Scope};
use amanat_types::event::{Event, GlassBroken};
use amanat_types::state::{BasisRef, GlassDay, PendingEmergency, Ticket};
use amanat_types::{PractitionerId, Purpose, Refusal, TicketId, limits};

/// Opens a patient's emergency indexes at once, without consent, until `until_ms`, exclusive, at most [`limits::EMERGENCY_MS_MAX`] ahead.
///
/// A clinician or nurse of the sponsor co-signs; the first of them is the one who breaks it, and owes a justification within
/// [`limits::JUSTIFY_MS_MAX`]. Since protocol version 3 a practitioner does so at most [`limits::GLASS_OF_PRACTITIONER_MAX`] times on one day
/// (UTC), and all of a member at most [`limits::GLASS_OF_MEMBER_MAX`] times.
///
/// Refusals, in this order: `UntilInThePast`, `UntilTooFar`, `PractitionerNotPresent`, `RoleNotAllowed`, `PatientUnknown`, `TicketExists`,
/// `JustificationOverdue`, `EmergenciesPending`, `GlassSpent`, `NothingForEmergency`.
/// Reads: actor, practitioner, patient, ticket, emergencies, glass. Writes: ticket, emergencies, glass. Events: `TicketIssued`, `GlassBroken`;
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
    let days = match ctx.env.protocol >= QUOTAS_SINCE {
        true => Some(counted(ctx, view, practitioner)?),
        false => None,
    };
    require(!patient.emergency.is_empty(), Refusal::NothingForEmergency)?;

    let justify_by_ms = ctx.env.time_ms.plus(limits::JUSTIFY_MS_MAX);
    pending.push(PendingEmergency {
        ticket: id,
        justify_by_ms,
    });
    view.own.put_pending(practitioner, pending)?;
    if let Some((of_member, of_practitioner)) = days {
        view.own.put_glass(member, of_member);
        view.own.put_glass_of(practitioner, of_practitioner);
    }
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

/// The protocol version from which on emergencies are counted by day.
const QUOTAS_SINCE: u16 = 3;

/// The counts of today with one more, of the member and of the practitioner, if both have room.
fn counted(
    ctx: &Context<'_>,
    view: &AccessView<'_, '_>,
    practitioner: PractitionerId,
) -> Result<(GlassDay, GlassDay), Stop> {
    let today = ctx.env.time_ms.get() / DAY_MS;
    let next = |last: GlassDay, most: u32| {
        let before = if last.day == today { last.count } else { 0 };
        require(before < most, Refusal::GlassSpent)?;
        Ok::<_, Stop>(GlassDay {
            day: today,
            count: before.saturating_add(1),
        })
    };
    let of_practitioner = view.own.glass_of(practitioner)?;
    let of_practitioner = next(of_practitioner, limits::GLASS_OF_PRACTITIONER_MAX)?;
    let of_member = view.own.glass(ctx.body.sponsor)?;
    Ok((
        next(of_member, limits::GLASS_OF_MEMBER_MAX)?,
        of_practitioner,
    ))
}

const DAY_MS: u64 = 24 * 3_600_000;

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
