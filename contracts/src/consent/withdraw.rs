//! Withdraws a subject from a study. Since protocol version 3.
use crate::cards::Right;
use crate::fault::{Stop, require};
use crate::view::{ConsentView, Context};
use amanat_types::Refusal;
use amanat_types::call::Withdraw;
use amanat_types::event::{Event, SubjectWithdrawn};
use amanat_types::state::EnrolmentState;

/// Ends an enrolment at the block's time, for good, and with it every ticket that stands on it. Who speaks for the patient now and decides
/// ([`Context::speaker`]) co-signs, whoever enrolled, under any sponsor; also before it is in force and after the study's end.
///
/// Refusals, in this order: `EnrolmentUnknown`, those of the speaker, `EnrolmentWithdrawn`.
/// Reads: actor, patient, person, enrolment. Writes: enrolment. Event: `SubjectWithdrawn`.
pub fn withdraw(
    ctx: &Context<'_>,
    view: &mut ConsentView<'_, '_>,
    call: &Withdraw,
) -> Result<(), Stop> {
    let old = view.own.enrolment(call.enrolment)?;
    let old = old.ok_or(Refusal::EnrolmentUnknown)?;
    ctx.speaker(view.actors, view.cards, old.patient, Right::Decides)?;
    let stands = old.withdrawn_ms.is_none();
    require(stands, Refusal::EnrolmentWithdrawn)?;

    let value = EnrolmentState {
        withdrawn_ms: Some(ctx.env.time_ms),
        ..(*old).clone()
    };
    view.events.push(Event::SubjectWithdrawn(SubjectWithdrawn {
        enrolment: call.enrolment,
        study: old.study,
        patient: old.patient,
    }));
    view.own.put_enrolment(call.enrolment, value);
    Ok(())
}
