//! The validator: mempool, consensus wiring, state store, sync, and the API to submit, follow and prove.
//!
//! A node is assembled by [`Node::start`] on any commonware runtime and network: the tokio one with TCP (`run`), or
//! the deterministic one with a simulated network, on which the simulator runs this same code. What it
//! offers is in [`NodeHandle`]; `api` puts the same over HTTP on a thread of its own.
//!
//! The road of a transaction: `api` -> `mempool::ingress` (verified, admitted, forwarded) -> a leader's
//! `application` (built into a block, paced by `pace`) -> every validator's `application` (executed again, every root
//! compared) -> finalised -> `archive` (receipts and events) -> whoever waits.

mod allowance;
pub mod api;
pub mod application;
pub mod archive;
mod assembly;
mod block_archive;
mod boundaries;
pub mod brief;
mod config;
mod desk;
pub mod disk;
mod epoch;
pub mod execution;
mod fault;
mod follow;
mod handle;
mod history;
pub mod hostile;
mod joining;
mod keeping;
mod lawful;
pub mod mempool;
pub mod network;
mod node;
mod pace;
pub mod packed;
mod past;
pub mod release;
pub mod replay;
mod rosters;
mod rounds;
pub mod run;
pub mod scrub;
pub mod store;
pub mod tip_cache;
mod turns;
pub mod verify;
pub mod work;

pub use config::{Cache, Config, PastVotes};
pub use fault::Fault;
pub use handle::{NodeHandle, Peer, Unavailable};
pub use history::wire as history_wire;
pub use network::Network;
pub use node::Node;
pub use pace::Pace;
pub use store::Runtime;
