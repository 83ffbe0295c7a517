//! Ends a recorded incapacity. Since protocol version 3.
use super::standing::card_works;
use crate::fault::{Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::call::EndIncapacity;
use amanat_types::event::{Event, IncapacityEnded};
use amanat_types::state::Person;
use amanat_types::{Refusal, Role};

/// Ends an incapacity now. The patient's card signs and a clinician of the sponsor, where clinicians recorded it; or two officers of a
/// regulator, whoever did. Officers may also say that the patient is of age: a court's word, or a date that was wrong.
///
/// Refusals, in this order: `PatientUnknown`, `PatientDead`, `NoIncapacity`; with an authority `AuthorityUnknown`, `TooFewOfficers`; without
/// one `AuthorityUnknown` (`of_age` takes one), `IncapacityStands` (officers recorded it), `CardNotPresent`, `CardBlocked`,
/// `CardSuspended`, `CardExpired`, `PractitionerNotPresent`, `RoleNotAllowed`.
/// Reads: actor, member, practitioner, patient, person. Writes: person. Event: `IncapacityEnded`.
pub fn end_incapacity(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &EndIncapacity,
) -> Result<(), Stop> {
    let now = ctx.env.time_ms;
    let known = view.own.patient(call.patient)?.is_some();
    require(known, Refusal::PatientUnknown)?;
    let person = view.own.person_to_change(call.patient)?;
    require(person.died_ms.is_none(), Refusal::PatientDead)?;
    let ends = person.is_incapable(now) || call.of_age && person.is_minor(now);
    require(ends, Refusal::NoIncapacity)?;
    match call.authority {
        Some(_) => ctx.officers(view.actors, view.membership, call.authority, 2)?,
        None => by_patient(ctx, view, call, &person)?,
    }

    let minor_until_ms = match call.of_age {
        true => person.minor_until_ms.map(|until_ms| until_ms.min(now)),
        false => person.minor_until_ms,
    };
    let value = Person {
        incapacity: None,
        minor_until_ms,
        ..person
    };
    view.own.put_person(call.patient, value);
    view.events.push(Event::IncapacityEnded(IncapacityEnded {
        patient: call.patient,
        of_age: call.of_age,
    }));
    Ok(())
}

/// Demands the patient's card, which works, and a clinician of the sponsor.
fn by_patient(
    ctx: &Context<'_>,
    view: &CardsView<'_, '_>,
    call: &EndIncapacity,
    person: &Person,
) -> Result<(), Stop> {
    require(!call.of_age, Refusal::AuthorityUnknown)?;
    let by_authority = person.incapacity.is_some_and(|kept| kept.by_authority);
    require(!by_authority, Refusal::IncapacityStands)?;
    let patient = view.own.patient(call.patient)?;
    let patient = patient.ok_or(Refusal::PatientUnknown)?;
    let card = patient.card.as_ref();
    let present = card.is_some_and(|card| ctx.signed_by(&card.key));
    require(present, Refusal::CardNotPresent)?;
    card_works(&patient, Some(person), ctx.env.time_ms)?;
    ctx.staff(view.actors, view.membership, Role::Clinician)
}
