//! Opens a visit.
use crate::cards::{Right, is_replaced, owned};
use crate::env::ends_within;
use crate::fault::{Stop, require};
use crate::view::{Context, EncountersView};
use amanat_types::call::CheckIn;
use amanat_types::event::{EncounterOpened, Event};
use amanat_types::state::Encounter;
use amanat_types::{EncounterId, Refusal, limits};

/// Opens a visit at the sponsor until `until_ms`, exclusive, at most [`limits::ENCOUNTER_MS_MAX`] ahead. Who speaks for the
/// patient co-signs: the card, or since protocol version 3 a guardian who decides ([`Context::speaker`]).
///
/// Refusals, in this order: `UntilInThePast`, `UntilTooFar`, `PatientUnknown`, those of the speaker, `PatientReplaced`, `EncounterExists`,
/// `NoIndexes`, for each opening `IndexUnknown`, `IndexNotOwned`, then `IndexRepeated`; then those of `access::issue_for_visit`.
/// Reads: actor, patient, person, index, encounter. Writes: encounter. Event: `EncounterOpened`.
pub fn check_in(
    ctx: &Context<'_>,
    view: &mut EncountersView<'_, '_>,
    call: &CheckIn,
) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    let encounter = EncounterId::derive(member, call.local);
    ends_within(ctx.env, call.until_ms, limits::ENCOUNTER_MS_MAX)?;
    require(
        view.cards.patient(call.patient)?.is_some(),
        Refusal::PatientUnknown,
    )?;
    ctx.speaker(view.actors, view.cards, call.patient, Right::Decides)?;
    let person = view.cards.person(call.patient)?;
    let replaced = is_replaced(person.as_deref(), ctx.env.time_ms);
    require(!replaced, Refusal::PatientReplaced)?;
    require(
        view.own.encounter(encounter)?.is_none(),
        Refusal::EncounterExists,
    )?;
    require(!call.openings.is_empty(), Refusal::NoIndexes)?;
    let indexes = owned(view.cards, &call.patient, &call.openings)?;

    view.events.push(Event::EncounterOpened(EncounterOpened {
        encounter,
        member,
        patient: call.patient,
        registration: None,
        write: call.write,
        indexes: indexes.clone(),
        until_ms: call.until_ms,
    }));
    let value = Encounter {
        member,
        patient: call.patient,
        registration: None,
        write: call.write,
        indexes,
        until_ms: call.until_ms,
        closed_ms: None,
    };
    view.own.put_encounter(encounter, value);
    Ok(())
}
