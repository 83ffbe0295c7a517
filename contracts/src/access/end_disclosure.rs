//! Ends a disclosure now. Since protocol version 3.
use crate::fault::{Stop, require};
use crate::view::{AccessView, Context};
use amanat_types::Refusal;
use amanat_types::call::EndDisclosure;
use amanat_types::event::{DisclosureClosed, Event};
use amanat_types::state::DisclosureState;

/// Ends a disclosure of the sponsor at the block's time, and with it every ticket that stands on it. An expired one may be ended.
///
/// Refusals, in this order: `DisclosureUnknown`, `DisclosureNotYours`, `DisclosureEnded`.
/// Reads: disclosure. Writes: disclosure. Event: `DisclosureClosed`.
pub fn end_disclosure(
    ctx: &Context<'_>,
    view: &mut AccessView<'_, '_>,
    call: &EndDisclosure,
) -> Result<(), Stop> {
    let old = view.own.disclosure(call.disclosure)?;
    let old = old.ok_or(Refusal::DisclosureUnknown)?;
    let yours = old.member == ctx.body.sponsor;
    require(yours, Refusal::DisclosureNotYours)?;
    require(old.ended_ms.is_none(), Refusal::DisclosureEnded)?;

    let value = DisclosureState {
        ended_ms: Some(ctx.env.time_ms),
        ..(*old).clone()
    };
    view.events.push(Event::DisclosureClosed(DisclosureClosed {
        disclosure: call.disclosure,
        member: old.member,
        patient: old.patient,
        cause: old.cause,
    }));
    view.own.put_disclosure(call.disclosure, value);
    Ok(())
}
