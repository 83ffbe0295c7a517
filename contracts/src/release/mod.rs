//! The judgement of a release: whether a vault or a custodian may let go of records now. Pure; its node brings the state.
//!
//! Deny by default, in the releaser's own finalised state and by two clocks: the block's, so that a wrong clock opens nothing that the
//! ledger has ended, and the releaser's, so that a stalled chain or an eclipsed node opens nothing that time has ended.
//!
//! Two rounds of reading: [`first_keys`] (ticket, roster and records), then [`basis_keys`] of the ticket. All at one finalised tip.
//! Who loads them by key judges by [`crate::Loaded`]; who has them in memory by [`Values`], which hashes each name once and copies nothing.

mod judge;
mod keys;
#[cfg(test)]
mod tests;
mod values;

pub use judge::{Tip, judge};
pub use keys::{basis_keys, first_keys, ticket};
pub use values::{Common, Known, Needs, Round, Values};
