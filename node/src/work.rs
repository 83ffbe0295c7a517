//! What a node computes, told to whoever keeps account of it.
//!
//! In the simulator computing takes no time of itself: there the account makes the node's processor busy for what each piece of work
//! costs. A node in life has no account and tells nobody.
use amanat_types::Transaction;
use std::sync::Arc;

/// A piece of work, told as it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// So many Ed25519 signatures were checked together. Those that were known already are not among them.
    Signatures(usize),
    /// A submission was looked up and taken in, beside its signatures: so many transactions.
    TakenIn(usize),
    /// Transactions of peers were judged, beside their signatures.
    Relayed(usize),
    /// A block that came in brief was put together: so many bytes, which are decoded next.
    Joined(usize),
    /// A block was executed, to propose it or to check it, and its roots computed.
    Executed(Load),
    /// A block became final: stored, announced, taken from the pool.
    Finalised(Load),
}

/// What a block holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Transactions.
    pub transactions: usize,
    /// Calls in them.
    pub calls: usize,
}

impl Load {
    /// The load of these transactions.
    pub fn of(transactions: &[Transaction]) -> Self {
        let calls = transactions.iter().map(|one| one.body.calls.len());
        Self {
            transactions: transactions.len(),
            calls: calls.sum(),
        }
    }
}

/// Whom work is told; clones tell the same. Nobody unless one is made.
#[derive(Clone, Default)]
pub struct Account(Option<Arc<dyn Fn(Work) + Send + Sync>>);

impl Account {
    /// Tells `keeper`.
    pub fn new(keeper: impl Fn(Work) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(keeper)))
    }

    /// Tells of a piece of work.
    pub fn tell(&self, work: Work) {
        if let Some(keeper) = &self.0 {
            keeper(work);
        }
    }

    /// Tells of a piece of work that takes a look to measure.
    pub fn tell_with(&self, work: impl FnOnce() -> Work) {
        if let Some(keeper) = &self.0 {
            keeper(work());
        }
    }
}
