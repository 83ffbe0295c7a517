//! Contracts: the state transition of the ledger, pure and deterministic: block + loaded state -> writes, receipts, events.
//!
//! The road of a transaction: [`keys`] names what it may touch from its bytes alone; the caller loads them; [`more_keys`]
//! names what only the loaded values can say (the practitioner, patient and emergencies behind a co-signer's key); the caller loads
//! those too; then [`execute`] runs the block without waiting. [`admit`] judges one transaction before a block,
//! [`screen`] many in their order; [`release::judge`] judges whether a vault or custodian may let go of records,
//! [`explain::explain`] says what would become of a request, and why.
//!
//! The last block of an epoch also applies what members voted for: [`boundary_keys`] and [`more_boundary_keys`] name what that touches.
//!
//! Cost. A value shared by many calls (roster, member, encounter, grant) is looked up, hashed and decoded once a block;
//! a deposit costs two hashes (its id and its key), two B-tree inserts and one encoding. A transaction that touches N keys costs
//! O(N log block), refused or not: its writes lie in an overlay of their own. `benches/execute.rs` measures it.
//!
//! Purity: no IO, threads, clocks, randomness, floats, hash maps, `as`, indexing or panics; a stored value that is missing
//! or does not decode is a [`Fault`], never a refusal.
#![cfg_attr(
    not(test),
    deny(
        clippy::as_conversions,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::float_arithmetic,
        clippy::arithmetic_side_effects,
        clippy::panic,
        clippy::unreachable
    )
)]

mod access;
mod admission;
mod boundary;
mod cards;
mod consent;
mod cost;
pub mod decision;
mod dispatch;
mod encounters;
mod env;
mod execution;
pub mod explain;
mod fault;
mod genesis;
mod keys;
mod membership;
mod records;
pub mod release;
mod signers;
mod table;
mod view;

pub use admission::{Quotas, admit, is_emergency, screen};
pub use boundary::{NextEpoch, boundary_keys, more_boundary_keys, network_limits};
pub use cost::{COSTS, events_most, units};
pub use env::{Env, PROTOCOLS};
pub use execution::{Execution, execute};
pub use fault::{Failure, Fault, Inadmissible, Stop};
pub use genesis::genesis;
pub use keys::{Loaded, keys, more_keys};

#[cfg(test)]
extern crate self as amanat_contracts;
#[cfg(test)]
mod book;
#[cfg(test)]
mod coverage;
