//! Answers a request for amendment. Since protocol version 3.
use super::{note, with_amendment};
use crate::fault::{Stop, require};
use crate::view::{Context, RecordsView};
use amanat_types::call::{AmendmentAnswer, AnswerAmendment};
use amanat_types::event::{AmendmentAnswered, Event};
use amanat_types::state::{AmendmentState, AmendmentVerdict};
use amanat_types::{Refusal, TimestampMs, limits};

/// Answers a request for amendment, at any time: a late answer is one, and is told to be late. The member of the record signs. It says that it has amended
/// or taken back the record; or that it does not, for one of four reasons, in a letter to the patient; or, once, that it needs
/// [`limits::AMENDMENT_EXTENSION_MS`] more.
///
/// Refusals, in this order: `AmendmentUnknown`, `RecordNotYours`, `AmendmentAnswered`; accepted: `NotAmended`; refused: `NoteUnfit`; extended:
/// `AmendmentExtended`, `NoteUnfit`.
/// Reads: record, amendments. Writes: amendments. Event: `AmendmentAnswered`.
/// Source: 45 CFR 164.526(b)(2), (c), (d)(1).
pub fn answer_amendment(
    ctx: &Context<'_>,
    view: &mut RecordsView<'_, '_>,
    call: &AnswerAmendment,
) -> Result<(), Stop> {
    let about = call.amendment.record;
    let (old, one) = super::amendment(view.own, call.amendment)?;
    let record = view.own.record(about)?.ok_or(Refusal::RecordUnknown)?;
    let member = ctx.body.sponsor;
    require(record.member == member, Refusal::RecordNotYours)?;
    require(one.answered.is_none(), Refusal::AmendmentAnswered)?;
    let now = ctx.env.time_ms;
    let verdict = |refused| AmendmentState {
        answered: Some(AmendmentVerdict {
            time_ms: now,
            refused,
        }),
        ..one
    };
    let new = match call.answer {
        AmendmentAnswer::Accepted(_) => {
            let amended = record.superseded_by.is_some() || record.retracted.is_some();
            require(amended, Refusal::NotAmended)?;
            verdict(None)
        }
        AmendmentAnswer::Refused(refused) => {
            note(ctx, view.own, about, &record, refused.letter)?;
            verdict(Some(refused))
        }
        AmendmentAnswer::Extended(letter) => {
            require(one.extended.is_none(), Refusal::AmendmentExtended)?;
            note(ctx, view.own, about, &record, letter)?;
            AmendmentState {
                by_ms: extended(one.by_ms),
                extended: Some(letter),
                ..one
            }
        }
    };

    view.events
        .push(Event::AmendmentAnswered(AmendmentAnswered {
            amendment: call.amendment,
            patient: old.patient,
            member,
            answer: call.answer,
            in_time: now < one.by_ms,
        }));
    let value = with_amendment(&old, call.amendment, new)?;
    view.own.put_amendments(about, value);
    Ok(())
}

const fn extended(by_ms: TimestampMs) -> TimestampMs {
    by_ms.plus(limits::AMENDMENT_EXTENSION_MS)
}
