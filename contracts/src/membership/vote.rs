//! Votes on a proposal.
use super::ballot::{Tally, cast, governs, tally};
use crate::fault::{Stop, require};
use crate::view::{Context, MembershipView};
use amanat_types::call::Vote;
use amanat_types::event::{Event, ProposalFailed, ProposalPassed, VoteCast};
use amanat_types::state::{Ballot, FailReason, Pending, Proposal, ProposalStatus};
use amanat_types::{MemberId, Refusal, limits};

/// Casts the sponsor's vote; a vote stands. The proposal passes, or fails, with the vote that decides it, counted over the members that
/// are active then. One that passes in epoch `e` is in force from epoch `e + 1 + ACTIVATION_DELAY_EPOCHS` on.
///
/// Refusals, in this order: `GovernanceKeyNotPresent`, `ProposalUnknown`, `VoteRepeated`, `VoteFinal`, `ProposalClosed`, `ProposalExpired`.
/// Reads: roster, member, proposal, proposals. Writes: proposal, proposals. Events: `VoteCast`, then `ProposalPassed` or `ProposalFailed`.
pub fn vote(ctx: &Context<'_>, view: &mut MembershipView<'_, '_>, call: &Vote) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    governs(ctx, view)?;
    let old = view.own.proposal(call.proposal)?;
    let old = old.ok_or(Refusal::ProposalUnknown)?;
    may_vote(ctx, &old, member, call.approve)?;

    let roster = view.own.roster()?;
    let ballot = Ballot {
        member,
        approve: call.approve,
    };
    let ballots = cast(&roster.members, &old.ballots, ballot)?;
    view.events.push(Event::VoteCast(VoteCast {
        proposal: call.proposal,
        member,
        approve: call.approve,
    }));
    let status = match tally(&roster.members, &ballots) {
        Tally::Open => old.status,
        Tally::Passed => schedule(ctx, view, call)?,
        Tally::Rejected => {
            view.own.put_pending(without(view, call)?.0)?;
            let reason = FailReason::Rejected;
            view.events.push(Event::ProposalFailed(ProposalFailed {
                proposal: call.proposal,
                reason,
            }));
            ProposalStatus::Failed(reason)
        }
    };
    let value = Proposal {
        ballots,
        status,
        ..(*old).clone()
    };
    view.own.put_proposal(call.proposal, value);
    Ok(())
}

/// Whether `member` may cast this vote now; refusals as of [`vote`].
fn may_vote(
    ctx: &Context<'_>,
    proposal: &Proposal,
    member: MemberId,
    approve: bool,
) -> Result<(), Refusal> {
    let mut ballots = proposal.ballots.iter();
    if let Some(before) = ballots.find(|ballot| ballot.member == member) {
        return Err(match before.approve == approve {
            true => Refusal::VoteRepeated,
            false => Refusal::VoteFinal,
        });
    }
    require(
        matches!(proposal.status, ProposalStatus::Open(_)),
        Refusal::ProposalClosed,
    )?;
    let until_ms = proposal.made_ms.plus(limits::PROPOSAL_LIFE_MS_MAX);
    require(ctx.env.time_ms < until_ms, Refusal::ProposalExpired)
}

/// Puts a proposal that passed behind those that passed before it.
fn schedule(
    ctx: &Context<'_>,
    view: &mut MembershipView<'_, '_>,
    call: &Vote,
) -> Result<ProposalStatus, Stop> {
    let activates_epoch = ctx
        .env
        .epoch
        .saturating_add(1)
        .saturating_add(limits::ACTIVATION_DELAY_EPOCHS);
    let (mut pending, this) = without(view, call)?;
    pending.extend(this.map(|this| Pending {
        activates_epoch: Some(activates_epoch),
        ..this
    }));
    view.own.put_pending(pending)?;
    view.events.push(Event::ProposalPassed(ProposalPassed {
        proposal: call.proposal,
        activates_epoch,
    }));
    Ok(ProposalStatus::Scheduled(activates_epoch))
}

/// The open and scheduled proposals but the one voted on, and that one.
fn without(
    view: &MembershipView<'_, '_>,
    call: &Vote,
) -> Result<(Vec<Pending>, Option<Pending>), Stop> {
    let (this, others): (Vec<Pending>, Vec<Pending>) = view
        .own
        .pending()?
        .into_iter()
        .partition(|pending| pending.proposal == call.proposal);
    Ok((others, this.into_iter().next()))
}
