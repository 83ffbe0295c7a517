//! The part of `RegisterWithoutCard` that belongs to cards: the pseudonym. `encounters` does the rest of the same call.
use super::opening::distinct;
use super::standing::{is_replaced, own_speaks};
use crate::fault::{Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::Refusal;
use amanat_types::call::RegisterWithoutCard;
use amanat_types::code::RegistrationReason;
use amanat_types::event::{Event, PatientRegistered};
use amanat_types::state::Patient;

/// Makes the pseudonym of a patient who comes without a card, if it is new. A practitioner of the sponsor co-signs.
///
/// A patient with a card that speaks checks in with it, unless unconscious. The emergency indexes are kept only if the
/// pseudonym is new; that they are the patient's is checked with the openings, by `encounters`.
///
/// Refusals, in this order: `PractitionerNotPresent`, `PatientReplaced`, `PatientHasCard`, `IndexRepeated` (in `emergency`), `EmergencyIndexNotOpened`.
/// Reads: actor, practitioner, patient, person. Writes: patient. Event: `PatientRegistered` if new.
pub fn register_without_card(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &RegisterWithoutCard,
) -> Result<(), Stop> {
    let practitioners = ctx.practitioners(view.actors, view.membership)?;
    require(!practitioners.is_empty(), Refusal::PractitionerNotPresent)?;
    let patient = view.own.patient(call.patient)?;
    let person = view.own.person(call.patient)?;
    let now = ctx.env.time_ms;
    let replaced = is_replaced(person.as_deref(), now);
    require(!replaced, Refusal::PatientReplaced)?;
    let speaks = patient
        .as_ref()
        .is_some_and(|patient| own_speaks(patient, person.as_deref(), now).is_ok());
    require(
        !speaks || call.reason == RegistrationReason::Unconscious,
        Refusal::PatientHasCard,
    )?;
    let emergency = distinct(call.emergency.iter().copied())?;
    require(
        emergency
            .iter()
            .all(|index| call.openings.iter().any(|opening| opening.index == *index)),
        Refusal::EmergencyIndexNotOpened,
    )?;

    if patient.is_none() {
        let member = ctx.body.sponsor;
        let value = Patient {
            registrar: member,
            card: None,
            emergency,
        };
        view.own.put_patient(call.patient, value);
        view.events
            .push(Event::PatientRegistered(PatientRegistered {
                member,
                patient: call.patient,
                card: false,
            }));
    }
    Ok(())
}
