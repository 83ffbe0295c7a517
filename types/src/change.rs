//! Changes of the network itself, which members vote on: who is a member, with which keys, under which limits and rules.
use crate::codec::List;
use crate::genesis::GenesisMember;
use crate::id::{LocalId, MemberId, ProposalId, SealingKey};
use crate::jurisdiction::Jurisdiction;
use crate::limits;
use crate::state::{MemberKey, NetworkLimits};

/// The keys of one member.
pub type MemberKeys = List<MemberKey, { limits::MEMBER_KEYS_MAX }>;

/// Replaces every key of a member: the old ones stop acting, and stay taken for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotateKeys {
    /// Whose.
    pub member: MemberId,
    /// All its keys from then on. With a consensus key it validates, without it observes.
    pub keys: MemberKeys,
    /// Where keys and letters for it are sealed to from then on.
    pub sealing: SealingKey,
}
codec_struct!(RotateKeys {
    member,
    keys,
    sealing
});

/// Says where a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetJurisdiction {
    /// Which member.
    pub member: MemberId,
    /// Where it is from then on.
    pub jurisdiction: Jurisdiction,
}
codec_struct!(SetJurisdiction {
    member,
    jurisdiction
});

/// What members vote on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Admits a member under a number that none has or had; it validates if it has a consensus key, else it observes.
    AdmitMember(GenesisMember),
    /// Keeps a member from acting until it is reinstated.
    SuspendMember(MemberId),
    /// Lets a suspended member act again.
    ReinstateMember(MemberId),
    /// Removes a member for ever.
    RemoveMember(MemberId),
    /// Replaces the keys of a member.
    RotateKeys(RotateKeys),
    /// Replaces the limits that are the members' to set.
    SetLimits(NetworkLimits),
    /// Puts the next version of the rules into force.
    SetProtocol(u16),
    /// Says under whose law a member is. Since protocol version 3.
    SetJurisdiction(SetJurisdiction),
    /// Says for how many days at least a record is kept. Since protocol version 3.
    SetRetention(u32),
}
codec_enum!(Change {
    1 => AdmitMember,
    2 => SuspendMember,
    3 => ReinstateMember,
    4 => RemoveMember,
    5 => RotateKeys,
    6 => SetLimits,
    7 => SetProtocol,
    8 => SetJurisdiction,
    9 => SetRetention,
});

impl Change {
    /// Whom it changes, if it is a member.
    pub const fn member(&self) -> Option<MemberId> {
        match self {
            Self::AdmitMember(new) => Some(new.member),
            Self::SuspendMember(member)
            | Self::ReinstateMember(member)
            | Self::RemoveMember(member) => Some(*member),
            Self::RotateKeys(rotation) => Some(rotation.member),
            Self::SetJurisdiction(place) => Some(place.member),
            Self::SetLimits(_) | Self::SetProtocol(_) | Self::SetRetention(_) => None,
        }
    }

    /// The first protocol version that has this change.
    pub const fn since(&self) -> u16 {
        match self {
            Self::SetJurisdiction(_) | Self::SetRetention(_) => 3,
            Self::AdmitMember(_)
            | Self::SuspendMember(_)
            | Self::ReinstateMember(_)
            | Self::RemoveMember(_)
            | Self::RotateKeys(_)
            | Self::SetLimits(_)
            | Self::SetProtocol(_) => 1,
        }
    }

    /// The keys that it gives to a member; each co-signs the proposal, which proves possession.
    pub fn new_keys(&self) -> &[MemberKey] {
        match self {
            Self::AdmitMember(new) => &new.keys,
            Self::RotateKeys(rotation) => &rotation.keys,
            _ => &[],
        }
    }
}

/// Proposes a change. Signed for governance by the sponsor, co-signed by every new key of the change. Counts as the sponsor's approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Propose {
    /// Names the proposal: [`ProposalId::derive`].
    pub local: LocalId,
    /// What is proposed.
    pub change: Change,
}
codec_struct!(Propose { local, change });

/// Votes on a proposal, once. Signed for governance by the sponsor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// On which.
    pub proposal: ProposalId,
    /// Whether for it.
    pub approve: bool,
}
codec_struct!(Vote { proposal, approve });
