//! Words of the exchange: ids, units, calls, events, refusals, blocks, proofs, wire shapes, limits, codec.
//!
//! Everything that crosses a process border or is hashed is defined here once. Every encoding is the
//! commonware codec: big-endian fixed integers, varint lengths, one tag byte for an enum. A decoder
//! is bounded by [`limits`], rejects trailing bytes and unknown tags, and never panics.
#[macro_use]
pub mod codec;

pub mod block;
pub mod call;
pub mod change;
pub mod code;
pub mod event;
pub mod explain;
pub mod genesis;
pub mod id;
pub mod journal;
pub mod jurisdiction;
pub mod key;
pub mod limits;
pub mod merkle;
pub mod proof;
pub mod receipt;
pub mod refusal;
pub mod release;
pub mod state;
pub mod stored;
pub mod transaction;
pub mod unit;
pub mod wire;

pub use block::{Block, Header};
pub use call::Call;
pub use change::Change;
pub use code::{MemberKind, Purpose, Role};
pub use event::Event;
pub use genesis::Genesis;
pub use id::{
    BlindIndex, DisclosureId, EncounterId, EnrolmentId, GrantId, HoldId, LocalId, MandateId,
    MemberId, OrderId, PatientId, PermitId, PractitionerId, ProposalId, RecordId, RestrictionId,
    StaffId, StudyId, TicketId, TransactionId, WardId,
};
pub use jurisdiction::Jurisdiction;
pub use key::{PublicKey, Signature};
pub use receipt::Receipt;
pub use refusal::Refusal;
pub use state::StateKey;
pub use transaction::Transaction;
pub use unit::{Height, TimestampMs};

/// SHA-256 digest, the one hash of the ledger.
pub type Digest = commonware_cryptography::sha256::Digest;

/// Hashes `parts` under a domain: `SHA-256(len(domain) || domain || parts...)`.
///
/// The domain keeps a digest made for one purpose from standing for another.
pub fn digest(domain: &'static str, parts: &[&[u8]]) -> Digest {
    use commonware_cryptography::{Hasher as _, Sha256};
    let length = [u8::try_from(domain.len()).unwrap_or(u8::MAX)];
    // Most keys of the state are of one part, and a node hashes four for each release: this is the crate's quickest path for what fits two blocks.
    if let [part] = parts {
        return Sha256::hash(&[&length, domain.as_bytes(), part]);
    }
    let mut hasher = Sha256::default();
    hasher.update(&length).update(domain.as_bytes());
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().1
}
