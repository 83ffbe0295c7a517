//! A small value at rest: a key in a keyring, a row of a read model, encrypted under a key that its owner holds.
//!
//! Bytes: `version || 12 nonce || ciphertext || 16 tag`, AES-256-GCM, with the version and the label of the place as
//! associated data, so that a value cannot be moved to another place. The nonce is drawn from the given entropy: at most
//! 2^32 values under one key (NIST SP 800-38D, section 8.3).
use crate::cipher::{self, NONCE_BYTES, TAG_BYTES};
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Version of the format.
pub const AT_REST_VERSION: u8 = 1;
/// Most bytes of a value.
pub const VALUE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes by which a value at rest is longer than in the clear.
pub const VALUE_EXTRA_BYTES: usize = 1 + NONCE_BYTES + TAG_BYTES;

/// Key of values at rest. Wiped when dropped; prints nothing of itself.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct RestKey([u8; 32]);

impl RestKey {
    /// Loads a key.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Makes a fresh key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut key = Self([0u8; 32]);
        rng.fill_bytes(&mut key.0);
        key
    }

    /// The bytes, to be stored where only the owner reads.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for RestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RestKey(..)")
    }
}

/// Why a value was not encrypted or not decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestError {
    /// Longer than a value may be.
    #[error("a value of {size} bytes, where at most {VALUE_BYTES_MAX} are allowed")]
    TooLarge {
        /// Its bytes.
        size: usize,
    },
    /// Shorter than any value at rest.
    #[error("{size} bytes are too few for a value at rest")]
    Length {
        /// Its bytes.
        size: usize,
    },
    /// This build does not know the version.
    #[error("version {0} is not known")]
    Version(u8),
    /// Changed, of another place, or of another key.
    #[error("does not open: changed, of another place, or of another key")]
    Broken,
    /// The cipher failed.
    #[error("the cipher failed")]
    Cipher,
}

fn associated(label: &str) -> Vec<u8> {
    [
        b"amanat/at-rest\0",
        &[AT_REST_VERSION][..],
        label.as_bytes(),
    ]
    .concat()
}

/// Encrypts `value` for the place named `label`.
///
/// Errors: [`RestError::TooLarge`], [`RestError::Cipher`].
pub fn encrypt(
    key: &RestKey,
    label: &str,
    value: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, RestError> {
    if value.len() > VALUE_BYTES_MAX {
        return Err(RestError::TooLarge { size: value.len() });
    }
    let mut nonce = [0u8; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    let mut buffer = Vec::with_capacity(value.len() + TAG_BYTES);
    buffer.extend_from_slice(value);
    let sealed = cipher::encrypt(&key.0, nonce, &associated(label), buffer)
        .map_err(|_| RestError::Cipher)?;
    Ok([&[AT_REST_VERSION][..], &nonce, &sealed].concat())
}

/// Decrypts what [`encrypt`] made for the place named `label`.
///
/// Errors, in this order: [`RestError::Length`], [`RestError::TooLarge`], [`RestError::Version`], [`RestError::Broken`].
pub fn decrypt(key: &RestKey, label: &str, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, RestError> {
    let size = bytes.len();
    let short = RestError::Length { size };
    if size > VALUE_BYTES_MAX + VALUE_EXTRA_BYTES {
        return Err(RestError::TooLarge { size });
    }
    let (version, rest) = bytes.split_first().ok_or(short)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(short)?;
    if sealed.len() < TAG_BYTES {
        return Err(short);
    }
    if *version != AT_REST_VERSION {
        return Err(RestError::Version(*version));
    }
    cipher::decrypt(&key.0, *nonce, &associated(label), sealed).map_err(|_| RestError::Broken)
}
