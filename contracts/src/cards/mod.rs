//! Cards: pseudonyms of patients, their cards, who speaks for them, and who owns which blind index.
//!
//! The card's key is P-256 and signs for the patient; its co-signature shows that the card was present. The owner of a
//! blind index stands on the ledger as a salted commitment; a call that needs to know opens it. What protocol version 3 knows of a
//! person (guardians, incapacity, death, the state of the card) stands beside the patient; `speaker` says whose word counts.
//!
//! - C1: a pseudonym is registered once; a card's key belongs to nobody else.
//! - C2: a blocked card never signs for its patient again.
//! - C3: a blind index has one owner for ever; that of a member's directory is the member's, whatever was declared before.
//! - C4: the emergency indexes of a patient were all opened as the patient's.
//! - C5: a card that is suspended, expired or waits for its reissue, or whose owner is a minor, incapable or dead as recorded, decides
//!   nothing and opens nothing.
//! - C6: a guardian speaks only by a link in force that gives the right, and by an own card that speaks.
//! - C7: time opens no link again, and ending one lets nobody speak who did not.
//! - C8: a card is replaced only by the key that was asked for, seven days after, and not after a veto.
//! - C9: no visit is opened under a pseudonym that is linked to another of the same person.
//!
//! Reads: actors, members, practitioners (a registrar may block a card).
mod activate_card;
mod ask_reissue;
mod block_card;
mod calendar;
mod declare_indexes;
mod end_incapacity;
mod issue_card;
mod link_guardian;
mod opening;
mod record_death;
mod record_incapacity;
mod register_patient;
mod register_without_card;
mod renew_card;
mod resume_card;
mod set_second_key;
mod speaker;
mod standing;
mod state;
mod suspend_card;
#[cfg(test)]
mod tests;
mod unlink_guardian;
mod veto_reissue;

pub use activate_card::activate_card;
pub use ask_reissue::ask_reissue;
pub use block_card::block_card;
pub use declare_indexes::{declare_indexes, open_directory};
pub use end_incapacity::end_incapacity;
pub use issue_card::issue_card;
pub use link_guardian::link_guardian;
pub use opening::{owned, owned_by};
pub use record_death::{record_death, retract_death};
pub use record_incapacity::record_incapacity;
pub use register_patient::register_patient;
pub use register_without_card::register_without_card;
pub use renew_card::renew_card;
pub use resume_card::resume_card;
pub use set_second_key::set_second_key;
pub use standing::{
    Right, Speaker, guardian_ticket_stands, is_replaced, own_speaks, own_ticket_stands,
    paper_speaks,
};
pub use state::State;
pub use suspend_card::suspend_card;
pub use unlink_guardian::unlink_guardian;
pub use veto_reissue::veto_reissue;
