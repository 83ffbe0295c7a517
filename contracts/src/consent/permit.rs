//! Gives consent in more detail than a grant.
use super::restrict::ascending;
use crate::cards::{Right, Speaker, owned, paper_speaks};
use crate::env::ends_within;
use crate::fault::{Fault, Stop, require};
use crate::view::{ConsentView, Context};
use amanat_types::call::{Permit, PermitGrantee};
use amanat_types::event::{Event, PermitGiven};
use amanat_types::state::PermitState;
use amanat_types::{PermitId, Refusal, TimestampMs, limits};

/// Lets the grantee read, write or both, from `from_ms` until `until_ms`, exclusive, at most [`limits::GRANT_MS_MAX`] ahead, on paper
/// [`limits::PAPER_MS_MAX`]. Who speaks for the patient and decides ([`Context::speaker`]) co-signs, and any member may sponsor it; or,
/// on paper, two practitioners of the sponsor with different roles, who saw the patient sign, while the patient decides for itself and has
/// no card that could.
///
/// A card that is present is not yet an intent: a permit for more than [`limits::STANDING_MS_MIN`] is in force at once only if the second
/// key of whoever speaks co-signed, else no sooner than [`limits::SECOND_CHANNEL_MS`] after the block ([`Context::in_force_from`]), and
/// can be revoked before.
///
/// Refusals, in this order: `UntilInThePast` (also: not after the start), `UntilTooFar`, `PatientUnknown`; without paper those of the
/// speaker, on paper `PatientDead`, `GuardianDecides`, `PatientHasCard`, `WitnessesUnfit`; `PermitExists`, `GranteeUnknown`, `NoPurposes`, `NoIndexes`, for each
/// opening `IndexUnknown`, `IndexNotOwned`, then `IndexRepeated`; `NamesUnfit`.
/// Reads: actor, roster, practitioner, patient, person, index, permit. Writes: permit. Event: `PermitGiven`.
pub fn permit(
    ctx: &Context<'_>,
    view: &mut ConsentView<'_, '_>,
    call: &Permit,
) -> Result<(), Stop> {
    let id = PermitId::derive(ctx.body.sponsor, call.local);
    let longest = match call.form {
        Some(_) => limits::PAPER_MS_MAX,
        None => limits::GRANT_MS_MAX,
    };
    ends_within(ctx.env, call.until_ms, longest)?;
    require(call.from_ms < call.until_ms, Refusal::UntilInThePast)?;
    let speaker = speaker(ctx, view, call)?;
    require(view.own.permit(id)?.is_none(), Refusal::PermitExists)?;
    let active = is_active(ctx, view, call.grantee)?;
    require(active, Refusal::GranteeUnknown)?;
    let purposes = !call.purposes.is_empty() && ascending(&call.purposes);
    require(purposes, Refusal::NoPurposes)?;
    require(!call.openings.is_empty(), Refusal::NoIndexes)?;
    let indexes = owned(view.cards, &call.patient, &call.openings)?;
    require(fit(call), Refusal::NamesUnfit)?;

    let value = PermitState {
        patient: call.patient,
        sponsor: ctx.body.sponsor,
        grantee: call.grantee,
        access: call.access,
        purposes: call.purposes.clone(),
        indexes,
        records: call.records.clone(),
        deposited: call.deposited,
        from_ms: in_force(ctx, view, call, speaker)?,
        until_ms: call.until_ms,
        form: call.form,
        revoked_ms: None,
    };
    view.events.push(Event::PermitGiven(PermitGiven {
        permit: id,
        patient: value.patient,
        member: value.sponsor,
        grantee: value.grantee,
        access: value.access,
        indexes: value.indexes.clone(),
        from_ms: value.from_ms,
        until_ms: value.until_ms,
        form: value.form,
    }));
    view.own.put_permit(id, value);
    Ok(())
}

/// Who speaks: whoever signs for the patient, or, on paper, the patient before witnesses.
fn speaker(ctx: &Context<'_>, view: &ConsentView<'_, '_>, call: &Permit) -> Result<Speaker, Stop> {
    let patient = view.cards.patient(call.patient)?;
    let patient = patient.ok_or(Refusal::PatientUnknown)?;
    if call.form.is_none() {
        return ctx.speaker(view.actors, view.cards, call.patient, Right::Decides);
    }
    let person = view.cards.person(call.patient)?;
    paper_speaks(&patient, person.as_deref(), ctx.env.time_ms)?;
    let witnesses = ctx.practitioners(view.actors, view.membership)?;
    let mut roles: Vec<_> = witnesses.iter().map(|(_, witness)| witness.role).collect();
    roles.sort_unstable();
    roles.dedup();
    require(roles.len() >= 2, Refusal::WitnessesUnfit)?;
    Ok(Speaker::Own)
}

/// Whether the grantee is somebody who acts: an active member, or a practitioner of one whose registration has not ended.
fn is_active(
    ctx: &Context<'_>,
    view: &ConsentView<'_, '_>,
    grantee: PermitGrantee,
) -> Result<bool, Fault> {
    match grantee {
        PermitGrantee::Member(member) => view.membership.is_active(member),
        PermitGrantee::RoleAt(at) => view.membership.is_active(at.member),
        PermitGrantee::RoleAtKind(_) | PermitGrantee::RoleAtKindWithin(_) => Ok(true),
        PermitGrantee::Practitioner(id) => match view.membership.practitioner(id)? {
            Some(practitioner) => Ok(ctx.env.time_ms < practitioner.until_ms
                && view.membership.is_active(practitioner.member)?),
            None => Ok(false),
        },
    }
}

/// Whether named records are sorted, heights ascend, and neither narrows a permit to write: a new record is none of them.
fn fit(call: &Permit) -> bool {
    let narrowed = !call.records.is_empty() || call.deposited.is_some();
    let heights = call.deposited;
    ascending(&call.records)
        && heights.is_none_or(|heights| heights.first <= heights.last)
        && !(narrowed && call.access.writes())
}

/// From when a permit is in force: a standing one waits.
fn in_force(
    ctx: &Context<'_>,
    view: &ConsentView<'_, '_>,
    call: &Permit,
    speaker: Speaker,
) -> Result<TimestampMs, Fault> {
    let from = call.from_ms.max(ctx.env.time_ms);
    Ok(match call.until_ms.since(from) > limits::STANDING_MS_MIN {
        true => from.max(ctx.in_force_from(view.cards, call.patient, speaker)?),
        false => from,
    })
}
