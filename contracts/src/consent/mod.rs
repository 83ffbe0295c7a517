//! Consent: grants and permits that a patient's card signed, or witnesses of paper; studies and their subjects; restrictions, which deny.
//!
//! A grant names a grantee, purposes, blind indexes and an end. It is a basis to read, to write, or both. Revoking it
//! writes one key and ends every ticket that stands on it.
//!
//! - G1: a grant was co-signed by the patient's unblocked card.
//! - G2: every index of a grant was opened as the patient's.
//! - G3: a revoked or expired grant or permit never opens again.
//! - G4: a permit on paper was witnessed by two roles, while the patient had no card; a standing one opened nothing in its first day.
//! - G5: a restriction never opens anything; what it denies is denied from its height on, under open tickets too.
//! - G6: a study reads only what who spoke for its subject enrolled, once an authority has approved it, and never again what was withdrawn.
//!
//! Reads: actors, members, practitioners, patients, index owners.
mod approve_study;
mod end_study;
mod enrol;
mod grant;
mod lift_restriction;
mod permit;
mod register_study;
mod restrict;
mod revoke;
mod revoke_permit;
mod state;
#[cfg(test)]
mod tests;
mod withdraw;

pub use approve_study::approve_study;
pub use end_study::end_study;
pub use enrol::enrol;
pub use grant::grant;
pub use lift_restriction::lift_restriction;
pub use permit::permit;
pub use register_study::register_study;
pub use restrict::restrict;
pub use revoke::revoke;
pub use revoke_permit::revoke_permit;
pub use state::State;
pub use withdraw::withdraw;
