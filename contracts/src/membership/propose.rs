//! Proposes a change of the network.
use super::ballot::governs;
use super::change::judge;
use crate::fault::{Fault, Stop, require};
use crate::view::{Context, MembershipView};
use amanat_types::call::{Propose, Unit};
use amanat_types::codec::List;
use amanat_types::event::{Event, ProposalMade};
use amanat_types::state::{Ballot, Pending, Proposal, ProposalStatus};
use amanat_types::{ProposalId, Refusal, limits};

/// Proposes a change, and approves it for the sponsor; with four active members or more, that alone never passes.
///
/// Each new key of the change co-signs. What expired counts as open until the epoch ends, which clears it away.
///
/// Refusals, in this order: `GovernanceKeyNotPresent`; `ProposalExists`; those of the change ([`judge`]); `KeyNotProven`; `ProposerBusy`;
/// `TooManyProposals`.
/// Reads: roster, member, actor, proposal, proposals. Writes: proposal, proposals. Event: `ProposalMade`.
pub fn propose(
    ctx: &Context<'_>,
    view: &mut MembershipView<'_, '_>,
    call: &Propose,
) -> Result<(), Stop> {
    let proposer = ctx.body.sponsor;
    let id = ProposalId::derive(proposer, call.local);
    governs(ctx, view)?;
    require(view.own.proposal(id)?.is_none(), Refusal::ProposalExists)?;
    judge(view.own, view.actors, ctx.env.protocol, &call.change)?;
    let mut new = call.change.new_keys().iter();
    require(
        new.all(|key| ctx.signed_by(&key.key)),
        Refusal::KeyNotProven,
    )?;
    let mut pending = view.own.pending()?;
    let own = pending.iter().filter(|other| other.proposer == proposer);
    require(
        own.count() < limits::PROPOSALS_OF_MEMBER_MAX,
        Refusal::ProposerBusy,
    )?;
    require(
        pending.len() < limits::PROPOSALS_OPEN_MAX,
        Refusal::TooManyProposals,
    )?;

    let made_ms = ctx.env.time_ms;
    let ballot = Ballot {
        member: proposer,
        approve: true,
    };
    let outgrown = |_| Fault::Outgrown { what: "ballots" };
    let value = Proposal {
        proposer,
        change: call.change.clone(),
        made_ms,
        ballots: List::new(vec![ballot]).map_err(outgrown)?,
        status: ProposalStatus::Open(Unit),
    };
    view.own.put_proposal(id, value);
    pending.push(Pending {
        proposal: id,
        proposer,
        made_ms,
        activates_epoch: None,
    });
    view.own.put_pending(pending)?;
    view.events.push(Event::ProposalMade(ProposalMade {
        proposal: id,
        member: proposer,
        change: call.change.clone(),
        until_ms: made_ms.plus(limits::PROPOSAL_LIFE_MS_MAX),
    }));
    Ok(())
}
