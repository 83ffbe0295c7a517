//! Membership: who the members are, and which practitioners act for them.
//!
//! Members and their keys change by a vote of two thirds of the active members, and only at the end of an epoch. A practitioner belongs to one member, acts with one P-256
//! key until a stated end, and may be ended at once by its member.
//!
//! - M1: a key belongs to at most one actor, for ever.
//! - M2: a practitioner's key proved possession by signing its own registration.
//! - M3: an end only ever moves earlier.
//! - M4: a change passes with two thirds of the members that are active at the vote, each counted once, or not at all.
//! - M5: at least four validators remain; at most `MEMBERS_MAX` members are active.
//! - M6: a member's number, and every key that it ever had, are never another's.
//! - M7: a new key of a member proved possession by signing the proposal.
//! - M8: a member is in the roster if and only if it is active.
//!
//! Reads nothing of other contracts.
mod ballot;
mod boundary;
mod change;
mod end_practitioner;
mod propose;
mod register_practitioner;
mod state;
#[cfg(test)]
mod tests;
mod vote;

pub use boundary::end_of_epoch;
pub use end_practitioner::end_practitioner;
pub use propose::propose;
pub use register_practitioner::register_practitioner;
pub use state::State;
pub use vote::vote;
