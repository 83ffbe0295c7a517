//! Enrols a patient in a study. Since protocol version 3.
use crate::cards::{Right, Speaker, owned};
use crate::fault::{Fault, Stop, require};
use crate::view::{ConsentView, Context};
use amanat_types::call::Enrol;
use amanat_types::event::{Event, SubjectEnrolled};
use amanat_types::state::{EnrolmentState, StudyState};
use amanat_types::{EnrolmentId, Refusal, TimestampMs, limits};

/// Lets an approved study read what is opened, for research alone, until the study ends or the subject is withdrawn. Who speaks for the
/// patient and decides ([`Context::speaker`]) co-signs, under any sponsor.
///
/// A study that goes on for more than [`limits::STANDING_MS_MIN`] makes this standing consent: it takes the second channel, as a permit does
/// ([`Context::in_force_from`]).
///
/// Refusals, in this order: `StudyUnknown`, `StudyNotApproved`, `StudyExpired`, `StudyEnded`, `PatientUnknown`, those of the speaker,
/// `EnrolmentExists`, `NoIndexes`, for each opening `IndexUnknown`, `IndexNotOwned`, then `IndexRepeated`.
/// Reads: actor, patient, person, index, study, enrolment. Writes: enrolment. Event: `SubjectEnrolled`.
pub fn enrol(ctx: &Context<'_>, view: &mut ConsentView<'_, '_>, call: &Enrol) -> Result<(), Stop> {
    let id = EnrolmentId::derive(ctx.body.sponsor, call.local);
    let study = view.own.study(call.study)?;
    let study = study.ok_or(Refusal::StudyUnknown)?;
    open(ctx, &study)?;
    let patient = view.cards.patient(call.patient)?;
    require(patient.is_some(), Refusal::PatientUnknown)?;
    let speaker = ctx.speaker(view.actors, view.cards, call.patient, Right::Decides)?;
    let taken = view.own.enrolment(id)?.is_some();
    require(!taken, Refusal::EnrolmentExists)?;
    require(!call.openings.is_empty(), Refusal::NoIndexes)?;
    let indexes = owned(view.cards, &call.patient, &call.openings)?;

    let value = EnrolmentState {
        study: call.study,
        patient: call.patient,
        indexes,
        from_ms: in_force(ctx, view, call, &study, speaker)?,
        withdrawn_ms: None,
    };
    view.events.push(Event::SubjectEnrolled(SubjectEnrolled {
        enrolment: id,
        study: call.study,
        patient: call.patient,
        indexes: value.indexes.clone(),
        from_ms: value.from_ms,
        until_ms: study.until_ms,
    }));
    view.own.put_enrolment(id, value);
    Ok(())
}

/// That a study takes subjects.
fn open(ctx: &Context<'_>, study: &StudyState) -> Result<(), Refusal> {
    require(study.approved_by.is_some(), Refusal::StudyNotApproved)?;
    require(ctx.env.time_ms < study.until_ms, Refusal::StudyExpired)?;
    require(study.ended_ms.is_none(), Refusal::StudyEnded)
}

/// From when an enrolment is in force: a standing one waits.
fn in_force(
    ctx: &Context<'_>,
    view: &ConsentView<'_, '_>,
    call: &Enrol,
    study: &StudyState,
    speaker: Speaker,
) -> Result<TimestampMs, Fault> {
    let now = ctx.env.time_ms;
    match study.until_ms.since(now) > limits::STANDING_MS_MIN {
        true => ctx.in_force_from(view.cards, call.patient, speaker),
        false => Ok(now),
    }
}
