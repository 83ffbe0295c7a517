//! How state is laid out under the header, so that a proof can be checked without a node.
//!
//! Two authenticated databases: *records* map a key to the place and digest of its body and give inclusion
//! and exclusion proofs; *bodies* are an append-only log. A body starts with its key, so that live
//! bodies can later be moved forward from the log alone.
use crate::block::SyncTarget;
use crate::{Digest, StateKey, digest, limits};
use bytes::BufMut;
use commonware_codec::{Buf, EncodeSize, Error, RangeCfg, Read, Write};
use commonware_cryptography::Sha256;
use commonware_storage::merkle::{Location, mmr};
use commonware_storage::qmdb::any::ordered;
use commonware_storage::qmdb::any::value::{FixedEncoding, VariableEncoding};
use commonware_storage::qmdb::current::ordered::proof::constant;
use commonware_storage::qmdb::{any, keyless};
use commonware_utils::non_empty_range;
use commonware_utils::sequence::FixedBytes;

/// Bytes of a record's value: location (8, big-endian) and digest (32) of its body.
pub const RECORD_SIZE: usize = 40;
/// Bytes of one chunk of the activity bitmap.
pub const CHUNK_SIZE: usize = 32;

/// Value of a record as stored.
pub type RecordBytes = FixedBytes<RECORD_SIZE>;
/// Encoding of records in the database.
pub type RecordEncoding = FixedEncoding<RecordBytes>;
/// Proof that a key has a record.
pub type Inclusion = constant::KeyValueProof<mmr::Family, Digest, Digest, CHUNK_SIZE>;
/// Proof that a key has none.
pub type Exclusion =
    constant::ExclusionProof<mmr::Family, Digest, RecordEncoding, Digest, CHUNK_SIZE>;

/// Where a body lies and what it hashes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Location in the log of bodies.
    pub location: u64,
    /// [`body_digest`] of key and value.
    pub digest: Digest,
}

impl Record {
    /// The record of `value` under `key`, appended at `location`.
    pub fn new(location: u64, key: &StateKey, value: &[u8]) -> Self {
        Self {
            location,
            digest: body_digest(key, value),
        }
    }

    /// As stored.
    pub fn to_bytes(self) -> RecordBytes {
        let mut bytes = [0u8; RECORD_SIZE];
        bytes[..8].copy_from_slice(&self.location.to_be_bytes());
        bytes[8..].copy_from_slice(&self.digest.0);
        FixedBytes::new(bytes)
    }

    /// From storage.
    pub fn from_bytes(bytes: &RecordBytes) -> Self {
        let mut location = [0u8; 8];
        let mut digest = [0u8; 32];
        location.copy_from_slice(&bytes[..8]);
        digest.copy_from_slice(&bytes[8..]);
        Self {
            location: u64::from_be_bytes(location),
            digest: Digest::from(digest),
        }
    }
}

/// Digest of a body: its key and its value.
pub fn body_digest(key: &StateKey, value: &[u8]) -> Digest {
    digest("amanat/body", &[key.as_bytes(), value])
}

/// An entry of the log of bodies: 32 bytes of key, then the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body(Vec<u8>);

impl Body {
    /// Joins key and value.
    pub fn new(key: &StateKey, value: &[u8]) -> Self {
        Self([key.as_bytes().as_slice(), value].concat())
    }

    /// Splits into the key's bytes and the value; nothing if it is shorter than a key.
    pub fn split(&self) -> Option<(&[u8], &[u8])> {
        self.0.split_at_checked(32)
    }
}

impl Write for Body {
    fn write(&self, buf: &mut impl BufMut) {
        self.0.as_slice().write(buf);
    }
}
impl EncodeSize for Body {
    fn encode_size(&self) -> usize {
        self.0.as_slice().encode_size()
    }
}
impl Read for Body {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        let range = RangeCfg::from(32..=32 + limits::STATE_VALUE_BYTES_MAX);
        Ok(Self(Vec::read_cfg(buf, &(range, ()))?))
    }
}

/// Sync targets of the two databases while they are empty, records first.
pub fn empty_targets() -> (SyncTarget, SyncTarget) {
    let range = non_empty_range!(Location::new(0), Location::new(1));
    let records =
        any::initial_root::<mmr::Family, ordered::Update<Digest, RecordEncoding>, Sha256>();
    let bodies = keyless::initial_root::<mmr::Family, VariableEncoding<Body>, Sha256>();
    (
        SyncTarget::new(records, range.clone()),
        SyncTarget::new(bodies, range),
    )
}
