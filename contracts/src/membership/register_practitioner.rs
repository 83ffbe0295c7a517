//! Registers a practitioner of the sponsor.
use crate::fault::{Stop, require};
use crate::view::{Context, MembershipView};
use amanat_types::call::RegisterPractitioner;
use amanat_types::event::{Event, PractitionerRegistered};
use amanat_types::state::{Actor, Practitioner};
use amanat_types::{PractitionerId, PublicKey, Refusal};

/// Registers a practitioner of the sponsor until `until_ms`, exclusive. The new key co-signs.
///
/// Refusals, in this order: `UntilInThePast`, `KeyTaken`, `KeyNotProven`, `KeyWrongKind`, `PractitionerExists`.
/// Reads: actor, practitioner. Writes: actor, practitioner. Event: `PractitionerRegistered`.
pub fn register_practitioner(
    ctx: &Context<'_>,
    view: &mut MembershipView<'_, '_>,
    call: &RegisterPractitioner,
) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    let practitioner = PractitionerId::derive(member, call.local);
    require(ctx.env.time_ms < call.until_ms, Refusal::UntilInThePast)?;
    require(!view.actors.taken(&call.key)?, Refusal::KeyTaken)?;
    require(ctx.signed_by(&call.key), Refusal::KeyNotProven)?;
    require(
        matches!(call.key, PublicKey::P256(_)),
        Refusal::KeyWrongKind,
    )?;
    require(
        view.own.practitioner(practitioner)?.is_none(),
        Refusal::PractitionerExists,
    )?;

    let value = Practitioner {
        member,
        key: call.key,
        role: call.role,
        until_ms: call.until_ms,
    };
    view.own.put_practitioner(practitioner, value);
    view.actors
        .claim(&call.key, Actor::Practitioner(practitioner));
    view.events
        .push(Event::PractitionerRegistered(PractitionerRegistered {
            member,
            practitioner,
            role: call.role,
            until_ms: call.until_ms,
        }));
    Ok(())
}
