//! A wrap: one record's key, encrypted for whoever keeps it. A bundle: the keys of one release, sealed to one reader.
//!
//! A wrap stays off the ledger, beside the ciphertext, so that it can be deleted. Its version says who keeps the key and,
//! with it, how the blob is sealed; today there is [`SINGLE_CUSTODIAN`] only.
use crate::parcel::{PARCEL_EXTRA_BYTES, Parcel, ParcelFault};
use crate::{RecordKey, SealingSecret, parcel::Binding};
use amanat_types::id::SealingKey;
use amanat_types::{Digest, RecordId, TicketId, limits};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Version of a wrap and of a bundle: a single custodian holds the key, by HPKE.
pub const SINGLE_CUSTODIAN: u8 = 1;
/// Most sealed bytes of a wrap; room for a quorum's ciphertext.
pub const WRAP_BYTES_MAX: usize = 256;
/// Most sealed bytes of a bundle.
pub const BUNDLE_BYTES_MAX: usize =
    limits::RELEASE_RECORDS_MAX * RecordKey::BYTES + PARCEL_EXTRA_BYTES;

/// One record's key, encrypted for whoever keeps it.
pub type Wrap = Parcel<WRAP_BYTES_MAX>;
/// The keys of one release, in the order of its records, sealed to the reader of its ticket.
pub type Bundle = Parcel<BUNDLE_BYTES_MAX>;

/// A wrap that was not made or not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("wrap of record {record}: {fault}")]
pub struct WrapError {
    /// Whose key.
    pub record: RecordId,
    /// What is wrong.
    pub fault: ParcelFault,
}

/// A bundle that was not made or not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// One of the wraps does not open; nothing is released.
    #[error(transparent)]
    Wrap(#[from] WrapError),
    /// More records than one release may have.
    #[error("{count} records, where at most {max} are allowed")]
    TooManyRecords {
        /// Records given.
        count: usize,
        /// Records allowed.
        max: usize,
    },
    /// Not the number of bundles that this custody gives for a release.
    #[error("{count} bundles, where {expected} is expected")]
    BundleCount {
        /// Bundles given.
        count: usize,
        /// Bundles expected.
        expected: usize,
    },
    /// The bundle itself.
    #[error("bundle of ticket {ticket}: {fault}")]
    Bundle {
        /// Under which ticket.
        ticket: TicketId,
        /// What is wrong.
        fault: ParcelFault,
    },
}

fn wrap_binding<'a>(network: &'a Digest, record: &'a RecordId) -> Binding<'a> {
    Binding {
        purpose: "amanat/wrap",
        version: SINGLE_CUSTODIAN,
        network,
        subject: record.as_bytes(),
    }
}

fn bundle_binding<'a>(network: &'a Digest, subject: &'a [u8]) -> Binding<'a> {
    Binding {
        purpose: "amanat/bundle",
        version: SINGLE_CUSTODIAN,
        network,
        subject,
    }
}

/// What a bundle is about: `ticket || record ids in order`, each 16 bytes.
fn bundle_subject<'a>(
    ticket: TicketId,
    records: impl ExactSizeIterator<Item = &'a RecordId>,
) -> Result<Vec<u8>, BundleError> {
    let count = records.len();
    if count > limits::RELEASE_RECORDS_MAX {
        return Err(BundleError::TooManyRecords {
            count,
            max: limits::RELEASE_RECORDS_MAX,
        });
    }
    let mut subject = Vec::with_capacity(16 * (1 + count));
    subject.extend_from_slice(ticket.as_bytes());
    records.for_each(|record| subject.extend_from_slice(record.as_bytes()));
    Ok(subject)
}

/// Wraps `key` for `custodian`.
pub(crate) fn wrap(
    custodian: &SealingKey,
    network: &Digest,
    record: RecordId,
    key: &RecordKey,
    rng: &mut impl CryptoRng,
) -> Result<Wrap, WrapError> {
    let binding = wrap_binding(network, &record);
    Wrap::seal(custodian, &binding, key.as_bytes(), rng)
        .map_err(|fault| WrapError { record, fault })
}

/// Opens one wrap.
pub(crate) fn unwrap(
    custodian: &SealingSecret,
    network: &Digest,
    record: RecordId,
    wrap: &Wrap,
) -> Result<RecordKey, WrapError> {
    wrap.open(custodian, &wrap_binding(network, &record))
        .and_then(|plain| {
            let key = plain.as_slice().try_into().map_err(|_| ParcelFault::Broken);
            key.map(RecordKey::copy_from)
        })
        .map_err(|fault| WrapError { record, fault })
}

/// Opens every wrap and seals the keys to `reader`, in order.
pub(crate) fn rewrap(
    custodian: &SealingSecret,
    network: &Digest,
    ticket: TicketId,
    reader: &SealingKey,
    wraps: &[(RecordId, Wrap)],
    rng: &mut impl CryptoRng,
) -> Result<Bundle, BundleError> {
    let subject = bundle_subject(ticket, wraps.iter().map(|(record, _)| record))?;
    let mut keys = Zeroizing::new(Vec::with_capacity(wraps.len() * RecordKey::BYTES));
    for (record, wrap) in wraps {
        keys.extend_from_slice(unwrap(custodian, network, *record, wrap)?.as_bytes());
    }
    Bundle::seal(reader, &bundle_binding(network, &subject), &keys, rng)
        .map_err(|fault| BundleError::Bundle { ticket, fault })
}

/// Opens the bundle of `records` under `ticket`.
pub(crate) fn open_bundle(
    reader: &SealingSecret,
    network: &Digest,
    ticket: TicketId,
    records: &[RecordId],
    bundle: &Bundle,
) -> Result<Vec<RecordKey>, BundleError> {
    let failed = |fault| BundleError::Bundle { ticket, fault };
    let subject = bundle_subject(ticket, records.iter())?;
    let plain = bundle
        .open(reader, &bundle_binding(network, &subject))
        .map_err(failed)?;
    let (keys, rest) = plain.as_chunks::<{ RecordKey::BYTES }>();
    if keys.len() != records.len() || !rest.is_empty() {
        return Err(failed(ParcelFault::Broken));
    }
    Ok(keys.iter().map(RecordKey::copy_from).collect())
}
