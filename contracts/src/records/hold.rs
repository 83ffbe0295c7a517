//! Forbids that records are erased. Since protocol version 3.
use crate::cards::owned;
use crate::env::ends_within;
use crate::fault::{Fault, Stop, require};
use crate::view::{Context, RecordsView};
use amanat_types::call::{HeldRecords, Hold};
use amanat_types::codec::List;
use amanat_types::event::{Event, RecordsHeld};
use amanat_types::state::{HeldBy, HoldState, Holds, Record};
use amanat_types::{HoldId, RecordId, Refusal, TimestampMs, limits};
use std::rc::Rc;

/// Forbids that records are erased until `until_ms`, exclusive, at most [`limits::HOLD_MS_MAX`] ahead. The custodian of all of them does
/// so alone; an authority with two of its officers, whosever records they are. Nobody else has a say in it, the patient neither. Several may
/// lie on one record, and each counts until it is over or whoever placed it ends it; it lets nobody read anything. A custodian leaves room for authorities, so that its
/// own holds, which it may end, never keep theirs out.
///
/// A patient who is named is told, and must be theirs: the openings show that each record's index is the patient's.
///
/// Refusals, in this order: `UntilInThePast`, `UntilTooFar`, `NoRecords`; for each record in order `RecordUnknown`, `RecordErased`; of
/// who is not the custodian of all `NotAnAuthority`, `TooFewOfficers`; without a patient `NamesUnfit` (openings of nobody); with one `PatientUnknown`, for
/// each opening `IndexUnknown`, `IndexNotOwned`, then `IndexRepeated`, `RecordNotShown`; `HoldExists`; for each record in order `HoldsFull`.
/// Reads: actor, member, practitioner, patient, index, record, hold, holds. Writes: hold, holds. Event: `RecordsHeld`.
/// Source: GDPR 17(3)(b), (e), 18(1)(c).
pub fn hold(ctx: &Context<'_>, view: &mut RecordsView<'_, '_>, call: &Hold) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    let id = HoldId::derive(member, call.local);
    ends_within(ctx.env, call.until_ms, limits::HOLD_MS_MAX)?;
    named(&call.records)?;
    let mut records = Vec::with_capacity(call.records.len());
    for record in &call.records {
        let value = view.own.record(*record)?.ok_or(Refusal::RecordUnknown)?;
        require(!value.is_erased(), Refusal::RecordErased)?;
        records.push(value);
    }
    let own = records.iter().all(|record| record.member == member);
    if !own {
        ctx.by_authority(view.actors, view.membership)?;
    }
    shown(view, call, &records)?;
    require(view.own.hold(id)?.is_none(), Refusal::HoldExists)?;
    let one = HeldBy {
        hold: id,
        until_ms: call.until_ms,
    };
    for record in &call.records {
        let most = match own {
            true => limits::CUSTODIAN_HOLDS_MAX,
            false => limits::HOLDS_MAX,
        };
        let value = with(view, *record, one, (most, ctx.env.time_ms))?;
        view.own.put_holds(*record, value);
    }

    view.events.push(Event::RecordsHeld(RecordsHeld {
        hold: id,
        member,
        authority: !own,
        patient: call.patient,
        records: call.records.clone(),
        ground: call.ground,
        until_ms: call.until_ms,
    }));
    let value = HoldState {
        member,
        authority: !own,
        patient: call.patient,
        records: call.records.clone(),
        ground: call.ground,
        until_ms: call.until_ms,
        ended_ms: None,
    };
    view.own.put_hold(id, value);
    Ok(())
}

/// Demands that a call names records, sorted and each once.
///
/// Refusal: `NoRecords`.
pub(super) fn named(records: &HeldRecords) -> Result<(), Refusal> {
    let sorted = records.windows(2).all(|pair| pair.first() < pair.last());
    require(sorted && !records.is_empty(), Refusal::NoRecords)
}

/// Demands that the records are the patient's, if one is named.
fn shown(view: &RecordsView<'_, '_>, call: &Hold, records: &[Rc<Record>]) -> Result<(), Stop> {
    let Some(id) = call.patient else {
        return Ok(require(call.openings.is_empty(), Refusal::NamesUnfit)?);
    };
    let patient = view.cards.patient(id)?;
    require(patient.is_some(), Refusal::PatientUnknown)?;
    let indexes = owned(view.cards, &id, &call.openings)?;
    let mut all = records.iter().map(|record| record.index);
    let shown = all.all(|index| indexes.binary_search(&index).is_ok());
    Ok(require(shown, Refusal::RecordNotShown)?)
}

/// The holds on a record with one more, at most `most`. Those whose time is over leave.
///
/// Refusal: `HoldsFull`.
fn with(
    view: &RecordsView<'_, '_>,
    record: RecordId,
    one: HeldBy,
    (most, now): (usize, TimestampMs),
) -> Result<Holds, Stop> {
    let old = view.own.holds(record)?;
    let mut held = old.map_or_else(Vec::new, |old| old.held.to_vec());
    held.retain(|one| now < one.until_ms);
    require(held.len() < most, Refusal::HoldsFull)?;
    held.push(one);
    let outgrown = |_| Fault::Outgrown { what: "holds" };
    let held = List::new(held).map_err(outgrown)?;
    Ok(Holds { held })
}
