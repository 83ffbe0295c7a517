//! The data key of one record: made for one sealing, never used for another.
use aws_lc_rs::constant_time::verify_slices_are_equal;
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// An AES-256 key that seals exactly one record.
///
/// Only [`crate::seal()`] makes one, so that no caller can seal twice under it: the fixed nonce rests on that. It is wiped
/// when dropped, and prints nothing of itself.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct RecordKey([u8; Self::BYTES]);

impl RecordKey {
    /// Bytes of a key.
    pub const BYTES: usize = 32;

    pub(crate) fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut key = Self([0u8; Self::BYTES]);
        rng.fill_bytes(&mut key.0);
        key
    }

    pub(crate) fn copy_from(bytes: &[u8; Self::BYTES]) -> Self {
        Self(*bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl PartialEq for RecordKey {
    /// Compares in constant time.
    fn eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for RecordKey {}

impl std::fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordKey(..)")
    }
}
