//! Sets the end of a card. Since protocol version 3.
use super::standing::card_works;
use crate::env::ends_within;
use crate::fault::{Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::call::RenewCard;
use amanat_types::event::{CardRenewed, Event};
use amanat_types::state::Person;
use amanat_types::{Refusal, Role, limits};

/// Sets until when a card acts, at most [`limits::CARD_MS_MAX`] ahead; a card on which none was set has no end. An expired card is
/// renewed so, a blocked or suspended one is not. The card and a registrar of the sponsor sign. A ticket that ended with the card's end
/// stays ended: the card gets its word back for what it signs from now on.
///
/// Refusals, in this order: `UntilInThePast`, `UntilTooFar`, `PatientUnknown`, `CardUnknown`, `CardBlocked`, `CardSuspended`,
/// `CardNotPresent`, `PractitionerNotPresent`, `RoleNotAllowed`.
/// Reads: actor, practitioner, patient, person. Writes: person. Event: `CardRenewed`.
pub fn renew_card(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &RenewCard,
) -> Result<(), Stop> {
    ends_within(ctx.env, call.until_ms, limits::CARD_MS_MAX)?;
    let patient = view.own.patient(call.patient)?;
    let patient = patient.ok_or(Refusal::PatientUnknown)?;
    let card = patient.card.as_ref().ok_or(Refusal::CardUnknown)?;
    require(card.key == call.card, Refusal::CardUnknown)?;
    let person = view.own.person_to_change(call.patient)?;
    let silenced = match card_works(&patient, Some(&person), ctx.env.time_ms) {
        Ok(()) => person.silenced,
        Err(Refusal::CardExpired) => ctx.env.height,
        Err(refusal) => return Err(refusal.into()),
    };
    require(ctx.signed_by(&call.card), Refusal::CardNotPresent)?;
    ctx.staff(view.actors, view.membership, Role::Registrar)?;

    let value = Person {
        expires_ms: Some(call.until_ms),
        silenced,
        ..person
    };
    view.own.put_person(call.patient, value);
    view.events.push(Event::CardRenewed(CardRenewed {
        patient: call.patient,
        card: call.card,
        until_ms: call.until_ms,
    }));
    Ok(())
}
