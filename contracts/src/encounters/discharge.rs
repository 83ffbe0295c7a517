//! Ends an encounter now.
use crate::cards::Right;
use crate::fault::{Stop, require};
use crate::view::{Context, EncountersView};
use amanat_types::Refusal;
use amanat_types::call::Discharge;
use amanat_types::event::{EncounterClosed, Event};
use amanat_types::state::Encounter;

/// Ends an encounter at the block's time, also one that was closed with a grace that runs. Its member signs, or who speaks for the
/// patient ([`Context::speaker`]) co-signs under any sponsor.
///
/// Refusals, in this order: `EncounterUnknown`, `EncounterNotYours` (another member, and nobody who speaks for the patient), those of the speaker,
/// `EncounterEnded`.
/// Reads: actor, patient, person, encounter. Writes: encounter. Event: `EncounterClosed`.
pub fn discharge(
    ctx: &Context<'_>,
    view: &mut EncountersView<'_, '_>,
    call: &Discharge,
) -> Result<(), Stop> {
    let old = view.own.encounter(call.encounter)?;
    let old = old.ok_or(Refusal::EncounterUnknown)?;
    if old.member != ctx.body.sponsor {
        match ctx.speaker(view.actors, view.cards, old.patient, Right::Decides) {
            Err(Stop::Refused(Refusal::CardNotPresent)) => {
                return Err(Refusal::EncounterNotYours.into());
            }
            other => {
                other?;
            }
        }
    }
    require(old.is_readable(ctx.env.time_ms), Refusal::EncounterEnded)?;

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
