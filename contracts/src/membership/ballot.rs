//! Ballots: who may cast one, and when they are enough.
use crate::fault::{Fault, Stop, require};
use crate::view::{Context, MembershipView};
use amanat_types::code::KeyPurpose;
use amanat_types::codec::List;
use amanat_types::state::{Ballot, Ballots};
use amanat_types::{MemberId, Refusal, limits};

/// What the ballots of a proposal say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tally {
    /// Two thirds of the active members approve.
    Passed,
    /// Two thirds can no longer approve.
    Rejected,
    /// Neither.
    Open,
}

/// Counts `ballots` of the members that are active now, which are sorted: `3 * yes >= 2 * active` passes.
///
/// A ballot of a member that is not active counts for nothing, neither above nor below the line.
pub fn tally(active: &[MemberId], ballots: &[Ballot]) -> Tally {
    let count = |approve: bool| {
        let counted = ballots
            .iter()
            .filter(|ballot| ballot.approve == approve)
            .filter(|ballot| active.binary_search(&ballot.member).is_ok());
        counted.count()
    };
    let needed = active.len().saturating_mul(2);
    let enough = |approvals: usize| approvals > 0 && approvals.saturating_mul(3) >= needed;
    if enough(count(true)) {
        return Tally::Passed;
    }
    match enough(active.len().saturating_sub(count(false))) {
        true => Tally::Open,
        false => Tally::Rejected,
    }
}

/// `ballots` and one more, of an active member that has cast none. A full list first forgets the ballots of members that are not active.
pub fn cast(active: &[MemberId], ballots: &Ballots, ballot: Ballot) -> Result<Ballots, Fault> {
    let mut all = ballots.to_vec();
    if all.len() >= limits::MEMBERS_MAX {
        all.retain(|ballot| active.binary_search(&ballot.member).is_ok());
    }
    all.push(ballot);
    List::new(all).map_err(|_| Fault::Outgrown { what: "ballots" })
}

/// Demands that the sponsor signed for governance: with one of its governance keys if it has any, else with its transaction key, which
/// admission has seen.
///
/// Refusal: `GovernanceKeyNotPresent`.
pub fn governs(ctx: &Context<'_>, view: &MembershipView<'_, '_>) -> Result<(), Stop> {
    let member = view.own.member(ctx.body.sponsor)?;
    let member = member.ok_or(Fault::Absent { what: "member" })?;
    let mut keys = member
        .keys
        .iter()
        .filter(|key| key.purpose == KeyPurpose::Governance)
        .peekable();
    let signed = keys.peek().is_none() || keys.any(|key| ctx.signed_by(&key.key));
    Ok(require(signed, Refusal::GovernanceKeyNotPresent)?)
}
