//! Ends an encounter with a grace for reading.
use crate::fault::{Stop, require};
use crate::view::{Context, EncountersView};
use amanat_types::call::CloseVisit;
use amanat_types::event::{Event, VisitClosed};
use amanat_types::state::Encounter;
use amanat_types::{Refusal, limits};

/// Ends writing under an encounter of the sponsor at the block's time, and reading after a grace of at most [`limits::GRACE_MS_MAX`], or
/// at the encounter's own end. `Discharge`, by the member or who speaks for the patient, still ends it at once.
///
/// Refusals, in this order: `EncounterUnknown`, `EncounterNotYours`, `EncounterEnded`, `GraceTooLong`.
/// Reads: encounter. Writes: encounter. Event: `VisitClosed`.
pub fn close_visit(
    ctx: &Context<'_>,
    view: &mut EncountersView<'_, '_>,
    call: &CloseVisit,
) -> Result<(), Stop> {
    let old = view.own.encounter(call.encounter)?;
    let old = old.ok_or(Refusal::EncounterUnknown)?;
    require(old.member == ctx.body.sponsor, Refusal::EncounterNotYours)?;
    require(old.is_open(ctx.env.time_ms), Refusal::EncounterEnded)?;
    let short = call.grace_ms <= limits::GRACE_MS_MAX;
    require(short, Refusal::GraceTooLong)?;

    let until_ms = ctx.env.time_ms.plus(call.grace_ms).min(old.until_ms);
    let value = Encounter {
        closed_ms: Some(until_ms),
        ..(*old).clone()
    };
    view.events.push(Event::VisitClosed(VisitClosed {
        encounter: call.encounter,
        patient: old.patient,
        until_ms,
    }));
    view.own.put_encounter(call.encounter, value);
    Ok(())
}
