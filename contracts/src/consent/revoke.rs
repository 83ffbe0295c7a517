//! Takes consent back.
use crate::cards::Right;
use crate::fault::{Stop, require};
use crate::view::{ConsentView, Context};
use amanat_types::Refusal;
use amanat_types::call::Revoke;
use amanat_types::event::{ConsentRevoked, Event};
use amanat_types::state::GrantState;

/// Ends a grant at the block's time, and with it every ticket that stands on it. Who speaks for the patient and
/// decides ([`Context::speaker`]) co-signs, whoever spoke when it was given; any member may sponsor it.
///
/// An expired grant may be revoked: the patient's word stands on the ledger either way.
///
/// Refusals, in this order: `GrantUnknown`, those of the speaker, `GrantRevoked`.
/// Reads: actor, patient, person, grant. Writes: grant. Event: `ConsentRevoked`.
pub fn revoke(
    ctx: &Context<'_>,
    view: &mut ConsentView<'_, '_>,
    call: &Revoke,
) -> Result<(), Stop> {
    let old = view.own.grant(call.grant)?.ok_or(Refusal::GrantUnknown)?;
    ctx.speaker(view.actors, view.cards, old.patient, Right::Decides)?;
    require(old.revoked_ms.is_none(), Refusal::GrantRevoked)?;

    let value = GrantState {
        revoked_ms: Some(ctx.env.time_ms),
        ..(*old).clone()
    };
    view.events.push(Event::ConsentRevoked(ConsentRevoked {
        grant: call.grant,
        patient: old.patient,
    }));
    view.own.put_grant(call.grant, value);
    Ok(())
}
