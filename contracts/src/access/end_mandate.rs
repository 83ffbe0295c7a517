//! Ends a mandate now. Since protocol version 3.
use crate::fault::{Stop, require};
use crate::view::{AccessView, Context};
use amanat_types::Refusal;
use amanat_types::call::EndMandate;
use amanat_types::event::{Event, MandateClosed};
use amanat_types::state::MandateState;

/// Ends a mandate of the sponsor at the block's time, and with it every ticket that stands on it. Two of its officers co-sign. An expired
/// one may be ended.
///
/// Refusals, in this order: `MandateUnknown`, `MandateNotYours`, `NotAnAuthority`, `TooFewOfficers`, `MandateEnded`.
/// Reads: actor, member, practitioner, mandate. Writes: mandate. Event: `MandateClosed`.
pub fn end_mandate(
    ctx: &Context<'_>,
    view: &mut AccessView<'_, '_>,
    call: &EndMandate,
) -> Result<(), Stop> {
    let old = view.own.mandate(call.mandate)?;
    let old = old.ok_or(Refusal::MandateUnknown)?;
    require(old.member == ctx.body.sponsor, Refusal::MandateNotYours)?;
    ctx.by_authority(view.actors, view.membership)?;
    require(old.ended_ms.is_none(), Refusal::MandateEnded)?;

    let value = MandateState {
        ended_ms: Some(ctx.env.time_ms),
        ..(*old).clone()
    };
    view.events.push(Event::MandateClosed(MandateClosed {
        mandate: call.mandate,
        member: old.member,
        patient: old.patient,
    }));
    view.own.put_mandate(call.mandate, value);
    Ok(())
}
