//! Ends an encounter now.
use crate::fault::{Stop, require};
use crate::view::{Context, EncountersView};
use amanat_types::Refusal;
use amanat_types::call::Discharge;
use amanat_types::event::{EncounterClosed, Event};
use amanat_types::state::Encounter;

/// Ends an encounter at the block's time. Its member signs, or the patient's card co-signs under any sponsor.
///
/// Refusals, in this order: `EncounterUnknown`, `EncounterNotYours` (another member, no card of the patient), `CardBlocked`,
/// `EncounterEnded`.
/// Reads: actor, patient, encounter. Writes: encounter. Event: `EncounterClosed`.
pub fn discharge(
    ctx: &Context<'_>,
    view: &mut EncountersView<'_, '_>,
    call: &Discharge,
) -> Result<(), Stop> {
    let old = view.own.encounter(call.encounter)?;
    let old = old.ok_or(Refusal::EncounterUnknown)?;
    if old.member != ctx.body.sponsor {
        match ctx.card_of(view.actors, view.cards, old.patient) {
            Err(Stop::Refused(Refusal::CardNotPresent)) => {
                return Err(Refusal::EncounterNotYours.into());
            }
            other => other?,
        }
    }
    require(old.is_open(ctx.env.time_ms), Refusal::EncounterEnded)?;

    let value = Encounter {
        closed_ms: Some(ctx.env.time_ms),
        ..(*old).clone()
    };
    view.events.push(Event::EncounterClosed(EncounterClosed {
        encounter: call.encounter,
        patient: old.patient,
    }));
    view.own.put_encounter(call.encounter, value);
    Ok(())
}
