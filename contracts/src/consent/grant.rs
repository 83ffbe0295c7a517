//! Gives consent.
use crate::cards::{Right, owned};
use crate::env::ends_within;
use crate::fault::{Fault, Stop, require};
use crate::view::{ConsentView, Context};
use amanat_types::call::{Grant, Grantee};
use amanat_types::event::{ConsentGranted, Event};
use amanat_types::state::GrantState;
use amanat_types::{GrantId, Purpose, Refusal, limits};

/// The protocol version from which on standing grants take the second channel.
const SECOND_CHANNEL_SINCE: u16 = 3;

/// Lets the grantee read, write or both, until `until_ms`, exclusive, at most [`limits::GRANT_MS_MAX`] ahead. Who speaks for
/// the patient and decides ([`Context::speaker`]) co-signs; any member may sponsor it, and the sponsor's number is in the grant's id.
/// Since protocol version 3 one for more than [`limits::STANDING_MS_MIN`] takes the second channel: a grant has no start, so it cannot wait
/// as a permit does, and the second key of whoever speaks co-signs.
///
/// Refusals, in this order: `UntilInThePast`, `UntilTooFar`, `PatientUnknown`, those of the speaker, `NoSecondKey`, `GrantExists`,
/// `GranteeUnknown`, `NoPurposes`, `NoIndexes`, for each opening `IndexUnknown`, `IndexNotOwned`, then `IndexRepeated`.
/// Reads: actor, member, practitioner, patient, person, index, grant. Writes: grant. Event: `ConsentGranted`.
pub fn grant(ctx: &Context<'_>, view: &mut ConsentView<'_, '_>, call: &Grant) -> Result<(), Stop> {
    let grant = GrantId::derive(ctx.body.sponsor, call.local);
    ends_within(ctx.env, call.until_ms, limits::GRANT_MS_MAX)?;
    require(
        view.cards.patient(call.patient)?.is_some(),
        Refusal::PatientUnknown,
    )?;
    let speaker = ctx.speaker(view.actors, view.cards, call.patient, Right::Decides)?;
    let standing = call.until_ms.since(ctx.env.time_ms) > limits::STANDING_MS_MIN;
    if standing && ctx.env.protocol >= SECOND_CHANNEL_SINCE {
        let seconded = ctx.seconded(view.cards, call.patient, speaker)?;
        require(seconded, Refusal::NoSecondKey)?;
    }
    require(view.own.grant(grant)?.is_none(), Refusal::GrantExists)?;
    require(is_active(ctx, view, call.grantee)?, Refusal::GranteeUnknown)?;
    require(ascending(&call.purposes), Refusal::NoPurposes)?;
    require(!call.openings.is_empty(), Refusal::NoIndexes)?;
    let indexes = owned(view.cards, &call.patient, &call.openings)?;

    view.events.push(Event::ConsentGranted(ConsentGranted {
        grant,
        patient: call.patient,
        grantee: call.grantee,
        indexes: indexes.clone(),
        until_ms: call.until_ms,
    }));
    let value = GrantState {
        patient: call.patient,
        grantee: call.grantee,
        access: call.access,
        purposes: call.purposes.clone(),
        indexes,
        until_ms: call.until_ms,
        revoked_ms: None,
    };
    view.own.put_grant(grant, value);
    Ok(())
}

/// Whether the grantee is an active member, or a practitioner of one whose registration has not ended.
fn is_active(
    ctx: &Context<'_>,
    view: &ConsentView<'_, '_>,
    grantee: Grantee,
) -> Result<bool, Fault> {
    match grantee {
        Grantee::Member(member) => view.membership.is_active(member),
        Grantee::Practitioner(practitioner) => match view.membership.practitioner(practitioner)? {
            Some(practitioner) => Ok(ctx.env.time_ms < practitioner.until_ms
                && view.membership.is_active(practitioner.member)?),
            None => Ok(false),
        },
    }
}

/// Whether there is at least one purpose, and they are sorted without repeats.
fn ascending(purposes: &[Purpose]) -> bool {
    !purposes.is_empty() && purposes.is_sorted_by(|one, next| one < next)
}
