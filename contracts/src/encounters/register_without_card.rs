//! Opens a registration encounter.
use crate::cards::owned;
use crate::env::ends_within;
use crate::fault::{Stop, require};
use crate::view::{Context, EncountersView};
use amanat_types::call::RegisterWithoutCard;
use amanat_types::event::{EncounterOpened, Event};
use amanat_types::state::Encounter;
use amanat_types::{EncounterId, Refusal, limits};

/// Opens a write-only encounter at the sponsor until `until_ms`, exclusive, at most [`limits::REGISTRATION_MS_MAX`] ahead.
///
/// Runs after `cards::register_without_card`, which demands the practitioner and makes the pseudonym.
///
/// Refusals, in this order: those of `cards::register_without_card`; `UntilInThePast`, `UntilTooFar`, `EncounterExists`, `NoIndexes`,
/// for each opening `IndexUnknown`, `IndexNotOwned`, then `IndexRepeated`.
/// Reads: index, encounter. Writes: encounter. Event: `EncounterOpened`.
pub fn register_without_card(
    ctx: &Context<'_>,
    view: &mut EncountersView<'_, '_>,
    call: &RegisterWithoutCard,
) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    let encounter = EncounterId::derive(member, call.local);
    ends_within(ctx.env, call.until_ms, limits::REGISTRATION_MS_MAX)?;
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
        registration: Some(call.reason),
        write: true,
        indexes: indexes.clone(),
        until_ms: call.until_ms,
    }));
    let value = Encounter {
        member,
        patient: call.patient,
        registration: Some(call.reason),
        write: true,
        indexes,
        until_ms: call.until_ms,
        closed_ms: None,
    };
    view.own.put_encounter(encounter, value);
    Ok(())
}
