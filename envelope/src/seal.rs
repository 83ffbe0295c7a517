//! A record's bytes <-> a blob: padded to a size bucket, AES-256-GCM under a key of its own, bound to the record's id.
//!
//! Plaintext, exactly a bucket: `32 zero bytes || content || 0x80 || zeros`. Blob: ciphertext, then the 16-byte tag, with
//! the 16 bytes of the [`RecordId`] as associated data and a nonce of twelve zeros.
//!
//! The nonce may be fixed because a key seals once: what must not repeat is the pair of key and nonce (NIST SP 800-38D,
//! section 8; RFC 5116, section 2.1). Zero is the first value of the deterministic construction of SP 800-38D, 8.2.1.
//!
//! The zeros in front commit the blob to its key. GCM alone does not: who makes a blob could make it open to one
//! content under one key and to another content under another, and the ledger, which holds the digest of the blob, would
//! vouch for both. With 256 bits of known plaintext in front such a pair of keys costs 2^128 work.
use crate::RecordKey;
use crate::cipher::{self, NONCE_BYTES, TAG_BYTES};
use crate::padding;
use amanat_types::id::BlobDigest;
use amanat_types::{RecordId, limits};
use aws_lc_rs::digest;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Zero bytes in front of the content, by which a blob is committed to its key.
const COMMITMENT_BYTES: usize = 32;
/// Never repeats under a key, since a key seals once.
const NONCE: [u8; NONCE_BYTES] = [0; NONCE_BYTES];

/// Bytes by which a blob is longer than its bucket.
pub const BLOB_EXTRA_BYTES: usize = TAG_BYTES;
/// Bytes of a bucket that are not content: the commitment and at least one byte of padding.
pub const BUCKET_EXTRA_BYTES: usize = COMMITMENT_BYTES + 1;

/// A sealed record, and the key that opens it.
#[derive(Debug)]
pub struct Sealed {
    /// Whose id the blob is bound to.
    pub record: RecordId,
    /// What a vault keeps.
    pub blob: Vec<u8>,
    /// Digest of the blob: its address.
    pub digest: BlobDigest,
    /// Number of its size bucket: position in [`limits::SIZE_BUCKETS`].
    pub bucket: u8,
    /// What must be wrapped for a custodian, and then dropped.
    pub key: RecordKey,
}

/// Why a record was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It does not fit the largest bucket.
    #[error("a record of {size} bytes, where at most {max} are allowed")]
    TooLarge {
        /// Its bytes.
        size: usize,
        /// The most that fits.
        max: usize,
    },
    /// The cipher failed.
    #[error("the cipher failed")]
    Cipher,
}

/// Why a blob was not opened. None says anything of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// No sealed record has this length.
    #[error("a blob of {size} bytes, which is not a size bucket and a tag")]
    Length {
        /// Its bytes.
        size: usize,
    },
    /// Changed, or another record's, or another key's.
    #[error("the tag does not verify: changed bytes, another record or another key")]
    Tag,
    /// Made to open under more than one key.
    #[error("the blob is not committed to its key")]
    Commitment,
    /// Not padded by the rule.
    #[error("the padding breaks the rule")]
    Padding,
}

/// The most bytes that a record may have.
pub fn record_bytes_max() -> usize {
    let largest = padding::bucket_bytes(limits::SIZE_BUCKETS.len() - 1);
    largest.unwrap_or(0).saturating_sub(BUCKET_EXTRA_BYTES)
}

/// SHA-256 of a blob's bytes: what the ledger anchors and a vault finds it by.
pub fn blob_digest(blob: &[u8]) -> BlobDigest {
    let mut bytes = [0u8; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, blob).as_ref());
    BlobDigest::new(bytes)
}

/// Seals `content` as `record` under a fresh key.
///
/// Errors: [`SealError::TooLarge`], [`SealError::Cipher`].
pub fn seal(
    record: RecordId,
    content: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Sealed, SealError> {
    let too_large = SealError::TooLarge {
        size: content.len(),
        max: record_bytes_max(),
    };
    let length = content.len().checked_add(COMMITMENT_BYTES);
    let (bucket, bytes) = length.and_then(padding::bucket_for).ok_or(too_large)?;
    let mut buffer = Vec::with_capacity(bytes + TAG_BYTES);
    buffer.resize(COMMITMENT_BYTES, 0);
    buffer.extend_from_slice(content);
    padding::pad(&mut buffer, bytes);
    let key = RecordKey::generate(rng);
    let blob = cipher::encrypt(key.as_bytes(), NONCE, record.as_bytes(), buffer)
        .map_err(|_| SealError::Cipher)?;
    Ok(Sealed {
        record,
        digest: blob_digest(&blob),
        blob,
        bucket,
        key,
    })
}

/// Opens the blob of `record`. Whoever fetched the blob has first compared its digest with the ledger's.
///
/// Errors, in this order: [`OpenError::Length`], [`OpenError::Tag`], [`OpenError::Commitment`], [`OpenError::Padding`].
pub fn open(
    record: RecordId,
    key: &RecordKey,
    blob: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let bucket = blob.len().checked_sub(TAG_BYTES);
    if !(0..limits::SIZE_BUCKETS.len()).any(|number| padding::bucket_bytes(number) == bucket) {
        return Err(OpenError::Length { size: blob.len() });
    }
    let plain = cipher::decrypt(key.as_bytes(), NONCE, record.as_bytes(), blob)
        .map_err(|_| OpenError::Tag)?;
    if plain.iter().take(COMMITMENT_BYTES).any(|byte| *byte != 0) {
        return Err(OpenError::Commitment);
    }
    padding::content_length(&plain)
        .and_then(|length| plain.get(COMMITMENT_BYTES..length))
        .map(|content| Zeroizing::new(content.to_vec()))
        .ok_or(OpenError::Padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: RecordId = RecordId::new([1; 16]);

    /// What a dishonest depositor may do: any plaintext under a key that it hands out.
    fn opened(plain: Vec<u8>) -> Result<Vec<u8>, OpenError> {
        let key = RecordKey::copy_from(&[7; 32]);
        let blob = cipher::encrypt(key.as_bytes(), NONCE, RECORD.as_bytes(), plain).unwrap();
        open(RECORD, &key, &blob).map(|content| content.to_vec())
    }

    #[test]
    fn a_blob_that_is_not_committed_to_its_key_is_refused() {
        let mut honest = vec![0u8; COMMITMENT_BYTES];
        honest.extend_from_slice(b"content");
        padding::pad(&mut honest, 512);
        assert_eq!(opened(honest.clone()), Ok(b"content".to_vec()));
        for position in 0..COMMITMENT_BYTES {
            let mut plain = honest.clone();
            plain[position] = 1;
            assert_eq!(opened(plain), Err(OpenError::Commitment));
        }
    }

    #[test]
    fn a_blob_that_is_not_padded_by_the_rule_is_refused() {
        let padded = |length: usize, bytes: usize| {
            let mut plain = vec![0u8; length];
            padding::pad(&mut plain, bytes);
            plain
        };
        assert_eq!(opened(padded(COMMITMENT_BYTES, 512)), Ok(vec![]));
        for plain in [
            vec![0; 512],
            padded(40, 1_024),
            [vec![0; COMMITMENT_BYTES], vec![7; 480]].concat(),
        ] {
            assert_eq!(opened(plain), Err(OpenError::Padding));
        }
    }
}
