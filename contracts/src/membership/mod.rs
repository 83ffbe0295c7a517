//! Membership: who the members are, and which practitioners act for them.
//!
//! Members stand from genesis on; in protocol version 1 no call changes them. A practitioner belongs to one member, acts with one P-256
//! key until a stated end, and may be ended at once by its member.
//!
//! - M1: a key belongs to at most one actor, for ever.
//! - M2: a practitioner's key proved possession by signing its own registration.
//! - M3: an end only ever moves earlier.
//!
//! Reads nothing of other contracts.
mod end_practitioner;
mod register_practitioner;
mod state;
#[cfg(test)]
mod tests;

pub use end_practitioner::end_practitioner;
pub use register_practitioner::register_practitioner;
pub use state::State;
