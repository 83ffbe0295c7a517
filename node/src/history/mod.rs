//! What lies behind the tip, from node to node: where the ledger stands, the boundary headers, and what old blocks did.
//!
//! A node that joins asks where the ledger stands (`joining`), takes the state by state sync, and then fetches what the
//! blocks below did, downwards from its first block: every header is named by the one above it, every receipt and event
//! stands under a root of its header. So any peer may serve it, and a liar is cut off. By the same questions a node fetches certificates
//! where it has none over a long run of blocks.
mod actor;
mod certificates;
mod fetch;
mod judge;
mod line;
pub mod wire;

pub use actor::{Actor, History, Serving, Shelf};
pub use certificates::CertificateFetcher;
pub use fetch::Fetcher;
pub use line::Line;
pub use wire::{Ask, MESSAGE_SIZE_MAX, Standing, Tell};
