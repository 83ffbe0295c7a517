//! Suspends a patient's card. Since protocol version 3.
use super::standing::card_works;
use crate::fault::{Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::call::SuspendCard;
use amanat_types::event::{CardWasSuspended, Event};
use amanat_types::state::Person;
use amanat_types::{Refusal, Role};

/// Suspends a card until it is resumed: lost, perhaps to be found. It takes a word away and gives nobody any, so one of these is enough:
/// the card, the patient's second key, a guardian in force, a registrar of the sponsor.
///
/// Refusals, in this order: `PatientUnknown`, `CardUnknown`, `CardBlocked`, `CardSuspended`, `CardNotPresent` (none of them signed),
/// `RoleNotAllowed` (a practitioner did, but no registrar).
/// Reads: actor, practitioner, patient, person. Writes: person. Event: `CardWasSuspended`.
pub fn suspend_card(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &SuspendCard,
) -> Result<(), Stop> {
    let patient = view.own.patient(call.patient)?;
    let patient = patient.ok_or(Refusal::PatientUnknown)?;
    let card = patient.card.as_ref().ok_or(Refusal::CardUnknown)?;
    require(card.key == call.card, Refusal::CardUnknown)?;
    let person = view.own.person_to_change(call.patient)?;
    match card_works(&patient, Some(&person), ctx.env.time_ms) {
        Ok(()) | Err(Refusal::CardExpired) => {}
        Err(refusal) => return Err(refusal.into()),
    }
    let theirs = ctx.signed_by(&call.card)
        || ctx.second_key(view.own, call.patient)?
        || !ctx.guardians(view.actors, view.own, &person)?.is_empty();
    if !theirs {
        match ctx.staff(view.actors, view.membership, Role::Registrar) {
            Err(Stop::Refused(Refusal::PractitionerNotPresent)) => {
                return Err(Refusal::CardNotPresent.into());
            }
            other => other?,
        }
    }

    let value = Person {
        suspended_ms: Some(ctx.env.time_ms),
        silenced: ctx.env.height,
        ..person
    };
    view.own.put_person(call.patient, value);
    view.events.push(Event::CardWasSuspended(CardWasSuspended {
        patient: call.patient,
        card: call.card,
    }));
    Ok(())
}
