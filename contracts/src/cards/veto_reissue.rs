//! Drops a reissue that is pending. Since protocol version 3.
use super::standing::card_works;
use crate::fault::{Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::Refusal;
use amanat_types::call::VetoReissue;
use amanat_types::event::{Event, ReissueVetoed};
use amanat_types::state::{Patient, Person};

/// Drops a reissue. The old card vetoes while it works (not blocked, suspended or expired), so that nobody's card is replaced behind
/// its owner's back; so does any guardian in force; so does an officer of a regulator, for a new card that got lost in its turn.
///
/// A thief with the old card and its PIN vetoes too, unless the card was suspended or blocked first.
///
/// Refusals, in this order: `PatientUnknown`, `NoReissue`; with an authority `AuthorityUnknown`, `TooFewOfficers`; without one
/// `CardBlocked`, `CardSuspended`, `CardExpired` (of the old card, if it signed), `CardNotPresent`.
/// Reads: actor, member, practitioner, patient, person. Writes: person. Event: `ReissueVetoed`.
pub fn veto_reissue(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &VetoReissue,
) -> Result<(), Stop> {
    let patient = view.own.patient(call.patient)?;
    let patient = patient.ok_or(Refusal::PatientUnknown)?;
    let person = view.own.person_to_change(call.patient)?;
    let reissue = person.reissue.ok_or(Refusal::NoReissue)?;
    match call.authority {
        Some(_) => ctx.officers(view.actors, view.membership, call.authority, 1)?,
        None if !ctx.guardians(view.actors, view.own, &person)?.is_empty() => {}
        None => by_old_card(ctx, &patient, &person)?,
    }

    let value = Person {
        reissue: None,
        ..person
    };
    view.own.put_person(call.patient, value);
    view.events.push(Event::ReissueVetoed(ReissueVetoed {
        patient: call.patient,
        card: reissue.card,
    }));
    Ok(())
}

/// Demands that the card which the patient has signed, and works.
fn by_old_card(ctx: &Context<'_>, patient: &Patient, person: &Person) -> Result<(), Stop> {
    let card = patient.card.as_ref();
    let present = card.is_some_and(|card| ctx.signed_by(&card.key));
    require(present, Refusal::CardNotPresent)?;
    Ok(card_works(patient, Some(person), ctx.env.time_ms)?)
}
