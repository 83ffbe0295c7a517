//! Who keeps the keys of records: the seam where a quorum of keepers will take the single custodian's place.
//!
//! A depositor wraps a record's key for its keepers. Under a ticket each keeper gives the reader one bundle. The reader
//! opens what it was given. Who checks the ticket, journals the release and moves the bytes is not decided here; nothing
//! outside this file may lean on there being one custodian.
use crate::wrap::{self, Bundle, BundleError, Wrap, WrapError};
use crate::{RecordKey, SealingSecret};
use amanat_types::id::SealingKey;
use amanat_types::{Digest, RecordId, TicketId};
use rand_core::CryptoRng;

/// How record keys are kept and released.
pub trait Custody {
    /// What a depositor and a reader know of the keepers.
    type Keepers;
    /// What one keeper holds.
    type KeeperSecret;

    /// Encrypts the key of `record` for the keepers.
    fn wrap(
        keepers: &Self::Keepers,
        network: &Digest,
        record: RecordId,
        key: &RecordKey,
        rng: &mut impl CryptoRng,
    ) -> Result<Wrap, WrapError>;

    /// One keeper's part of a release: all of `wraps`, in order, sealed to the `reader` of `ticket`. All or nothing.
    fn rewrap(
        secret: &Self::KeeperSecret,
        network: &Digest,
        ticket: TicketId,
        reader: &SealingKey,
        wraps: &[(RecordId, Wrap)],
        rng: &mut impl CryptoRng,
    ) -> Result<Bundle, BundleError>;

    /// The same keys encrypted anew for the keepers `to`, who take over, in the order of `wraps`. All or nothing. No record is opened.
    fn hand_over(
        secret: &Self::KeeperSecret,
        network: &Digest,
        to: &Self::Keepers,
        wraps: &[(RecordId, Wrap)],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Wrap>, WrapError>;

    /// The reader's keys of `records`, in order, from what the keepers gave for `ticket`.
    fn open_bundles(
        keepers: &Self::Keepers,
        reader: &SealingSecret,
        network: &Digest,
        ticket: TicketId,
        records: &[RecordId],
        bundles: &[Bundle],
    ) -> Result<Vec<RecordKey>, BundleError>;
}

/// One member keeps the keys of a record, its depositor or whoever took it over: whoever holds its sealing secret and the wraps opens it.
#[derive(Clone, Copy, Debug)]
pub struct SingleCustodian;

impl Custody for SingleCustodian {
    type Keepers = SealingKey;
    type KeeperSecret = SealingSecret;

    fn wrap(
        keepers: &SealingKey,
        network: &Digest,
        record: RecordId,
        key: &RecordKey,
        rng: &mut impl CryptoRng,
    ) -> Result<Wrap, WrapError> {
        wrap::wrap(keepers, network, record, key, rng)
    }

    fn rewrap(
        secret: &SealingSecret,
        network: &Digest,
        ticket: TicketId,
        reader: &SealingKey,
        wraps: &[(RecordId, Wrap)],
        rng: &mut impl CryptoRng,
    ) -> Result<Bundle, BundleError> {
        wrap::rewrap(secret, network, ticket, reader, wraps, rng)
    }

    fn hand_over(
        secret: &SealingSecret,
        network: &Digest,
        to: &SealingKey,
        wraps: &[(RecordId, Wrap)],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Wrap>, WrapError> {
        let anew = |(record, wrapped): &(RecordId, Wrap)| {
            let key = wrap::unwrap(secret, network, *record, wrapped)?;
            wrap::wrap(to, network, *record, &key, rng)
        };
        wraps.iter().map(anew).collect()
    }

    fn open_bundles(
        _: &SealingKey,
        reader: &SealingSecret,
        network: &Digest,
        ticket: TicketId,
        records: &[RecordId],
        bundles: &[Bundle],
    ) -> Result<Vec<RecordKey>, BundleError> {
        let [bundle] = bundles else {
            return Err(BundleError::BundleCount {
                count: bundles.len(),
                expected: 1,
            });
        };
        wrap::open_bundle(reader, network, ticket, records, bundle)
    }
}

impl SingleCustodian {
    /// Opens one wrap: what only a single custodian can do alone.
    pub fn unwrap(
        secret: &SealingSecret,
        network: &Digest,
        record: RecordId,
        wrap: &Wrap,
    ) -> Result<RecordKey, WrapError> {
        wrap::unwrap(secret, network, record, wrap)
    }
}
