//! Sets a patient's second key. Since protocol version 3.
use crate::fault::{Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::call::SetSecondKey;
use amanat_types::event::{Event, SecondKeyWasSet};
use amanat_types::state::{Actor, Person, SecondKey};
use amanat_types::{PublicKey, Refusal, Role, limits};

/// Sets the second key: a passkey that is kept apart from the card. The card speaks and signs, and the new key; beside them the second key
/// that is there, or a registrar of the sponsor who saw who holds both: whoever stole the card cannot give itself a second channel.
///
/// A key that replaces another without that one's signature counts only after [`limits::SECOND_CHANNEL_MS`]; the old one counts no more.
///
/// Refusals, in this order: `KeyTaken`, `KeyNotProven`, `KeyWrongKind`, `PatientUnknown`, `CardNotPresent`, those of the own card
/// (`PatientDead`, `GuardianDecides`, `CardBlocked`, `CardSuspended`, `CardExpired`, `ReissuePending`), `PractitionerNotPresent`,
/// `RoleNotAllowed`.
/// Reads: actor, practitioner, patient, person. Writes: actor, person. Event: `SecondKeyWasSet`.
pub fn set_second_key(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &SetSecondKey,
) -> Result<(), Stop> {
    require(!view.actors.taken(&call.key)?, Refusal::KeyTaken)?;
    require(ctx.signed_by(&call.key), Refusal::KeyNotProven)?;
    require(
        matches!(call.key, PublicKey::P256(_)),
        Refusal::KeyWrongKind,
    )?;
    let known = view.own.patient(call.patient)?.is_some();
    require(known, Refusal::PatientUnknown)?;
    let own = ctx.own_card(view.own, call.patient)?;
    own.unwrap_or(Err(Refusal::CardNotPresent))?;
    let person = view.own.person_to_change(call.patient)?;
    let handed_on = ctx.second_key(view.own, call.patient)?;
    if !handed_on {
        ctx.staff(view.actors, view.membership, Role::Registrar)?;
    }

    let now = ctx.env.time_ms;
    let from_ms = match handed_on || person.second.is_none() {
        true => now,
        false => now.plus(limits::SECOND_CHANNEL_MS),
    };
    let value = Person {
        second: Some(SecondKey {
            key: call.key,
            from_ms,
        }),
        ..person
    };
    view.own.put_person(call.patient, value);
    view.actors.claim(&call.key, Actor::Second(call.patient));
    view.events.push(Event::SecondKeyWasSet(SecondKeyWasSet {
        patient: call.patient,
        from_ms,
    }));
    Ok(())
}
