//! State of votes: limits that members set, proposals, and the list of those that are open or scheduled.
use crate::call::Unit;
use crate::change::Change;
use crate::codec::List;
use crate::id::{MemberId, ProposalId};
use crate::{Refusal, TimestampMs, limits};

/// Limits that are the members' to set by a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkLimits {
    /// Metered units that ordinary transactions of one member may take of a block.
    pub member_units_per_block: u64,
    /// Metered units of a block that are kept for emergency calls, the same share for each active member.
    pub emergency_units_per_block: u64,
}
codec_struct!(NetworkLimits {
    member_units_per_block,
    emergency_units_per_block
});

impl NetworkLimits {
    /// What a network starts with.
    pub const START: Self = Self {
        member_units_per_block: limits::MEMBER_UNITS_START,
        emergency_units_per_block: limits::EMERGENCY_UNITS_START,
    };

    /// Whether each lies between what lets a member still act and what a block holds.
    pub fn are_sound(&self) -> bool {
        let member = limits::MEMBER_UNITS_MIN..=limits::BLOCK_UNITS_MAX;
        let emergency = limits::EMERGENCY_UNITS_MIN..=limits::EMERGENCY_UNITS_MAX;
        member.contains(&self.member_units_per_block)
            && emergency.contains(&self.emergency_units_per_block)
    }
}

/// One member's vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// Whose.
    pub member: MemberId,
    /// Whether for it.
    pub approve: bool,
}
codec_struct!(Ballot { member, approve });

/// Votes on one proposal.
pub type Ballots = List<Ballot, { limits::MEMBERS_MAX }>;

codec_words!(
    /// Why a proposal failed.
    FailReason {
        /// Two thirds could no longer approve.
        1 Rejected "rejected",
        /// It was open for too long.
        2 Expired "expired",
    }
);

/// How far a proposal has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalStatus {
    /// Members vote.
    Open(Unit),
    /// It passed, and is in force from this epoch on if it is still lawful then.
    Scheduled(u64),
    /// It is in force from this epoch on.
    Applied(u64),
    /// It passed, and was no longer lawful when its epoch came.
    Dropped(Refusal),
    /// It did not pass.
    Failed(FailReason),
}
codec_enum!(ProposalStatus { 1 => Open, 2 => Scheduled, 3 => Applied, 4 => Dropped, 5 => Failed });

/// A proposal, kept for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// By whom.
    pub proposer: MemberId,
    /// What.
    pub change: Change,
    /// When it was made.
    pub made_ms: TimestampMs,
    /// The votes in their order, the proposer's first.
    pub ballots: Ballots,
    /// How far it has come.
    pub status: ProposalStatus,
}
codec_struct!(Proposal {
    proposer,
    change,
    made_ms,
    ballots,
    status
});

/// A proposal that is open or scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Which.
    pub proposal: ProposalId,
    /// By whom.
    pub proposer: MemberId,
    /// When it was made.
    pub made_ms: TimestampMs,
    /// The epoch from which it is in force, once it passed.
    pub activates_epoch: Option<u64>,
}
codec_struct!(Pending {
    proposal,
    proposer,
    made_ms,
    activates_epoch
});

/// All proposals that are open or scheduled; the scheduled ones in the order in which they passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposals {
    /// They.
    pub pending: List<Pending, { limits::PROPOSALS_OPEN_MAX }>,
}
codec_struct!(Proposals { pending });
