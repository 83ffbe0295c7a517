//! The judgement itself.
use crate::decision::{self, Claim, Facts, Moment, Question, decide};
use crate::fault::{Fault, Stop, require};
use amanat_types::codec::List;
use amanat_types::release::{Release, ReleaseRequest, ReleasedRecord};
use amanat_types::state::Ticket;
use amanat_types::{Height, MemberId, Refusal, TimestampMs, limits};

/// The releasing node's finalised tip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Its height.
    pub height: Height,
    /// Time of that block.
    pub time_ms: TimestampMs,
}

/// Judges a release at `tip`, by the releaser's clock `now_ms`, for `requester`, whose signature on the request is checked already.
///
/// `facts` holds the values of [`super::first_keys`] and [`super::basis_keys`] at the tip.
///
/// Refusals, in this order: `TipTooOld` (block time and clock are more than [`limits::RECENCY_MS_MAX`] apart, whichever is ahead),
/// `TipBehindReader`, `TicketUnknown`, `ReaderWrong`; then those of the decision ([`decide`]). One record that may not leave keeps them
/// all.
pub fn judge(
    request: &ReleaseRequest,
    requester: MemberId,
    tip: Tip,
    now_ms: TimestampMs,
    ticket: Option<&Ticket>,
    facts: &impl Facts,
) -> Result<Release, Stop> {
    let apart_ms = now_ms.since(tip.time_ms).max(tip.time_ms.since(now_ms));
    require(apart_ms <= limits::RECENCY_MS_MAX, Refusal::TipTooOld)?;
    require(tip.height >= request.seen, Refusal::TipBehindReader)?;
    let ticket = ticket.ok_or(Refusal::TicketUnknown)?;
    require(ticket.member == requester, Refusal::ReaderWrong)?;
    let question = Question {
        member: ticket.member,
        present: ticket.practitioner.as_slice(),
        moment: Moment::between(tip.time_ms, now_ms),
        claim: Claim::Release(decision::Release {
            ticket,
            records: &request.records,
        }),
    };
    let decision = decide(&question, facts)?;
    decision.verdict()?;
    let released = decision.records.iter().map(|(id, record)| ReleasedRecord {
        record: *id,
        blob: record.blob,
        custodian: record.member,
    });
    let outgrown = |_| Fault::Outgrown { what: "records" };
    Ok(Release {
        height: tip.height,
        time_ms: tip.time_ms,
        member: ticket.member,
        reader: ticket.reader,
        records: List::new(released.collect()).map_err(outgrown)?,
    })
}
