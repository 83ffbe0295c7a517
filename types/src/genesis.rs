//! Genesis: who starts the network and under which constants. Its digest is the network id.
use crate::code::MemberKind;
use crate::codec::{List, Text};
use crate::id::{MemberId, SealingKey};
use crate::key::PublicKey;
use crate::state::{MemberKey, consensus_keys};
use crate::{Digest, TimestampMs, digest, limits};
use commonware_codec::{DecodeExt as _, Encode as _};
use commonware_cryptography::ed25519;

/// Version of the genesis format.
pub const VERSION: u16 = 1;
/// Version of the rules that a new network starts with.
pub const PROTOCOL: u16 = 3;

/// A member at genesis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisMember {
    /// Its number.
    pub member: MemberId,
    /// Public name of the organisation, at most 64 bytes.
    pub name: Text<64>,
    /// What it is.
    pub kind: MemberKind,
    /// Its keys; a validator has one consensus key.
    pub keys: List<MemberKey, { limits::MEMBER_KEYS_MAX }>,
    /// Where keys and letters for it are sealed to.
    pub sealing: SealingKey,
}
codec_struct!(GenesisMember {
    member,
    name,
    kind,
    keys,
    sealing
});

/// The start of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// [`VERSION`].
    pub version: u16,
    /// Name of the network, at most 64 bytes.
    pub name: Text<64>,
    /// Time of block 0.
    pub time_ms: TimestampMs,
    /// Version of the rules.
    pub protocol: u16,
    /// Blocks of an epoch.
    pub epoch_blocks: u64,
    /// The members, by number.
    pub members: List<GenesisMember, { limits::MEMBERS_MAX }>,
}
codec_struct!(Genesis {
    version,
    name,
    time_ms,
    protocol,
    epoch_blocks,
    members
});

/// Why bytes are not a genesis.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// The bytes do not decode.
    #[error("the genesis does not decode: {0}")]
    Malformed(String),
    /// Another format.
    #[error("the genesis has version {0}; this program reads version {VERSION}")]
    Version(u16),
    /// Fewer than four validators.
    #[error("the genesis has {0} validators; at least 4 are needed to tolerate one fault")]
    Validators(usize),
    /// Members not sorted by number, or a number twice.
    #[error("members are not sorted by number, or a number stands twice")]
    MemberOrder,
    /// A member has two votes in consensus.
    #[error("member {0} has more than one consensus key")]
    ConsensusKeys(u16),
    /// A key stands twice.
    #[error("a key stands twice in the genesis")]
    KeyTwice,
    /// An epoch is too short.
    #[error("an epoch has {0} blocks; at least 10 are needed")]
    EpochBlocks(u64),
}

impl Genesis {
    /// The network id.
    pub fn digest(&self) -> Digest {
        digest("amanat/genesis", &[self.encode().as_ref()])
    }

    /// Decodes and checks.
    ///
    /// Errors, in this order: `Malformed`, `Version`, `Validators`, `MemberOrder`, `ConsensusKeys`, `KeyTwice`, `EpochBlocks`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, GenesisError> {
        let genesis =
            Self::decode(bytes.to_vec()).map_err(|e| GenesisError::Malformed(e.to_string()))?;
        genesis.check()?;
        Ok(genesis)
    }

    /// Checks the rules of a genesis; errors as in [`Self::from_bytes`].
    pub fn check(&self) -> Result<(), GenesisError> {
        if self.version != VERSION {
            return Err(GenesisError::Version(self.version));
        }
        let validators = self.validators().len();
        if validators < limits::VALIDATORS_MIN {
            return Err(GenesisError::Validators(validators));
        }
        if self
            .members
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a.member >= b.member))
        {
            return Err(GenesisError::MemberOrder);
        }
        for member in &self.members {
            if consensus_keys(&member.keys).count() > 1 {
                return Err(GenesisError::ConsensusKeys(member.member.number()));
            }
        }
        let mut keys: Vec<&PublicKey> = self
            .members
            .iter()
            .flat_map(|member| member.keys.iter().map(|key| &key.key))
            .collect();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        if keys.len() != count {
            return Err(GenesisError::KeyTwice);
        }
        if self.epoch_blocks < 10 {
            return Err(GenesisError::EpochBlocks(self.epoch_blocks));
        }
        Ok(())
    }

    /// Consensus keys of the validators, sorted as the engine sorts its participants.
    pub fn validators(&self) -> Vec<ed25519::PublicKey> {
        let mut keys: Vec<ed25519::PublicKey> = self
            .members
            .iter()
            .flat_map(|member| consensus_keys(&member.keys))
            .collect();
        keys.sort();
        keys
    }

    /// The member with this number.
    pub fn member(&self, id: MemberId) -> Option<&GenesisMember> {
        self.members.iter().find(|member| member.member == id)
    }
}
