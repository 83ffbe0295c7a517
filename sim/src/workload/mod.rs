//! What the clients ask for: signed before the run, each step with the answer that the rules demand.
//!
//! One client a member, its steps one after the other. Lawful and refused ones are mixed: batches of deposits,
//! declarations, anchors; and replays, second uses of a sequence number or a record id, deposits without a basis or
//! without holders, forgeries, other networks, transactions past their height. A patient of each member consents and revokes, while
//! tickets and releases are asked for.
pub mod craft;
mod script;

pub use script::{Expected, Reading, Step, steps};
