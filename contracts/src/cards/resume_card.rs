//! Lets a suspended card act again. Since protocol version 3.
use crate::fault::{Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::call::ResumeCard;
use amanat_types::event::{CardWasResumed, Event};
use amanat_types::state::Person;
use amanat_types::{Refusal, Role};

/// Resumes a suspended card. The card signs, so that it is found; and beside it the patient's second key, or a registrar of the sponsor
/// who saw who holds it. Whoever stole the card and its PIN has neither.
///
/// It may be resumed while a reissue is pending: that is how the owner of a card that others suspended comes to veto.
///
/// Refusals, in this order: `PatientUnknown`, `CardUnknown`, `CardBlocked`, `CardNotSuspended`, `CardNotPresent`,
/// `PractitionerNotPresent`, `RoleNotAllowed`.
/// Reads: actor, practitioner, patient, person. Writes: person. Event: `CardWasResumed`.
pub fn resume_card(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &ResumeCard,
) -> Result<(), Stop> {
    let patient = view.own.patient(call.patient)?;
    let patient = patient.ok_or(Refusal::PatientUnknown)?;
    let card = patient.card.as_ref().ok_or(Refusal::CardUnknown)?;
    require(card.key == call.card, Refusal::CardUnknown)?;
    require(card.blocked_ms.is_none(), Refusal::CardBlocked)?;
    let person = view.own.person_to_change(call.patient)?;
    require(person.suspended_ms.is_some(), Refusal::CardNotSuspended)?;
    require(ctx.signed_by(&call.card), Refusal::CardNotPresent)?;
    if !ctx.second_key(view.own, call.patient)? {
        ctx.staff(view.actors, view.membership, Role::Registrar)?;
    }

    let value = Person {
        suspended_ms: None,
        ..person
    };
    view.own.put_person(call.patient, value);
    view.events.push(Event::CardWasResumed(CardWasResumed {
        patient: call.patient,
        card: call.card,
    }));
    Ok(())
}
