//! The validators of one epoch, and how their certificates are checked.
use crate::{Digest, limits};
use bytes::BufMut;
use commonware_codec::{Buf, EncodeSize, Error, RangeCfg, Read, Write};
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
}
codec_struct!(NextEpoch { roster, protocol });

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
