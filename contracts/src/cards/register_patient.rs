//! Registers a patient's pseudonym with its first card.
use super::owned;
use crate::fault::{Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::call::RegisterPatient;
use amanat_types::event::{Event, PatientRegistered};
use amanat_types::state::{Actor, Card, Patient};
use amanat_types::{PublicKey, Refusal};

/// Registers a pseudonym with its first card, which co-signs. `emergency` names what broken glass may open; it may be empty.
///
/// Refusals, in this order: `KeyTaken`, `KeyNotProven`, `KeyWrongKind`, `PatientExists`, then for each opening `IndexUnknown`,
/// `IndexNotOwned`, then `IndexRepeated`.
/// Reads: actor, patient, index. Writes: actor, patient. Event: `PatientRegistered`.
pub fn register_patient(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &RegisterPatient,
) -> Result<(), Stop> {
    require(!view.actors.taken(&call.card)?, Refusal::KeyTaken)?;
    require(ctx.signed_by(&call.card), Refusal::KeyNotProven)?;
    require(
        matches!(call.card, PublicKey::P256(_)),
        Refusal::KeyWrongKind,
    )?;
    require(
        view.own.patient(call.patient)?.is_none(),
        Refusal::PatientExists,
    )?;
    let emergency = owned(view.own, &call.patient, &call.emergency)?;

    let member = ctx.body.sponsor;
    let value = Patient {
        registrar: member,
        card: Some(Card {
            key: call.card,
            blocked_ms: None,
        }),
        emergency,
    };
    view.own.put_patient(call.patient, value);
    view.actors.claim(&call.card, Actor::Card(call.patient));
    view.events
        .push(Event::PatientRegistered(PatientRegistered {
            member,
            patient: call.patient,
            card: true,
        }));
    Ok(())
}
