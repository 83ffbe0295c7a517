//! Consent: grants that a patient's card signed.
//!
//! A grant names a grantee, purposes, blind indexes and an end. It is a basis to read, to write, or both. Revoking it
//! writes one key and ends every ticket that stands on it.
//!
//! - G1: a grant was co-signed by the patient's unblocked card.
//! - G2: every index of a grant was opened as the patient's.
//! - G3: a revoked or expired grant never opens again.
//!
//! Reads: actors, members, practitioners, patients, index owners.
mod grant;
mod revoke;
mod state;
#[cfg(test)]
mod tests;

pub use grant::grant;
pub use revoke::revoke;
pub use state::State;
