//! The end of an epoch: what passed and is due takes effect, what was open for too long fails.
use super::change::{Effect, judge, make};
use crate::env::Env;
use crate::fault::{Fault, Stop};
use crate::view::MembershipView;
use amanat_types::codec::List;
use amanat_types::event::{ChangeApplied, ChangeDropped, Event, ProposalFailed};
use amanat_types::state::{
    FailReason, Pending, Proposal, ProposalStatus, Retention, RetentionMark, consensus_keys,
};
use amanat_types::{MemberId, ProposalId, limits};
use commonware_cryptography::ed25519;
use std::rc::Rc;

/// What the end of an epoch leads to.
pub struct Ended {
    /// Validators of the next epoch, sorted.
    pub validators: Vec<ed25519::PublicKey>,
    /// Version of its rules.
    pub protocol: u16,
    /// Members that it begins with and this one did not have.
    pub admitted: Vec<MemberId>,
}

/// Applies the changes that are in force from the next epoch on, in the order in which they passed, each judged again after those before it;
/// and fails the proposals that expired. Then notes the time of the block, if it is due.
///
/// Never refuses: a change that is no longer lawful is dropped with its refusal.
/// Reads: roster, member, actor, proposal, proposals. Writes: these, limits, jurisdiction and retention. Events: `ChangeApplied`, `ChangeDropped`, `ProposalFailed`.
pub fn end_of_epoch(env: &Env, view: &mut MembershipView<'_, '_>) -> Result<Ended, Fault> {
    let epoch = env.epoch.saturating_add(1);
    let (mut protocol, mut admitted) = (env.protocol, Vec::new());
    let before = view.own.pending()?;
    let mut after = Vec::new();
    for pending in &before {
        match pending.activates_epoch {
            Some(due) if due <= epoch => match apply(view, pending.proposal, epoch, protocol)? {
                Some(Effect::Admitted(member)) => admitted.push(member),
                Some(Effect::Protocol(next)) => protocol = next,
                Some(Effect::None(_)) | None => {}
            },
            None if expired(env, pending) => expire(view, pending.proposal)?,
            _ => after.push(*pending),
        }
    }
    if after != before {
        view.own.put_pending(after)?;
    }
    mark(env, view)?;
    Ok(Ended {
        validators: validators(view)?,
        protocol,
        admitted,
    })
}

/// Notes when this block was made, if members voted for how long records are kept and the last note is old enough: what tells how old a record is.
/// Of more than may be kept the first is dropped, and what it dated counts from the next.
fn mark(env: &Env, view: &mut MembershipView<'_, '_>) -> Result<(), Fault> {
    let Some(old) = view.own.retention()? else {
        return Ok(());
    };
    let mut marks = old.marks.to_vec();
    let due = |last: &RetentionMark| env.time_ms.since(last.time_ms) >= limits::RETENTION_MARK_MS;
    if !marks.last().is_none_or(due) {
        return Ok(());
    }
    marks.push(RetentionMark {
        height: env.height,
        time_ms: env.time_ms,
    });
    let dropped = marks.len().saturating_sub(limits::RETENTION_MARKS_MAX);
    marks.drain(..dropped);
    let outgrown = |_| Fault::Outgrown { what: "retention" };
    view.own.put_retention(Retention {
        days: old.days,
        marks: List::new(marks).map_err(outgrown)?,
    });
    Ok(())
}

/// Applies one change, or drops it.
fn apply(
    view: &mut MembershipView<'_, '_>,
    id: ProposalId,
    epoch: u64,
    protocol: u16,
) -> Result<Option<Effect>, Fault> {
    let proposal = present(view, id)?;
    let change = &proposal.change;
    let (status, effect, event) = match judge(view.own, view.actors, protocol, change) {
        Ok(()) => {
            let event = Event::ChangeApplied(ChangeApplied {
                proposal: id,
                change: change.clone(),
                epoch,
            });
            let effect = make(view, change)?;
            (ProposalStatus::Applied(epoch), Some(effect), event)
        }
        Err(Stop::Refused(refusal)) => {
            let event = Event::ChangeDropped(ChangeDropped {
                proposal: id,
                refusal,
            });
            (ProposalStatus::Dropped(refusal), None, event)
        }
        Err(Stop::Fault(fault)) => return Err(fault),
    };
    close(view, id, &proposal, status, event);
    Ok(effect)
}

/// Whether an open proposal takes no more votes.
fn expired(env: &Env, pending: &Pending) -> bool {
    env.time_ms >= pending.made_ms.plus(limits::PROPOSAL_LIFE_MS_MAX)
}

/// Fails a proposal that was open for too long.
fn expire(view: &mut MembershipView<'_, '_>, id: ProposalId) -> Result<(), Fault> {
    let proposal = present(view, id)?;
    let reason = FailReason::Expired;
    let event = Event::ProposalFailed(ProposalFailed {
        proposal: id,
        reason,
    });
    close(view, id, &proposal, ProposalStatus::Failed(reason), event);
    Ok(())
}

fn present(view: &MembershipView<'_, '_>, id: ProposalId) -> Result<Rc<Proposal>, Fault> {
    let proposal = view.own.proposal(id)?;
    proposal.ok_or(Fault::Absent { what: "proposal" })
}

fn close(
    view: &mut MembershipView<'_, '_>,
    id: ProposalId,
    proposal: &Proposal,
    status: ProposalStatus,
    event: Event,
) {
    let value = Proposal {
        status,
        ..proposal.clone()
    };
    view.own.put_proposal(id, value);
    view.events.push(event);
}

/// Consensus keys of the active members, sorted.
fn validators(view: &MembershipView<'_, '_>) -> Result<Vec<ed25519::PublicKey>, Fault> {
    let mut keys = Vec::new();
    for id in &view.own.roster()?.members {
        let member = view.own.member(*id)?;
        let member = member.ok_or(Fault::Absent { what: "member" })?;
        keys.extend(consensus_keys(&member.keys));
    }
    keys.sort();
    Ok(keys)
}
