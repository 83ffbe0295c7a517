//! Records a death, and takes back one that was recorded in error. Since protocol version 3.
use crate::fault::{Fault, Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::call::{RecordDeath, RetractDeath};
use amanat_types::event::{DeathRecorded, DeathRetracted, Event, ReissueVetoed};
use amanat_types::state::{Link, Links, Person};
use amanat_types::{Refusal, Role};

/// Records a death: the patient's card never speaks from now on, nor any guardian but an executor, and that one a day later. What the
/// patient granted stays until an executor revokes it. A reissue that was pending is dropped.
///
/// A clinician and a registrar of the sponsor sign, or two officers of a regulator.
///
/// Refusals, in this order: `PatientUnknown`, `PatientDead`; with an authority `AuthorityUnknown`, `TooFewOfficers`; without one
/// `PractitionerNotPresent`, `RoleNotAllowed`.
/// Reads: actor, member, practitioner, patient, person. Writes: person. Events: `ReissueVetoed` if one was pending, `DeathRecorded`.
pub fn record_death(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &RecordDeath,
) -> Result<(), Stop> {
    let known = view.own.patient(call.patient)?.is_some();
    require(known, Refusal::PatientUnknown)?;
    let person = view.own.person_to_change(call.patient)?;
    require(person.died_ms.is_none(), Refusal::PatientDead)?;
    match call.authority {
        Some(_) => ctx.officers(view.actors, view.membership, call.authority, 2)?,
        None => {
            ctx.staff(view.actors, view.membership, Role::Clinician)?;
            ctx.staff(view.actors, view.membership, Role::Registrar)?;
        }
    }

    if let Some(reissue) = person.reissue {
        view.events.push(Event::ReissueVetoed(ReissueVetoed {
            patient: call.patient,
            card: reissue.card,
        }));
    }
    let value = Person {
        died_ms: Some(ctx.env.time_ms),
        reissue: None,
        silenced: ctx.env.height,
        ..person
    };
    view.own.put_person(call.patient, value);
    view.events.push(Event::DeathRecorded(DeathRecorded {
        patient: call.patient,
        member: ctx.body.sponsor,
    }));
    Ok(())
}

/// Takes back a death that was recorded in error. Only two officers of a regulator do: whoever holds a dead patient's card shall not.
///
/// Guardians speak again, by links as young as this: what they had asked for before the death ended with it for good.
///
/// Refusals, in this order: `PatientUnknown`, `PatientAlive`, `AuthorityUnknown`, `TooFewOfficers`.
/// Reads: actor, member, practitioner, patient, person. Writes: person. Event: `DeathRetracted`.
pub fn retract_death(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &RetractDeath,
) -> Result<(), Stop> {
    let known = view.own.patient(call.patient)?.is_some();
    require(known, Refusal::PatientUnknown)?;
    let person = view.own.person_to_change(call.patient)?;
    require(person.died_ms.is_some(), Refusal::PatientAlive)?;
    ctx.officers(view.actors, view.membership, Some(call.authority), 2)?;

    let links = person.links.iter().map(|link| Link {
        height: ctx.env.height,
        ..*link
    });
    let outgrown = |_| Fault::Outgrown { what: "links" };
    let value = Person {
        died_ms: None,
        links: Links::new(links.collect()).map_err(outgrown)?,
        ..person
    };
    view.own.put_person(call.patient, value);
    view.events.push(Event::DeathRetracted(DeathRetracted {
        patient: call.patient,
    }));
    Ok(())
}
