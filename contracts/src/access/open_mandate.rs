//! Lets an authority read by law. Since protocol version 3.
use crate::cards::owned;
use crate::env::ends_within;
use crate::fault::{Stop, require};
use crate::view::{AccessView, Context};
use amanat_types::call::OpenMandate;
use amanat_types::event::{Event, MandateOpened};
use amanat_types::state::MandateState;
use amanat_types::{MandateId, Purpose, Refusal, TimestampMs, limits};

/// Lets the sponsor, an authority, read what a statute says it may, until `until_ms`, exclusive, at most [`limits::MANDATE_MS_MAX`] ahead.
/// Two of its officers co-sign. The patient's restrictions do not bind it.
///
/// The authority shows that the indexes are the patient's: somebody who treats the patient gave it the openings, on paper that the ledger
/// does not see. Whoever informs the patient does so at once, or waits until `notice_ms`, at most [`limits::NOTICE_MS_MAX`] ahead.
///
/// Refusals, in this order: `UntilInThePast`, `UntilTooFar`, `NotAnAuthority`, `TooFewOfficers`, `PatientUnknown`, `MandateExists`,
/// `PurposeNotAllowed`, `NoticeTooFar`, `NoIndexes`, for each opening `IndexUnknown`, `IndexNotOwned`, then `IndexRepeated`.
/// Reads: actor, member, practitioner, patient, index, mandate. Writes: mandate. Event: `MandateOpened`.
/// Source: DESIGN, basis law; 45 CFR 164.512, 164.528(a)(2).
pub fn open_mandate(
    ctx: &Context<'_>,
    view: &mut AccessView<'_, '_>,
    call: &OpenMandate,
) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    let id = MandateId::derive(member, call.local);
    ends_within(ctx.env, call.until_ms, limits::MANDATE_MS_MAX)?;
    ctx.by_authority(view.actors, view.membership)?;
    let patient = view.cards.patient(call.patient)?;
    require(patient.is_some(), Refusal::PatientUnknown)?;
    require(view.own.mandate(id)?.is_none(), Refusal::MandateExists)?;
    let lawful = matches!(call.purpose, Purpose::Pubhlth | Purpose::Hlegal);
    require(lawful, Refusal::PurposeNotAllowed)?;
    let soon = told_within(ctx, call.notice_ms, limits::NOTICE_MS_MAX);
    require(soon, Refusal::NoticeTooFar)?;
    require(!call.openings.is_empty(), Refusal::NoIndexes)?;
    let indexes = owned(view.cards, &call.patient, &call.openings)?;

    view.events.push(Event::MandateOpened(MandateOpened {
        mandate: id,
        member,
        patient: call.patient,
        purpose: call.purpose,
        statute: call.statute,
        indexes: indexes.clone(),
        until_ms: call.until_ms,
        notice_ms: call.notice_ms,
    }));
    let value = MandateState {
        member,
        patient: call.patient,
        purpose: call.purpose,
        statute: call.statute,
        indexes,
        until_ms: call.until_ms,
        notice_ms: call.notice_ms,
        ended_ms: None,
    };
    view.own.put_mandate(id, value);
    Ok(())
}

/// Whether the patient is told at once, or after no longer than `most_ms`.
pub(super) fn told_within(ctx: &Context<'_>, notice: Option<TimestampMs>, most_ms: u64) -> bool {
    notice.is_none_or(|notice_ms| notice_ms.since(ctx.env.time_ms) <= most_ms)
}
