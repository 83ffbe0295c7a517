//! Shapes of the node's HTTP interface, shared by the node that serves them and the client that reads them.
//!
//! Bodies are `application/octet-stream` in the commonware codec, but for `GET /v1/status`, `GET /v1/validators` and refusals, which
//! are JSON.
use crate::call::Unit;
use crate::codec::List;
use crate::id::MemberId;
use crate::receipt::{Receipt, TransactionEvents};
use crate::release::{Release, ReleaseRequest};
use crate::{Digest, Height, Refusal, StateKey, TimestampMs, Transaction, TransactionId, limits};

/// Transactions in one submission.
pub const SUBMIT_TRANSACTIONS_MAX: usize = 512;
/// Blocks in one page of events.
pub const EVENT_BLOCKS_MAX: usize = 256;

/// Body of `POST /v1/transactions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The transactions, each admitted or refused by itself.
    pub transactions: List<Transaction, SUBMIT_TRANSACTIONS_MAX>,
}
codec_struct!(Submission { transactions });

/// A transaction that is final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finalized {
    /// Height of its block.
    pub height: Height,
    /// Time of its block.
    pub time_ms: TimestampMs,
    /// Its receipt.
    pub receipt: Receipt,
    /// Its events.
    pub events: TransactionEvents,
}
codec_struct!(Finalized {
    height,
    time_ms,
    receipt,
    events
});

/// What became of one submitted transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// Final: with `?wait=true`, or because it was final before.
    Final(Finalized),
    /// In the mempool: with `?wait=false`.
    Pending(Unit),
    /// Refused at admission; it will never be in a block in this form, but for `MempoolFull`, `MempoolShareFull` and `Stopping`.
    Refused(Refusal),
    /// Not final within the node's waiting time; ask again with the same transaction.
    TimedOut(Unit),
}
codec_enum!(Submitted { 1 => Final, 2 => Pending, 3 => Refused, 4 => TimedOut });

/// Answer to `POST /v1/transactions`, in the order of the submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmitAnswer {
    /// One a transaction.
    pub results: List<Submitted, SUBMIT_TRANSACTIONS_MAX>,
}
codec_struct!(SubmitAnswer { results });

/// One block's receipts and events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockEvents {
    /// Height.
    pub height: Height,
    /// Time.
    pub time_ms: TimestampMs,
    /// Receipts, in the order of the transactions.
    pub receipts: List<Receipt, { limits::BLOCK_TRANSACTIONS_MAX }>,
    /// Events, beside the receipts; after them, at the end of an epoch, those of applied changes under the all-zero transaction id.
    pub events: List<TransactionEvents, { limits::BLOCK_TRANSACTIONS_MAX + 1 }>,
}
codec_struct!(BlockEvents {
    height,
    time_ms,
    receipts,
    events
});

impl BlockEvents {
    /// Whether the events stand beside the receipts, and after them at most those of an epoch's end.
    pub fn is_matched(&self) -> bool {
        let mut events = self.events.iter().map(|events| events.transaction);
        let mut receipts = self.receipts.iter().map(|receipt| receipt.transaction);
        receipts.all(|receipt| events.next() == Some(receipt))
            && events
                .next()
                .is_none_or(|last| last == TransactionId::BOUNDARY)
            && events.next().is_none()
    }
}

/// Answer to `GET /v1/events?from=H&limit=N&wait_ms=W`: the blocks with events from `from` up to before `next`.
///
/// Blocks without transactions are left out, so heights ascend but may skip; the reader goes on at `next`. After the
/// wait without such a block the page is empty and `next` is one above the tip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPage {
    /// Finalised tip when the page was made.
    pub tip: Height,
    /// Time of the tip.
    pub time_ms: TimestampMs,
    /// Height to ask from next.
    pub next: Height,
    /// The blocks, ascending.
    pub blocks: List<BlockEvents, EVENT_BLOCKS_MAX>,
}
codec_struct!(EventPage {
    tip,
    time_ms,
    next,
    blocks
});

/// Body of `POST /v1/state`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateQuery {
    /// Which keys.
    pub keys: List<StateKey, { limits::STATE_KEYS_MAX }>,
}
codec_struct!(StateQuery { keys });

/// One value of the state.
pub type StateValue = List<u8, { limits::STATE_VALUE_BYTES_MAX }>;

/// Answer to `POST /v1/state`: the values at one finalised height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateAnswer {
    /// The height.
    pub height: Height,
    /// Time of that block.
    pub time_ms: TimestampMs,
    /// The values, in the order asked.
    pub values: List<Option<StateValue>, { limits::STATE_KEYS_MAX }>,
}
codec_struct!(StateAnswer {
    height,
    time_ms,
    values
});

/// Body of `POST /v1/release`: a vault or custodian asks its own node whether a reader may have records now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseQuestion {
    /// Member whose key signed the reader's request, as the vault or custodian checked.
    pub requester: MemberId,
    /// What it wants.
    pub request: ReleaseRequest,
}
codec_struct!(ReleaseQuestion { requester, request });

/// Answer to `POST /v1/release`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReleaseAnswer {
    /// Yes, these.
    Released(Release),
    /// No.
    Refused(Refusal),
}
codec_enum!(ReleaseAnswer { 1 => Released, 2 => Refused });

/// `GET /v1/status`, JSON.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Status {
    /// Version of the program.
    pub version: String,
    /// Network id, hexadecimal.
    pub network: String,
    /// Number of the member.
    pub member: u16,
    /// Finalised height.
    pub height: u64,
    /// Time of that block.
    pub time_ms: u64,
    /// Epoch of that block.
    pub epoch: u64,
    /// View of that block.
    pub view: u64,
    /// Canonical state root, hexadecimal.
    pub state_root: String,
    /// Digest of that block's header, hexadecimal.
    pub header: String,
    /// Transactions in the mempool.
    pub mempool: u64,
    /// Validators in the roster.
    pub validators: u64,
    /// Version of the rules in force; 0 from a program that does not say.
    #[serde(default)]
    pub protocol: u16,
    /// The newest version of the rules that the program knows; 0 from one that does not say.
    #[serde(default)]
    pub protocol_known: u16,
    /// Whether the node is stopping.
    pub stopping: bool,
}

/// `GET /v1/validators`, JSON: what one node has seen of all validators.
///
/// A certificate holds the votes of a quorum, those that came first: who is not among the signers may still be there. Who is not
/// *heard* is not there, or the node that answers is cut off from it.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Validators {
    /// Number of the member whose node answers.
    pub member: u16,
    /// Its clock.
    pub now_ms: u64,
    /// Since when it watches: what was before is not known.
    pub since_ms: u64,
    /// Its finalised height.
    pub height: u64,
    /// Time of that block.
    pub time_ms: u64,
    /// How many validators must vote for a block to be final.
    pub quorum: u64,
    /// One each, by number of the member.
    pub validators: Vec<ValidatorSeen>,
}

/// What a node has seen of one validator.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct ValidatorSeen {
    /// Number of its member.
    pub member: u16,
    /// Whether it says that it is there: within the last seconds. The node itself always is.
    pub heard: bool,
    /// When it last said so.
    pub heard_ms: Option<u64>,
    /// Its finalised height, as it said then.
    pub height: Option<u64>,
    /// The last height seen whose finalisation it signed.
    pub signed_height: Option<u64>,
    /// Time of that block.
    pub signed_ms: Option<u64>,
}

/// The network id as the statuses print it.
pub fn network_hex(network: &Digest) -> String {
    hex::encode(network.0)
}
