//! Asks that a record be amended. Since protocol version 3.
use super::note;
use crate::cards::{Right, owned};
use crate::fault::{Fault, Stop, require};
use crate::view::{Context, RecordsView};
use amanat_types::call::{AmendmentRef, AskAmendment};
use amanat_types::codec::List;
use amanat_types::event::{AmendmentAsked, Event};
use amanat_types::state::{AmendmentState, Amendments};
use amanat_types::{Refusal, limits};

/// Asks the member of a record to amend it, within [`limits::AMENDMENT_MS`]. Who speaks for the patient and decides ([`Context::speaker`])
/// co-signs, under any sponsor: the one that wrote the request down.
///
/// Refusals, in this order: `PatientUnknown`, those of the speaker, `RecordUnknown`, `RecordRetracted`, `RecordSuperseded` (what replaced it
/// is asked about), for each opening `IndexUnknown`, `IndexNotOwned`, then `IndexRepeated`; `RecordNotShown`, `NoteUnfit`, `AmendmentOpen`,
/// `AmendmentsFull`.
/// Reads: actor, patient, person, index, record, amendments. Writes: amendments. Event: `AmendmentAsked`.
/// Source: 45 CFR 164.526(a), (b); GDPR 16.
pub fn ask_amendment(
    ctx: &Context<'_>,
    view: &mut RecordsView<'_, '_>,
    call: &AskAmendment,
) -> Result<(), Stop> {
    let patient = view.cards.patient(call.patient)?;
    require(patient.is_some(), Refusal::PatientUnknown)?;
    ctx.speaker(view.actors, view.cards, call.patient, Right::Decides)?;
    let record = view.own.record(call.record)?;
    let record = record.ok_or(Refusal::RecordUnknown)?;
    require(record.retracted.is_none(), Refusal::RecordRetracted)?;
    require(record.superseded_by.is_none(), Refusal::RecordSuperseded)?;
    let indexes = owned(view.cards, &call.patient, &call.openings)?;
    let shown = indexes.binary_search(&record.index).is_ok();
    require(shown, Refusal::RecordNotShown)?;
    note(ctx, view.own, call.record, &record, call.request)?;
    let old = view.own.amendments(call.record)?;
    let mut asked = old.map_or_else(Vec::new, |old| old.asked.to_vec());
    let waits = asked.last().is_some_and(|last| last.answered.is_none());
    require(!waits, Refusal::AmendmentOpen)?;
    require(
        asked.len() < limits::AMENDMENTS_MAX,
        Refusal::AmendmentsFull,
    )?;

    let outgrown = || Fault::Outgrown { what: "amendments" };
    let number = u8::try_from(asked.len()).map_err(|_| outgrown())?;
    let by_ms = ctx.env.time_ms.plus(limits::AMENDMENT_MS);
    asked.push(AmendmentState {
        request: call.request,
        asked_ms: ctx.env.time_ms,
        by_ms,
        extended: None,
        answered: None,
        disagreement: None,
    });
    let value = Amendments {
        patient: call.patient,
        asked: List::new(asked).map_err(|_| outgrown())?,
    };
    view.events.push(Event::AmendmentAsked(AmendmentAsked {
        amendment: AmendmentRef {
            record: call.record,
            number,
        },
        patient: call.patient,
        member: record.member,
        request: call.request,
        by_ms,
    }));
    view.own.put_amendments(call.record, value);
    Ok(())
}
