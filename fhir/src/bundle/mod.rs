//! Bundles: taking a transaction apart, putting references right, and building what is answered.

mod answer;
mod narrative;
mod rewrite;
mod transaction;

pub use answer::{Created, Found, Page, searchset, transaction_response};
pub use rewrite::{Origin, Origins, restore};
pub use transaction::{Entry, Transaction, single, transaction};
