//! Transactions on their way into a block.
//!
//! * `ingress` takes submissions from the API: verifies signatures in small batches, asks the contracts whether the
//!   transaction may stand in a block, answers refusals at once, and forwards what it took to the next leaders.
//! * `actor` takes forwarded transactions from peers and forwards again what is still waiting after a second.
//! * `pool` holds them, bounded in number and bytes, until they are finalised, refused or expired.
//!
//! Forwarded transactions are verified with the rest of their block, in one batch, by the leader that picks them up.
//! A full pool refuses ([`Refusal::MempoolFull`]) and says after how long to try again.
pub mod actor;
pub mod ingress;
mod pool;
mod shared;
pub mod wire;

pub use shared::{Limits, Mempool, Origin, RETRY_MS};
