//! Transactions on their way into a block.
//!
//! * `ingress` takes submissions from the API: verifies signatures in small batches, asks the contracts whether the
//!   transaction may stand in a block, answers refusals at once, and forwards what it took to the next leaders.
//! * `actor` takes forwarded transactions from peers into the `intake` and forwards again what is still waiting after a second.
//! * `relay` judges what is in the intake, one of each peer in turn.
//! * `pool` holds them, bounded in number and bytes, until they are finalised, refused or expired.
//! * `pick` chooses what a block is offered.
//!
//! # Policy
//!
//! 1. Nothing enters the pool before its signatures were verified and the contracts admitted it by the state at the tip, wherever it
//!    came in: a sponsor is who it says. Each transaction is verified once a node. A peer that forwards a forgery is cut off.
//! 2. When the pool is full, the member that holds most of it gives way to those that hold less; the latest goes first, ordinary
//!    transactions before emergencies. Who sends most is told [`Refusal::MempoolShareFull`](amanat_types::Refusal::MempoolShareFull) and
//!    when to try again.
//! 3. A block is offered each member's part of the emergency lane first, then the rest fairly between members: whoever was given
//!    least of the block's bytes, units and transactions comes next.
//! 4. What was taken in here is forwarded to who leads the next view and the f terms after it at once, and to everyone while it waits; where blocks
//!    travel in brief ([`crate::brief`]), to every validator at once.
mod account;
pub mod actor;
pub mod ingress;
pub mod intake;
pub mod judge;
mod pick;
mod pool;
pub mod relay;
mod shared;
#[cfg(test)]
pub mod tests;
pub mod wire;

pub use shared::{Dropped, Limits, Mempool, Origin, RETRY_MS, Report};
