//! Vaults, custodians and release journals of the members, as their users see them.
use crate::fault::{Failure, Fault};
use amanat_types::id::{BlobDigest, RecordId};
use amanat_types::journal::JournalEntry;
use amanat_types::release::{JournalRequest, ReleaseRequest};
use amanat_types::stored::StoredRoot;
use amanat_types::{Digest, Height, MemberId};
use std::future::Future;

/// A sealed record on its way into a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobPut {
    /// Digest of `bytes`; the vault checks it.
    pub blob: BlobDigest,
    /// Which record it is.
    pub record: RecordId,
    /// The wrapped key that lies beside it.
    pub wrap: Vec<u8>,
    /// Ciphertext.
    pub bytes: Vec<u8>,
}

/// A sealed record that a vault released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobGot {
    /// Which record.
    pub record: RecordId,
    /// The wrapped key.
    pub wrap: Vec<u8>,
    /// Ciphertext; the reader checks its digest against the ledger.
    pub bytes: Vec<u8>,
}

/// A page of a release journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalPage {
    /// Entries in all.
    pub count: u64,
    /// Hash of the last entry.
    pub head: Digest,
    /// The entries asked for.
    pub entries: Vec<JournalEntry>,
}

/// Operations at any member's vault and custodian; requests are signed by one's own member.
pub trait Stores: Clone + Send + Sync + 'static {
    /// Stores a batch at `holder`'s vault; returns its signature over the root of the batch, in this order, once all is durable.
    ///
    /// Idempotent by digest.
    fn put(
        &self,
        holder: MemberId,
        blobs: Vec<BlobPut>,
    ) -> impl Future<Output = Result<StoredRoot, Failure>> + Send;

    /// Takes blobs from `holder`'s vault under a ticket. All or none.
    fn get(
        &self,
        holder: MemberId,
        request: ReleaseRequest,
    ) -> impl Future<Output = Result<(Height, Vec<BlobGot>), Failure>> + Send;

    /// Takes the keys of records from their custodian under a ticket, sealed to the ticket's reader in one message.
    fn keys(
        &self,
        custodian: MemberId,
        request: ReleaseRequest,
        wraps: Vec<(RecordId, Vec<u8>)>,
    ) -> impl Future<Output = Result<(Height, Vec<u8>), Failure>> + Send;

    /// Reads a release journal of `member`.
    fn journal(
        &self,
        member: MemberId,
        request: JournalRequest,
    ) -> impl Future<Output = Result<JournalPage, Fault>> + Send;
}

/// What one holder asks of another: a fresh copy of ciphertext that both must hold; and what a custodian, or the successor that it named,
/// asks of the holders of its records.
///
/// No ticket stands behind it: no record is opened by it, and the ledger names the asker as holder, custodian or successor.
pub trait Holders: Clone + Send + Sync + 'static {
    /// Takes copies from `holder`'s vault, in the order of `records`. All or none.
    fn copy(
        &self,
        holder: MemberId,
        records: Vec<RecordId>,
    ) -> impl Future<Output = Result<Vec<BlobGot>, Failure>> + Send;
}

/// What a successor asks of the custodian that named it on the ledger.
pub trait Predecessors: Clone + Send + Sync + 'static {
    /// Takes the keys of records, each wrapped anew for one's own member, in the order of `wraps`. All or none; at most
    /// [`amanat_types::limits::TICKET_RECORDS_MAX`]. May be repeated.
    fn hand_over(
        &self,
        custodian: MemberId,
        wraps: Vec<(RecordId, Vec<u8>)>,
    ) -> impl Future<Output = Result<Vec<(RecordId, Vec<u8>)>, Failure>> + Send;
}
