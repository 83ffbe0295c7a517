//! The first card of a patient who was registered without one. Since protocol version 2.
use crate::fault::{Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::call::IssueCard;
use amanat_types::event::{CardIssued, Event};
use amanat_types::state::{Actor, Card, Patient};
use amanat_types::{PublicKey, Refusal, Role};

/// Gives a patient the first card. The member that registered the patient sponsors it; a registrar of its co-signs, and the card.
///
/// No other member may: whoever bound a card to another's patient could consent in that patient's name.
///
/// Refusals, in this order: `KeyTaken`, `KeyNotProven`, `KeyWrongKind`, `PatientUnknown`, `PatientNotYours`, `PatientHasCard` (blocked or
/// not), `PractitionerNotPresent`, `RoleNotAllowed` (a practitioner co-signed, but no registrar).
/// Reads: actor, practitioner, patient. Writes: actor, patient. Event: `CardIssued`.
pub fn issue_card(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &IssueCard,
) -> Result<(), Stop> {
    require(!view.actors.taken(&call.card)?, Refusal::KeyTaken)?;
    require(ctx.signed_by(&call.card), Refusal::KeyNotProven)?;
    require(
        matches!(call.card, PublicKey::P256(_)),
        Refusal::KeyWrongKind,
    )?;
    let patient = view.own.patient(call.patient)?;
    let patient = patient.ok_or(Refusal::PatientUnknown)?;
    let member = ctx.body.sponsor;
    require(patient.registrar == member, Refusal::PatientNotYours)?;
    require(patient.card.is_none(), Refusal::PatientHasCard)?;
    let practitioners = ctx.practitioners(view.actors, view.membership)?;
    require(!practitioners.is_empty(), Refusal::PractitionerNotPresent)?;
    let registrar = |role| role == Role::Registrar;
    require(
        practitioners.iter().any(|(_, own)| registrar(own.role)),
        Refusal::RoleNotAllowed,
    )?;

    let value = Patient {
        card: Some(Card {
            key: call.card,
            blocked_ms: None,
        }),
        ..(*patient).clone()
    };
    view.own.put_patient(call.patient, value);
    view.actors.claim(&call.card, Actor::Card(call.patient));
    view.events.push(Event::CardIssued(CardIssued {
        member,
        patient: call.patient,
        card: call.card,
    }));
    Ok(())
}
