//! What an exchange is opened with.
use amanat_client::Clock;
use amanat_envelope::SealingSecret;
use amanat_types::key::MemberSigner;
use amanat_types::{Digest, MemberId};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The key under which the exchange's folder is encrypted. Wiped when dropped; prints nothing of itself.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct StorageKey([u8; 32]);

impl StorageKey {
    /// Wraps bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for StorageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StorageKey(..)")
    }
}

/// What an exchange is opened with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whose exchange.
    pub member: MemberId,
    /// Digest of the genesis.
    pub network: Digest,
    /// The member's transaction key.
    pub signer: MemberSigner,
    /// The member's sealing secret: opens letters, and keys released under its tickets.
    pub sealing: SealingSecret,
    /// Encrypts the folder.
    pub storage: StorageKey,
    /// The time, and how to wait: [`Clock::system`] outside the simulator.
    pub clock: Clock,
}
