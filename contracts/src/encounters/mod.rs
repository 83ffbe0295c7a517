//! Encounters: visits that a card opened, and write-only registrations of patients who came without one.
//!
//! An open encounter of a member is its basis to write and, after a check-in, to read. Closing it writes one key and ends
//! every ticket that stands on it.
//!
//! - E1: a visit was signed by the member and by the patient's unblocked card.
//! - E2: a registration opens nothing for reading.
//! - E3: a closed or expired encounter never opens again.
//! - E4: every index of an encounter was opened as its patient's.
//! - E5: a strict care team is loosened only with the patient's card; nothing is read under its visit, and nothing ordered out of it, but
//!   by a seat.
//! - E6: an order lets nobody do what its encounter did not let its own member do.
//!
//! Two calls have a part in another contract, run by `dispatch` in the same call, all or none: `CheckIn` also issues the ticket
//! (`access::issue_for_visit`), `RegisterWithoutCard` first makes the pseudonym (`cards::register_without_card`).
//! Reads: actors, roster, practitioners, patients, index owners.
mod assign_care;
mod check_in;
mod close_visit;
mod discharge;
mod end_order;
mod place_order;
mod register_without_card;
mod state;
#[cfg(test)]
mod tests;

pub use assign_care::assign_care;
pub use check_in::check_in;
pub use close_visit::close_visit;
pub use discharge::discharge;
pub use end_order::end_order;
pub use place_order::place_order;
pub use register_without_card::register_without_card;
pub use state::State;
