//! Discloses own records, and what patients say to a refusal to amend them, for payment or as the law demands. Since protocol version 3.
use super::open_mandate::told_within;
use crate::cards::owned;
use crate::env::ends_within;
use crate::fault::{Fault, Stop, require};
use crate::view::{AccessView, Context};
use amanat_types::call::{Disclose, Records};
use amanat_types::code::DisclosureCause;
use amanat_types::codec::List;
use amanat_types::event::{Event, RecordsDisclosed};
use amanat_types::state::DisclosureState;
use amanat_types::{DisclosureId, RecordId, Refusal, limits};
use std::collections::BTreeSet;

/// Lets an insurer (payment) or an authority (report) read named records of which the sponsor is custodian, until `until_ms`, exclusive,
/// at most [`limits::DISCLOSURE_MS_MAX`] ahead; and, named too, what the patient wrote at another member about a refusal to amend one of
/// those: the request and the statement of disagreement, which go with the record to whomever it goes.
///
/// The openings show whose records they are, so that the right patient's restrictions bind a payment and the right patient is told; only of
/// a report may that wait, until `notice_ms`, at most [`limits::NOTICE_MS_MAX`] ahead. What the patient restricts is looked at when
/// the recipient asks and at each release, not here.
///
/// Refusals, in this order: `UntilInThePast`, `UntilTooFar`, `PatientUnknown`, `DisclosureExists`, `RecipientUnfit`, `NoticeTooFar`,
/// for each opening `IndexUnknown`, `IndexNotOwned`, then `IndexRepeated`; `NamesUnfit`; for each record `RecordUnknown`,
/// `RecordNotYours` (nor a note on a named record), `RecordRetracted`, `RecordNotShown`.
/// Reads: roster, member, patient, index, record, amendments, disclosure. Writes: disclosure. Event: `RecordsDisclosed`.
/// Source: DESIGN, bases payment and law; 45 CFR 164.506(c), 164.512(a), (b), 164.526(d)(4), (5).
pub fn disclose(
    ctx: &Context<'_>,
    view: &mut AccessView<'_, '_>,
    call: &Disclose,
) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    let id = DisclosureId::derive(member, call.local);
    ends_within(ctx.env, call.until_ms, limits::DISCLOSURE_MS_MAX)?;
    let patient = view.cards.patient(call.patient)?;
    require(patient.is_some(), Refusal::PatientUnknown)?;
    let taken = view.own.disclosure(id)?.is_some();
    require(!taken, Refusal::DisclosureExists)?;
    recipient(ctx, view, call)?;
    let (records, notes) = named(ctx, view, call)?;

    view.events.push(Event::RecordsDisclosed(RecordsDisclosed {
        disclosure: id,
        member,
        patient: call.patient,
        recipient: call.recipient,
        cause: call.cause,
        ground: call.ground,
        records: call.records.clone(),
        until_ms: call.until_ms,
        notice_ms: call.notice_ms,
    }));
    let value = DisclosureState {
        member,
        patient: call.patient,
        recipient: call.recipient,
        cause: call.cause,
        ground: call.ground,
        records,
        notes,
        until_ms: call.until_ms,
        notice_ms: call.notice_ms,
        ended_ms: None,
    };
    view.own.put_disclosure(id, value);
    Ok(())
}

/// That the recipient is one for this cause, and that the patient is told as soon as the cause demands.
fn recipient(ctx: &Context<'_>, view: &AccessView<'_, '_>, call: &Disclose) -> Result<(), Stop> {
    let member = view.membership.member(call.recipient)?;
    let fits = member.is_some_and(|member| member.kind == call.cause.recipient());
    let active = view.membership.is_active(call.recipient)?;
    require(fits && active, Refusal::RecipientUnfit)?;
    let soon = match call.cause {
        DisclosureCause::Payment => call.notice_ms.is_none(),
        DisclosureCause::Report => told_within(ctx, call.notice_ms, limits::NOTICE_MS_MAX),
    };
    Ok(require(soon, Refusal::NoticeTooFar)?)
}

/// The sponsor's own records and the notes on them, of those named: that each is one or the other, not taken back, and of an index that was
/// opened as the patient's.
fn named(
    ctx: &Context<'_>,
    view: &AccessView<'_, '_>,
    call: &Disclose,
) -> Result<(Records, Records), Stop> {
    let indexes = owned(view.cards, &call.patient, &call.openings)?;
    let sorted = call.records.is_sorted_by(|one, next| one < next);
    require(sorted && !call.records.is_empty(), Refusal::NamesUnfit)?;
    let travelling = travelling(ctx, view, call)?;
    let (mut own, mut notes) = (Vec::new(), Vec::new());
    for id in &call.records {
        let record = view.records.record(*id)?.ok_or(Refusal::RecordUnknown)?;
        let yours = record.member == ctx.body.sponsor;
        require(yours || travelling.contains(id), Refusal::RecordNotYours)?;
        require(record.retracted.is_none(), Refusal::RecordRetracted)?;
        let shown = indexes.binary_search(&record.index).is_ok();
        require(shown, Refusal::RecordNotShown)?;
        if yours { &mut own } else { &mut notes }.push(*id);
    }
    let outgrown = |_| Fault::Outgrown { what: "records" };
    Ok((
        List::new(own).map_err(outgrown)?,
        List::new(notes).map_err(outgrown)?,
    ))
}

/// What patients asked and stated where the sponsor refused to amend one of its own records among those named. A refusal is final.
fn travelling(
    ctx: &Context<'_>,
    view: &AccessView<'_, '_>,
    call: &Disclose,
) -> Result<BTreeSet<RecordId>, Stop> {
    let mut notes = BTreeSet::new();
    for id in &call.records {
        let record = view.records.record(*id)?;
        if record.is_none_or(|record| record.member != ctx.body.sponsor) {
            continue;
        }
        let Some(amendments) = view.records.amendments(*id)? else {
            continue;
        };
        for one in &amendments.asked {
            let refused = one
                .answered
                .is_some_and(|verdict| verdict.refused.is_some());
            if refused {
                notes.extend([Some(one.request), one.disagreement].into_iter().flatten());
            }
        }
    }
    Ok(notes)
}
