//! Puts a new card in the place of the old one. Since protocol version 3.
use crate::fault::{Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::call::ActivateCard;
use amanat_types::event::{CardActivated, Event};
use amanat_types::state::{Actor, Card, Patient, Person};
use amanat_types::{Refusal, Role};

/// Ends a reissue: the card that was asked for takes the place of the old one, which never signs for the patient again. The new card
/// signs, and a registrar of the sponsor who saw who holds it.
///
/// Refusals, in this order: `PatientUnknown`, `NoReissue`, `ReissueOfOther`, `ReissueTooEarly`, `KeyTaken`, `KeyNotProven`,
/// `PractitionerNotPresent`, `RoleNotAllowed`.
/// Reads: actor, practitioner, patient, person. Writes: actor, patient, person. Event: `CardActivated`.
pub fn activate_card(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &ActivateCard,
) -> Result<(), Stop> {
    let patient = view.own.patient(call.patient)?;
    let patient = patient.ok_or(Refusal::PatientUnknown)?;
    let person = view.own.person_to_change(call.patient)?;
    let reissue = person.reissue.ok_or(Refusal::NoReissue)?;
    require(reissue.card == call.card, Refusal::ReissueOfOther)?;
    require(
        reissue.ready_ms <= ctx.env.time_ms,
        Refusal::ReissueTooEarly,
    )?;
    // Somebody may have taken the key meanwhile: who holds it, not who asked, is the key's owner.
    require(!view.actors.taken(&call.card)?, Refusal::KeyTaken)?;
    require(ctx.signed_by(&call.card), Refusal::KeyNotProven)?;
    ctx.staff(view.actors, view.membership, Role::Registrar)?;

    let value = Patient {
        card: Some(Card {
            key: call.card,
            blocked_ms: None,
        }),
        ..(*patient).clone()
    };
    view.own.put_patient(call.patient, value);
    let value = Person {
        reissue: None,
        suspended_ms: None,
        expires_ms: None,
        ..person
    };
    view.own.put_person(call.patient, value);
    view.actors.claim(&call.card, Actor::Card(call.patient));
    view.events.push(Event::CardActivated(CardActivated {
        member: ctx.body.sponsor,
        patient: call.patient,
        card: call.card,
    }));
    Ok(())
}
