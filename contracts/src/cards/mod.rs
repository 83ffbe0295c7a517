//! Cards: pseudonyms of patients, their cards, and who owns which blind index.
//!
//! The card's key is P-256 and signs for the patient; its co-signature shows that the card was present. The owner of a
//! blind index stands on the ledger as a salted commitment; a call that needs to know opens it.
//!
//! - C1: a pseudonym is registered once; a card's key belongs to nobody else.
//! - C2: a blocked card never signs for its patient again.
//! - C3: a blind index has one owner for ever; that of a member's directory is the member's, whatever was declared before.
//! - C4: the emergency indexes of a patient were all opened as the patient's.
//!
//! Reads: actors, practitioners (a registrar may block a card).
mod block_card;
mod declare_indexes;
mod issue_card;
mod opening;
mod register_patient;
mod register_without_card;
mod state;
#[cfg(test)]
mod tests;

pub use block_card::block_card;
pub use declare_indexes::{declare_indexes, open_directory};
pub use issue_card::issue_card;
pub use opening::owned;
pub use register_patient::register_patient;
pub use register_without_card::register_without_card;
pub use state::State;
