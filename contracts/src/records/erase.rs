//! Erases records. Since protocol version 3.
use super::hold::named;
use crate::cards::{Right, owned};
use crate::fault::{Stop, require};
use crate::view::{Context, RecordsView};
use amanat_types::Refusal;
use amanat_types::call::Erase;
use amanat_types::code::RetractReason;
use amanat_types::codec::List;
use amanat_types::event::{Event, RecordsErased};
use amanat_types::state::{ErasureState, Record};

/// Erases records of the sponsor, all or none, for ever: the ledger keeps a tombstone of each, which forbids every vault and custodian to let go of it, and whoever holds
/// it deletes key and bytes and says so ([`super::confirm_erased`]). Who speaks for the patient and decides ([`Context::speaker`])
/// co-signs, and the openings show that the index of each is the patient's: so nothing without a patient, such as a directory, is erased. What was superseded or taken back may be.
///
/// The time for which records are kept, which members voted on, and every legal hold come before the patient's word.
///
/// Refusals, in this order: `NoRecords`, `PatientUnknown`, those of the speaker, for each opening `IndexUnknown`, `IndexNotOwned`, then
/// `IndexRepeated`; for each record in order `RecordUnknown`, `RecordNotYours`, `RecordErased`, `RecordNotShown`; `RetentionUnset`; for
/// each record in order `RetentionRuns`, `RecordHeld`.
/// Reads: actor, patient, person, index, record, retention, holds. Writes: record, erasure. Event: `RecordsErased`.
/// Source: GDPR 5(1)(e), 17(1), 17(3)(b), (c), (e); 45 CFR 164.316(b)(2)(i), 164.530(j).
pub fn erase(ctx: &Context<'_>, view: &mut RecordsView<'_, '_>, call: &Erase) -> Result<(), Stop> {
    let now = ctx.env.time_ms;
    let erased = own(ctx, view, call)?;
    let retention = view.membership.retention()?;
    let retention = retention.ok_or(Refusal::RetentionUnset)?;
    for (id, record) in call.records.iter().zip(&erased) {
        require(!retention.runs(record.height, now), Refusal::RetentionRuns)?;
        let holds = view.own.holds(*id)?;
        let held = holds.is_some_and(|holds| holds.stand(now));
        require(!held, Refusal::RecordHeld)?;
    }

    for (id, record) in call.records.iter().zip(erased) {
        let value = Record {
            retracted: Some(RetractReason::Erased),
            ..record
        };
        view.own.put_record(*id, value);
        let tombstone = ErasureState {
            patient: call.patient,
            time_ms: now,
            confirmed: List::empty(),
        };
        view.own.put_erasure(*id, tombstone);
    }
    view.events.push(Event::RecordsErased(RecordsErased {
        patient: call.patient,
        member: ctx.body.sponsor,
        records: call.records.clone(),
    }));
    Ok(())
}

/// The records of the call: the sponsor's, shown to be the patient's, for which somebody speaks.
fn own(ctx: &Context<'_>, view: &RecordsView<'_, '_>, call: &Erase) -> Result<Vec<Record>, Stop> {
    named(&call.records)?;
    let patient = view.cards.patient(call.patient)?;
    require(patient.is_some(), Refusal::PatientUnknown)?;
    ctx.speaker(view.actors, view.cards, call.patient, Right::Decides)?;
    let indexes = owned(view.cards, &call.patient, &call.openings)?;
    let mut records = Vec::with_capacity(call.records.len());
    for id in &call.records {
        let record = view.own.record(*id)?.ok_or(Refusal::RecordUnknown)?;
        require(record.member == ctx.body.sponsor, Refusal::RecordNotYours)?;
        require(!record.is_erased(), Refusal::RecordErased)?;
        let shown = indexes.binary_search(&record.index).is_ok();
        require(shown, Refusal::RecordNotShown)?;
        records.push((*record).clone());
    }
    Ok(records)
}
