//! Records: sealed clinical items, anchored by the digest of their ciphertext once f+1 members hold it.
//!
//! - R1: an id of a record is used once, for ever.
//! - R2: a record has a basis to write: an open encounter of its member, a grant that says write, or the member's own directory.
//! - R3: f+1 distinct active members signed `Stored` over its blob, so f of them may vanish.
//! - R4: only its member amends or retracts a record; an amendment keeps the index and supersedes once.
//! - R5: a retracted record stays on the ledger and is not released any more.
//! - R6: a record has one custodian. It changes only to the successor that this custodian named and that agreed, and only once f+1 other
//!   active members signed `Stored` over its blob for the new one.
//!
//! - R7: what is written about a record (a request for amendment, a letter, a statement of disagreement) is a record of the same index.
//! - R8: a record is erased for who speaks for its patient, by its custodian, once it was kept for as long as members voted and while no legal
//!   hold lies on it. No call takes back what an erasure wrote: the record is never released any more, and its id is never used again.
//!
//! Reads: actors, roster, retention, practitioners, patients, indexes, encounters, grants.
mod amend;
mod answer_amendment;
mod ask_amendment;
mod confirm_erased;
mod deposit;
mod disagree;
mod end_hold;
mod erase;
mod hold;
pub mod holding;
mod keep;
mod name_successor;
mod notes;
mod retract;
mod state;
#[cfg(test)]
mod tests;

pub use amend::amend;
pub use answer_amendment::answer_amendment;
pub use ask_amendment::ask_amendment;
pub use confirm_erased::confirm_erased;
pub use deposit::deposit;
pub use disagree::disagree;
pub use end_hold::end_hold;
pub use erase::erase;
pub use hold::hold;
pub use keep::keep;
pub use name_successor::name_successor;
use notes::{amendment, note, with_amendment};
pub use retract::retract;
pub use state::State;
