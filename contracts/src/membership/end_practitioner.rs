//! Ends a practitioner of the sponsor at once.
use crate::fault::{Stop, require};
use crate::view::{Context, MembershipView};
use amanat_types::Refusal;
use amanat_types::call::EndPractitioner;
use amanat_types::event::{Event, PractitionerLeft};
use amanat_types::state::Practitioner;

/// Ends a practitioner of the sponsor at the block's time.
///
/// Refusals, in this order: `PractitionerUnknown`, `PractitionerNotYours`, `PractitionerEnded`.
/// Reads: practitioner. Writes: practitioner. Event: `PractitionerLeft`.
pub fn end_practitioner(
    ctx: &Context<'_>,
    view: &mut MembershipView<'_, '_>,
    call: &EndPractitioner,
) -> Result<(), Stop> {
    let old = view.own.practitioner(call.practitioner)?;
    let old = old.ok_or(Refusal::PractitionerUnknown)?;
    require(
        old.member == ctx.body.sponsor,
        Refusal::PractitionerNotYours,
    )?;
    require(ctx.env.time_ms < old.until_ms, Refusal::PractitionerEnded)?;

    let value = Practitioner {
        until_ms: ctx.env.time_ms,
        ..(*old).clone()
    };
    view.own.put_practitioner(call.practitioner, value);
    view.events.push(Event::PractitionerLeft(PractitionerLeft {
        member: old.member,
        practitioner: call.practitioner,
    }));
    Ok(())
}
