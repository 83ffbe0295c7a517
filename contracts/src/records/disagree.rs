//! Disagrees with a refusal to amend. Since protocol version 3.
use super::{note, with_amendment};
use crate::cards::Right;
use crate::fault::{Stop, require};
use crate::view::{Context, RecordsView};
use amanat_types::Refusal;
use amanat_types::call::Disagree;
use amanat_types::event::{DisagreementStated, Event};
use amanat_types::state::AmendmentState;

/// Puts the patient's statement beside a record whose amendment was refused. Who speaks for the patient and decides ([`Context::speaker`])
/// co-signs, under any sponsor: the one that wrote the statement down.
///
/// Refusals, in this order: `AmendmentUnknown`, those of the speaker, `NotRefused`, `DisagreementStated`, `RecordUnknown`, `NoteUnfit`.
/// Reads: actor, patient, person, record, amendments. Writes: amendments. Event: `DisagreementStated`.
/// Source: 45 CFR 164.526(d)(2), (4), (5).
pub fn disagree(
    ctx: &Context<'_>,
    view: &mut RecordsView<'_, '_>,
    call: &Disagree,
) -> Result<(), Stop> {
    let about = call.amendment.record;
    let (old, one) = super::amendment(view.own, call.amendment)?;
    ctx.speaker(view.actors, view.cards, old.patient, Right::Decides)?;
    let refused = one
        .answered
        .is_some_and(|answered| answered.refused.is_some());
    require(refused, Refusal::NotRefused)?;
    require(one.disagreement.is_none(), Refusal::DisagreementStated)?;
    let record = view.own.record(about)?.ok_or(Refusal::RecordUnknown)?;
    note(ctx, view.own, about, &record, call.statement)?;

    let new = AmendmentState {
        disagreement: Some(call.statement),
        ..one
    };
    view.events
        .push(Event::DisagreementStated(DisagreementStated {
            amendment: call.amendment,
            patient: old.patient,
            statement: call.statement,
        }));
    let value = with_amendment(&old, call.amendment, new)?;
    view.own.put_amendments(about, value);
    Ok(())
}
