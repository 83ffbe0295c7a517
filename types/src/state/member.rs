//! State of members: the roster, each member with its keys, and who holds a key.
use crate::code::{KeyPurpose, MemberKind};
use crate::codec::{List, Text};
use crate::id::{MemberId, PatientId, PractitionerId, SealingKey};
use crate::key::PublicKey;
use crate::limits;
use commonware_cryptography::ed25519;

/// The members of the network by number: who counts for f.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterState {
    /// Active members, sorted.
    pub members: List<MemberId, { limits::MEMBERS_MAX }>,
    /// How many of them validate.
    pub validators: u16,
}
codec_struct!(RosterState {
    members,
    validators
});

impl RosterState {
    /// f: how many faulty validators are tolerated, `(n - 1) / 3`.
    pub fn faulty_max(&self) -> usize {
        usize::from(self.validators.saturating_sub(1) / 3)
    }
}

/// A key of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberKey {
    /// What it may do.
    pub purpose: KeyPurpose,
    /// The key.
    pub key: PublicKey,
}
codec_struct!(MemberKey { purpose, key });

/// Consensus keys among `keys`, as the engine takes them.
pub fn consensus_keys(keys: &[MemberKey]) -> impl Iterator<Item = ed25519::PublicKey> {
    keys.iter()
        .filter(|key| key.purpose == KeyPurpose::Consensus)
        .filter_map(|key| key.key.to_ed25519())
}

codec_words!(
    /// Whether a member acts.
    Standing {
        /// It acts.
        1 Active "active",
        /// It does not act until it is reinstated.
        2 Suspended "suspended",
        /// It never acts again.
        3 Removed "removed",
    }
);

/// A member. Never deleted: its number and its keys are nobody else's, ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Public name of the organisation.
    pub name: Text<64>,
    /// What it is.
    pub kind: MemberKind,
    /// Whether it may act.
    pub standing: Standing,
    /// Its keys.
    pub keys: List<MemberKey, { limits::MEMBER_KEYS_MAX }>,
    /// Where keys and letters for it are sealed to.
    pub sealing: SealingKey,
}
codec_struct!(Member {
    name,
    kind,
    standing,
    keys,
    sealing
});

impl Member {
    /// Whether it may act.
    pub fn is_active(&self) -> bool {
        self.standing == Standing::Active
    }
}

/// A key of a member, resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberActor {
    /// Whose.
    pub member: MemberId,
    /// What it may do.
    pub purpose: KeyPurpose,
}
codec_struct!(MemberActor { member, purpose });

/// Who holds a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A member.
    Member(MemberActor),
    /// A practitioner.
    Practitioner(PractitionerId),
    /// A patient's card.
    Card(PatientId),
    /// Nobody any more: a key that this member had and replaced. It acts no more and is taken for ever.
    Retired(MemberId),
    /// A patient's second key. Since protocol version 3.
    Second(PatientId),
}
codec_enum!(Actor { 1 => Member, 2 => Practitioner, 3 => Card, 4 => Retired, 5 => Second });
