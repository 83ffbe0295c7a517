//! Blind indexes: per patient and category a secret, the index that the ledger shows, and the salt of its owner commitment.
//!
//! All three follow from one 32-byte root that the patient's card or the registering member keeps:
//! `secret = HKDF(root, "amanat/index-secret" || category)`, `salt = HKDF(root, "amanat/index-salt" || category)`,
//! `index = HMAC(secret, "amanat/index")`, its first 16 bytes. Secrets of two categories say nothing of each other or of
//! the root, so a member can be given some without the rest.
use crate::derive::{authenticate, derive};
use amanat_types::BlindIndex;
use amanat_types::call::Opening;
use amanat_types::id::Salt;
use bytes::BufMut;
use commonware_codec::{Buf, Error, FixedSize, Read, ReadExt as _, Write};
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Root of one patient's blind indexes. Wiped when dropped; prints nothing of itself.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct IndexRoot([u8; 32]);

impl IndexRoot {
    /// Loads a root.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Makes a fresh root.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut root = Self([0u8; 32]);
        rng.fill_bytes(&mut root.0);
        root
    }

    /// The bytes, to be stored encrypted.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Secret of the category with this number.
    pub fn secret(&self, category: u8) -> IndexSecret {
        IndexSecret(*derive(
            &[],
            &self.0,
            &[b"amanat/index-secret", &[category]],
        ))
    }

    /// Salt of the owner commitment of the category's index: [`amanat_types::id::Commitment::owner`].
    pub fn salt(&self, category: u8) -> Salt {
        Salt::new(*derive(&[], &self.0, &[b"amanat/index-salt", &[category]]))
    }

    /// Index and salt of the category: what a call shows to open the commitment.
    pub fn opening(&self, category: u8) -> Opening {
        Opening {
            index: self.secret(category).index(),
            salt: self.salt(category),
        }
    }
}

impl std::fmt::Debug for IndexRoot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IndexRoot(..)")
    }
}

/// Secret of one patient and one category: who holds it can tell which index is which. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct IndexSecret([u8; 32]);

impl IndexSecret {
    /// Loads a secret.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be stored encrypted.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The blind index that the ledger shows.
    pub fn index(&self) -> BlindIndex {
        let tag = authenticate(&self.0, b"amanat/index");
        let mut bytes = [0u8; 16];
        for (byte, source) in bytes.iter_mut().zip(tag.as_ref()) {
            *byte = *source;
        }
        BlindIndex::new(bytes)
    }
}

impl std::fmt::Debug for IndexSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IndexSecret(..)")
    }
}

impl Write for IndexSecret {
    fn write(&self, buf: &mut impl BufMut) {
        buf.put_slice(&self.0);
    }
}
impl FixedSize for IndexSecret {
    const SIZE: usize = 32;
}
impl Read for IndexSecret {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        Ok(Self(<[u8; 32]>::read(buf)?))
    }
}
