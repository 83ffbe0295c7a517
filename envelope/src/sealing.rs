//! X25519 sealing key pairs: what is sealed to the public half ([`SealingKey`]) only the secret half opens.
use crate::parcel::Kem;
use amanat_types::id::SealingKey;
use hpke::{Deserializable as _, Kem as _, Serializable as _};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// The secret half of a sealing key pair. Wiped when dropped; prints its public half only.
#[derive(Clone)]
pub struct SealingSecret {
    private: <Kem as hpke::Kem>::PrivateKey,
    public: SealingKey,
}

impl SealingSecret {
    /// Derives a pair from 32 bytes of entropy: `DeriveKeyPair` of RFC 9180, section 7.1.3.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let (private, public) = Kem::derive_keypair(seed);
        Self::new(private, &public)
    }

    /// Makes a fresh pair.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0u8; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        Self::from_seed(&seed)
    }

    /// Loads a pair from [`Self::to_bytes`]. Every 32 bytes are a secret: X25519 clamps them (RFC 7748, section 5).
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let private = <Kem as hpke::Kem>::PrivateKey::from_bytes(bytes)
            .expect("an X25519 secret is any 32 bytes");
        let public = Kem::sk_to_pk(&private);
        Self::new(private, &public)
    }

    /// The secret, to be stored encrypted.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        self.private.write_exact(bytes.as_mut_slice());
        bytes
    }

    /// The public half.
    pub const fn public(&self) -> &SealingKey {
        &self.public
    }

    pub(crate) const fn private(&self) -> &<Kem as hpke::Kem>::PrivateKey {
        &self.private
    }

    fn new(
        private: <Kem as hpke::Kem>::PrivateKey,
        public: &<Kem as hpke::Kem>::PublicKey,
    ) -> Self {
        let mut bytes = [0u8; 32];
        public.write_exact(&mut bytes);
        Self {
            private,
            public: SealingKey::new(bytes),
        }
    }
}

impl std::fmt::Debug for SealingSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealingSecret(public {})", self.public)
    }
}
