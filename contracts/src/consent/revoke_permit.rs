//! Takes a permit back.
use crate::cards::Right;
use crate::fault::{Stop, require};
use crate::view::{ConsentView, Context};
use amanat_types::Refusal;
use amanat_types::call::RevokePermit;
use amanat_types::event::{Event, PermitTakenBack};
use amanat_types::state::PermitState;

/// Ends a permit at the block's time, and with it every ticket that stands on it; also one that is not in force yet, or has expired.
///
/// Who speaks for the patient and decides ([`Context::speaker`]) co-signs, whoever spoke when it was given; any member may sponsor it.
/// The member whose staff witnessed paper may take it back by itself.
///
/// Refusals, in this order: `PermitUnknown`, those of the speaker, `PermitRevoked`.
/// Reads: actor, patient, person, permit. Writes: permit. Event: `PermitTakenBack`.
pub fn revoke_permit(
    ctx: &Context<'_>,
    view: &mut ConsentView<'_, '_>,
    call: &RevokePermit,
) -> Result<(), Stop> {
    let old = view.own.permit(call.permit)?;
    let old = old.ok_or(Refusal::PermitUnknown)?;
    let own_paper = old.form.is_some() && old.sponsor == ctx.body.sponsor;
    if !own_paper {
        ctx.speaker(view.actors, view.cards, old.patient, Right::Decides)?;
    }
    require(old.revoked_ms.is_none(), Refusal::PermitRevoked)?;

    let value = PermitState {
        revoked_ms: Some(ctx.env.time_ms),
        ..(*old).clone()
    };
    view.events.push(Event::PermitTakenBack(PermitTakenBack {
        permit: call.permit,
        patient: old.patient,
    }));
    view.own.put_permit(call.permit, value);
    Ok(())
}
