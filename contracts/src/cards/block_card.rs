//! Blocks a patient's card for ever.
use crate::fault::{Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::call::BlockCard;
use amanat_types::event::{CardWasBlocked, Event};
use amanat_types::state::{Card, Patient};
use amanat_types::{Refusal, Role};

/// Blocks a card. Co-signed by the card itself, or by a registrar of the sponsor when the card is lost.
///
/// Refusals, in this order: `PatientUnknown`, `CardUnknown`, `CardBlocked`, `CardNotPresent` (neither the card nor a practitioner
/// co-signed), `RoleNotAllowed` (a practitioner did, but no registrar).
/// Reads: actor, practitioner, patient. Writes: patient. Event: `CardWasBlocked`.
pub fn block_card(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &BlockCard,
) -> Result<(), Stop> {
    let patient = view.own.patient(call.patient)?;
    let patient = patient.ok_or(Refusal::PatientUnknown)?;
    let card = patient.card.as_ref().ok_or(Refusal::CardUnknown)?;
    require(card.key == call.card, Refusal::CardUnknown)?;
    require(card.blocked_ms.is_none(), Refusal::CardBlocked)?;
    if !ctx.signed_by(&call.card) {
        let practitioners = ctx.practitioners(view.actors, view.membership)?;
        require(!practitioners.is_empty(), Refusal::CardNotPresent)?;
        require(
            practitioners
                .iter()
                .any(|(_, practitioner)| practitioner.role == Role::Registrar),
            Refusal::RoleNotAllowed,
        )?;
    }

    let value = Patient {
        card: Some(Card {
            key: call.card,
            blocked_ms: Some(ctx.env.time_ms),
        }),
        ..(*patient).clone()
    };
    view.own.put_patient(call.patient, value);
    view.events.push(Event::CardWasBlocked(CardWasBlocked {
        patient: call.patient,
        card: call.card,
    }));
    Ok(())
}
