//! Shapes between members' vaults and custodians and their users, and the one table of what an HTTP status says.
//!
//! Bodies are `application/octet-stream` in the commonware codec; each `POST` body is a
//! [`SignedRequest`](amanat_types::release::SignedRequest) around one of the shapes here. A no is JSON, [`Problem`].
use crate::fault::{Failure, Fault};
use amanat_types::codec::List;
use amanat_types::id::{BlobDigest, MemberId, RecordId};
use amanat_types::journal::JournalEntry;
use amanat_types::release::ReleaseRequest;
use amanat_types::{Digest, Height, Refusal, codec_struct, limits};

/// `POST`, vault: [`PutBatch`] -> `StoredRoot`.
pub const BLOBS: &str = "/v1/blobs";
/// `POST`, vault: `ReleaseRequest` -> [`GetAnswer`].
pub const RELEASE: &str = "/v1/release";
/// `POST`, vault: [`CopyRequest`] -> [`CopyAnswer`], to co-holders, to the custodian, and to its successor.
pub const HEAL: &str = "/v1/heal";
/// `POST`, vault: an empty body -> [`ScrubAnswer`], to the own member.
pub const SCRUB: &str = "/v1/scrub";
/// `POST`, vault and custodian: `JournalRequest` -> [`JournalAnswer`].
pub const JOURNAL: &str = "/v1/journal";
/// `POST`, custodian: [`KeysRequest`] -> [`KeysAnswer`].
pub const KEYS: &str = "/v1/keys";
/// `POST`, custodian: [`HandOverRequest`] -> [`HandOverAnswer`], to the successor that it named.
pub const HAND_OVER: &str = "/v1/hand-over";

/// Blobs in one batch.
pub const BATCH_BLOBS_MAX: usize = 1024;
/// Bytes of blobs and wraps in one batch, and in one answer.
pub const BATCH_BYTES_MAX: usize = 64 * 1024 * 1024 - 256 * 1024;
/// Bytes of one signed request's body, and of one answer.
pub const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes that a seal adds to its size bucket: the tag of AES-256-GCM.
pub const SEAL_BYTES: usize = 16;
/// Bytes of the largest blob.
pub const BLOB_BYTES_MAX: usize = 4_194_304 + SEAL_BYTES;
/// Bytes of one wrapped key.
pub const WRAP_BYTES_MAX: usize = 512;
/// Bytes of one bundle of keys.
pub const BUNDLE_BYTES_MAX: usize = 48 * limits::RELEASE_RECORDS_MAX;
/// Entries in one page of a release journal.
pub const JOURNAL_ENTRIES_MAX: usize = 1024;

/// Characters of another's words that are taken over into a fault.
const PROBLEM_CHARS_MAX: usize = 200;

/// Whether a blob may have this many bytes: a size bucket and its seal.
pub fn is_blob_size(bytes: usize) -> bool {
    let bucket = bytes.checked_sub(SEAL_BYTES);
    let bucket = bucket.and_then(|bytes| u32::try_from(bytes).ok());
    bucket.is_some_and(|bytes| limits::SIZE_BUCKETS.contains(&bytes))
}

/// SHA-256 of a blob's bytes: its address.
pub fn blob_digest(bytes: &[u8]) -> BlobDigest {
    use aws_lc_rs::digest::{SHA256, digest};
    let mut address = [0u8; 32];
    address.copy_from_slice(digest(&SHA256, bytes).as_ref());
    BlobDigest::new(address)
}

/// A wrapped key.
pub type WrapBytes = List<u8, WRAP_BYTES_MAX>;
/// Ciphertext.
pub type BlobBytes = List<u8, BLOB_BYTES_MAX>;

/// A sealed record on its way into a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutItem {
    /// Digest of `bytes`.
    pub blob: BlobDigest,
    /// Which record it is.
    pub record: RecordId,
    /// The wrapped key that lies beside it.
    pub wrap: WrapBytes,
    /// Ciphertext.
    pub bytes: BlobBytes,
}
codec_struct!(PutItem {
    blob,
    record,
    wrap,
    bytes
});

/// Body of [`BLOBS`]. Durable all together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutBatch {
    /// The blobs.
    pub items: List<PutItem, BATCH_BLOBS_MAX>,
}
codec_struct!(PutBatch { items });

/// A sealed record on its way out of a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetItem {
    /// Which record.
    pub record: RecordId,
    /// The wrapped key.
    pub wrap: WrapBytes,
    /// Ciphertext.
    pub bytes: BlobBytes,
}
codec_struct!(GetItem {
    record,
    wrap,
    bytes
});

/// Answer of [`RELEASE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetAnswer {
    /// Finalised height at which the ticket was judged open.
    pub height: Height,
    /// Blobs that were found rotten or missing here, and were healed from another holder before they were served.
    pub healed: List<BlobDigest, { limits::RELEASE_RECORDS_MAX }>,
    /// The records, in the order asked.
    pub items: List<GetItem, { limits::RELEASE_RECORDS_MAX }>,
}
codec_struct!(GetAnswer {
    height,
    healed,
    items
});

/// Body of [`HEAL`]: a co-holder asks for what it must hold itself, a custodian for what it deposited, a successor for what it takes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyRequest {
    /// Which records.
    pub records: List<RecordId, { limits::RELEASE_RECORDS_MAX }>,
}
codec_struct!(CopyRequest { records });

/// Answer of [`HEAL`]: ciphertext and wraps only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyAnswer {
    /// The records, in the order asked.
    pub items: List<GetItem, { limits::RELEASE_RECORDS_MAX }>,
}
codec_struct!(CopyAnswer { items });

/// Answer of [`SCRUB`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrubAnswer {
    /// Blobs read.
    pub checked: u64,
    /// Rotten blobs, by digest; the first 4,096.
    pub rotten: List<BlobDigest, { limits::RELEASE_RECORDS_MAX }>,
    /// Those that were healed from another holder.
    pub healed: List<BlobDigest, { limits::RELEASE_RECORDS_MAX }>,
}
codec_struct!(ScrubAnswer {
    checked,
    rotten,
    healed
});

/// The wrapped key of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrapItem {
    /// Whose.
    pub record: RecordId,
    /// The wrapped key.
    pub wrap: WrapBytes,
}
codec_struct!(WrapItem { record, wrap });

/// Body of [`KEYS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysRequest {
    /// Under which ticket, and which records.
    pub request: ReleaseRequest,
    /// Their wrapped keys, in the order of the records.
    pub wraps: List<WrapItem, { limits::RELEASE_RECORDS_MAX }>,
}
codec_struct!(KeysRequest { request, wraps });

/// Answer of [`KEYS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysAnswer {
    /// Finalised height at which the ticket was judged open.
    pub height: Height,
    /// The keys, sealed to the ticket's reader in one message (`envelope::Bundle`).
    pub bundle: List<u8, BUNDLE_BYTES_MAX>,
}
codec_struct!(KeysAnswer { height, bundle });

/// Wrapped keys of one hand-over.
pub type HandedOver = List<WrapItem, { limits::TICKET_RECORDS_MAX }>;

/// Body of [`HAND_OVER`]: the named successor asks for the keys of records, wrapped anew for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOverRequest {
    /// Which records, with the wraps that their custodian opens.
    pub wraps: HandedOver,
}
codec_struct!(HandOverRequest { wraps });

/// Answer of [`HAND_OVER`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOverAnswer {
    /// Finalised height at which the successor was named and the records were the custodian's.
    pub height: Height,
    /// The same records, with wraps that the successor opens, in the order asked.
    pub wraps: HandedOver,
}
codec_struct!(HandOverAnswer { height, wraps });

/// Answer of [`JOURNAL`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalAnswer {
    /// Whose journal.
    pub releaser: MemberId,
    /// Entries in all.
    pub count: u64,
    /// Hash of the last entry.
    pub head: Digest,
    /// The entries asked for; fewer if the page would be too large.
    pub entries: List<JournalEntry, JOURNAL_ENTRIES_MAX>,
}
codec_struct!(JournalAnswer {
    releaser,
    count,
    head,
    entries
});

/// A no, as JSON. Names no person: ids and digests at most.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    /// Number of the refusal; 0 for a fault.
    pub number: u16,
    /// Name of the refusal or kind of the fault.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// Status and body for a failure: the one table of the border. Internals of a fault stay inside.
///
/// 400 malformed or invalid; 401 not signed by whom it must be; 403 not allowed; 404 unknown; 409 not at
/// this tip, ask again; 413 too much; 503 ask again later; 507 no room; 500 broken (a damaged thing is named).
pub fn problem(failure: &Failure) -> (u16, Problem) {
    match failure {
        Failure::Refused(refusal) => {
            let body = Problem {
                number: refusal.number(),
                name: refusal.name().into(),
                text: refusal.text().into(),
            };
            (refusal_status(*refusal), body)
        }
        Failure::Fault(fault) => {
            let (status, name, text) = match fault {
                Fault::Invalid { what } => (400, "Invalid", what.as_str()),
                Fault::Protocol { .. } => (500, "Protocol", "the own node is not understood"),
                Fault::Full { .. } => (507, "Full", "no room is left"),
                Fault::Damaged { what, .. } => (500, "Damaged", what.as_str()),
                Fault::Storage { .. } => (500, "Storage", "the disk failed"),
                Fault::Unreachable { .. }
                | Fault::TimedOut { .. }
                | Fault::Unavailable { .. }
                | Fault::Tls { .. } => (503, "Unavailable", "ask again later"),
            };
            let body = Problem {
                number: 0,
                name: name.into(),
                text: text.into(),
            };
            (status, body)
        }
    }
}

const fn refusal_status(refusal: Refusal) -> u16 {
    match refusal {
        Refusal::Malformed | Refusal::WrongNetwork | Refusal::BucketUnknown => 400,
        Refusal::SignatureInvalid
        | Refusal::SignatureHighS
        | Refusal::RequestStale
        | Refusal::DepositorUnknown => 401,
        Refusal::TicketUnknown | Refusal::RecordUnknown | Refusal::BlobUnknown => 404,
        Refusal::TipTooOld | Refusal::TipBehindReader => 409,
        Refusal::TooManyRecords => 413,
        _ => 403,
    }
}

/// Reads back what [`problem`] wrote.
pub fn failure(address: &str, status: u16, retry_after_ms: u64, body: &[u8]) -> Failure {
    let problem = serde_json::from_slice::<Problem>(body).ok();
    let refusal = problem.as_ref().map(|problem| problem.number);
    if let Some(refusal) = refusal.and_then(Refusal::from_number) {
        return refusal.into();
    }
    // What a server that speaks TLS says to a plain request.
    let plain = problem
        .as_ref()
        .is_some_and(|problem| problem.name == "PlainHttp");
    let text: Option<String> =
        problem.map(|problem| problem.text.chars().take(PROBLEM_CHARS_MAX).collect());
    let address = address.to_owned();
    Failure::Fault(match (status, text) {
        (503 | 429, _) => Fault::Unavailable {
            address,
            retry_after_ms,
        },
        (507, _) => Fault::Full { address },
        (400, Some(what)) if plain => Fault::protocol(address, what),
        (400, Some(what)) => Fault::invalid(what),
        (500, Some(what)) => Fault::damaged(what, format!("{address} says so")),
        (status, Some(what)) => Fault::protocol(address, format!("status {status}: {what}")),
        (status, None) => Fault::protocol(address, format!("status {status}")),
    })
}
