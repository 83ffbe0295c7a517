//! The validators of one epoch, and how their certificates are checked.
use crate::codec::List;
use crate::{Digest, limits};
use bytes::BufMut;
use commonware_codec::varint::MAX_U32_VARINT_SIZE;
use commonware_codec::{
    Buf, EncodeSize, Error, FixedSize as _, RangeCfg, Read, ReadExt as _, Write,
};
use commonware_consensus::simplex::scheme;
use commonware_cryptography::ed25519;
use commonware_utils::ordered::Set;

/// The scheme of votes and certificates: Ed25519, attributable.
pub type Scheme = scheme::ed25519::Scheme;

/// Why keys do not make a roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    /// There is no validator.
    #[error("a roster has at least one validator")]
    Empty,
    /// There are too many.
    #[error("a roster has at most {} validators", limits::MEMBERS_MAX)]
    TooMany,
    /// A key stands twice.
    #[error("a validator stands twice in the roster")]
    Repeated,
}

/// Consensus keys of the validators of an epoch, in ascending order and without repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster(Set<ed25519::PublicKey>);

impl Roster {
    /// Sorts `keys` into a roster.
    pub fn new(keys: Vec<ed25519::PublicKey>) -> Result<Self, RosterError> {
        match keys.len() {
            0 => Err(RosterError::Empty),
            count if count > limits::MEMBERS_MAX => Err(RosterError::TooMany),
            _ => Set::try_from(keys)
                .map(Self)
                .map_err(|_| RosterError::Repeated),
        }
    }

    /// The keys.
    pub const fn keys(&self) -> &Set<ed25519::PublicKey> {
        &self.0
    }

    /// f: how many faulty validators are tolerated, `(n - 1) / 3`.
    pub fn faulty_max(&self) -> usize {
        self.0.len().saturating_sub(1) / 3
    }

    /// Checks certificates of this roster on the network with this genesis digest.
    pub fn verifier(&self, network: &Digest) -> Scheme {
        Scheme::verifier(&namespace(network), self.0.clone())
    }

    /// Votes as `key`, if it stands in this roster.
    pub fn signer(&self, network: &Digest, key: ed25519::PrivateKey) -> Option<Scheme> {
        Scheme::signer(&namespace(network), self.0.clone(), key)
    }
}

/// Namespace of everything that consensus signs on one network: no vote counts on another.
fn namespace(network: &Digest) -> Vec<u8> {
    [b"_AMANAT_CONSENSUS".as_slice(), network.as_ref()].concat()
}

/// What an epoch begins with, as the last block of the one before names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextEpoch {
    /// Its validators.
    pub roster: Roster,
    /// Version of its rules.
    pub protocol: u16,
    /// Validators that led no block for long ([`limits::INACTIVE_BLOCKS`]) by their places in the roster, ascending, at most f of them: they
    /// lead in few views. None before protocol version 3.
    pub inactive: Inactive,
}

/// Places of validators in a roster.
pub type Inactive = List<u8, { limits::FAULTY_MAX }>;

/// Version of the rules, of the block that names the epoch, since which it names the inactive validators too.
const INACTIVE_SINCE: u16 = 3;

impl NextEpoch {
    /// Upper bound on its encoding.
    pub(super) const ENCODE_SIZE_MAX: usize = MAX_U32_VARINT_SIZE
        + limits::MEMBERS_MAX * ed25519::PublicKey::SIZE
        + 2
        + MAX_U32_VARINT_SIZE
        + limits::FAULTY_MAX;

    /// Writes it as a block under the rules of `protocol` does.
    pub(super) fn write(&self, protocol: u16, buf: &mut impl BufMut) {
        self.roster.write(buf);
        self.protocol.write(buf);
        if protocol >= INACTIVE_SINCE {
            self.inactive.write(buf);
        }
    }

    /// Size of what [`Self::write`] writes.
    pub(super) fn encode_size(&self, protocol: u16) -> usize {
        let inactive = match protocol >= INACTIVE_SINCE {
            true => self.inactive.encode_size(),
            false => 0,
        };
        self.roster.encode_size() + self.protocol.encode_size() + inactive
    }

    /// Reads what [`Self::write`] wrote.
    pub(super) fn read(protocol: u16, buf: &mut impl Buf) -> Result<Self, Error> {
        let roster = Roster::read(buf)?;
        let next = u16::read(buf)?;
        let inactive = match protocol >= INACTIVE_SINCE {
            true => Inactive::read(buf)?,
            false => Inactive::empty(),
        };
        let count = roster.keys().len();
        let ascend = inactive.windows(2).all(|two| two[0] < two[1]);
        let within = inactive
            .last()
            .is_none_or(|last| usize::from(*last) < count);
        if !ascend || !within || inactive.len() > roster.faulty_max() {
            return Err(Error::Invalid(
                "NextEpoch",
                "the inactive are not at most f places of the roster in ascending order",
            ));
        }
        Ok(Self {
            roster,
            protocol: next,
            inactive,
        })
    }
}

impl Write for Roster {
    fn write(&self, buf: &mut impl BufMut) {
        self.0.write(buf);
    }
}

impl EncodeSize for Roster {
    fn encode_size(&self) -> usize {
        self.0.encode_size()
    }
}

impl Read for Roster {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        let range = RangeCfg::from(1..=limits::MEMBERS_MAX);
        Ok(Self(Set::read_cfg(buf, &(range, ()))?))
    }
}
