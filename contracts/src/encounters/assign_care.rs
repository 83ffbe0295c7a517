//! Says who cares for a patient.
use crate::cards::Right;
use crate::fault::{Fault, Stop, require};
use crate::view::{Context, EncountersView};
use amanat_types::call::{AssignCare, Seat};
use amanat_types::event::{CareAssigned, Event};
use amanat_types::state::{TeamSeat, TeamSeats, TeamState, WardSeat};
use amanat_types::{PractitionerId, Refusal, Role, StaffId, WardId};

/// Puts a care team in place of the one before, if there was one. A clinician of the sponsor co-signs. What a dropped seat opened is
/// closed from the block's height on; a strict team also closes what names nobody, the visit's own ticket too.
///
/// Refusals, in this order: `EncounterUnknown`, `EncounterNotYours`, `RegistrationIsWriteOnly`, `EncounterEnded`,
/// `PractitionerNotPresent`, `RoleNotAllowed`, `SeatsUnfit`, for each practitioner `PractitionerUnknown`, `PractitionerNotYours`; to
/// loosen a strict team those of the speaker, `TeamStrict` (nobody who speaks for the patient signed).
/// Reads: actor, practitioner, patient, person, encounter, team. Writes: team. Event: `CareAssigned`.
pub fn assign_care(
    ctx: &Context<'_>,
    view: &mut EncountersView<'_, '_>,
    call: &AssignCare,
) -> Result<(), Stop> {
    let visit = view.own.encounter(call.encounter)?;
    let visit = visit.ok_or(Refusal::EncounterUnknown)?;
    require(visit.member == ctx.body.sponsor, Refusal::EncounterNotYours)?;
    require(
        visit.registration.is_none(),
        Refusal::RegistrationIsWriteOnly,
    )?;
    require(visit.is_open(ctx.env.time_ms), Refusal::EncounterEnded)?;
    let practitioner = clinician(ctx, view)?;
    let sorted = call.seats.is_sorted_by(|one, next| one < next);
    require(sorted && !call.seats.is_empty(), Refusal::SeatsUnfit)?;
    let seats = seats(ctx, view, call)?;
    let old = view.own.team(call.encounter)?;
    if !call.strict && old.is_some_and(|old| old.strict) {
        match ctx.speaker(view.actors, view.cards, visit.patient, Right::Decides) {
            Err(Stop::Refused(Refusal::CardNotPresent)) => return Err(Refusal::TeamStrict.into()),
            other => {
                other?;
            }
        }
    }

    view.events.push(Event::CareAssigned(CareAssigned {
        encounter: call.encounter,
        patient: visit.patient,
        practitioner,
        strict: call.strict,
        seats: seats.clone(),
    }));
    let value = TeamState {
        strict: call.strict,
        seats,
    };
    view.own.put_team(call.encounter, value);
    Ok(())
}

/// The first co-signing clinician of the sponsor.
fn clinician(ctx: &Context<'_>, view: &EncountersView<'_, '_>) -> Result<PractitionerId, Stop> {
    let practitioners = ctx.practitioners(view.actors, view.membership)?;
    require(!practitioners.is_empty(), Refusal::PractitionerNotPresent)?;
    let mut clinicians = practitioners
        .iter()
        .filter(|(_, practitioner)| practitioner.role == Role::Clinician);
    let (id, _) = clinicians.next().ok_or(Refusal::RoleNotAllowed)?;
    Ok(*id)
}

/// The seats as they are stored: sorted, names of staff and wards made the sponsor's.
fn seats(
    ctx: &Context<'_>,
    view: &EncountersView<'_, '_>,
    call: &AssignCare,
) -> Result<TeamSeats, Stop> {
    let member = ctx.body.sponsor;
    let mut seats = Vec::new();
    for seat in &call.seats {
        seats.push(match seat {
            Seat::Practitioner(id) => {
                let practitioner = view.membership.practitioner(*id)?;
                let practitioner = practitioner.ok_or(Refusal::PractitionerUnknown)?;
                let yours = practitioner.member == member;
                require(yours, Refusal::PractitionerNotYours)?;
                TeamSeat::Practitioner(*id)
            }
            Seat::Staff(local) => TeamSeat::Staff(StaffId::derive(member, *local)),
            Seat::Ward(at) => TeamSeat::Ward(WardSeat {
                ward: WardId::derive(member, at.ward),
                role: at.role,
            }),
        });
    }
    seats.sort_unstable();
    let outgrown = |_| Fault::Outgrown { what: "seats" };
    Ok(TeamSeats::new(seats).map_err(outgrown)?)
}
