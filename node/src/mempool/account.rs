//! What one member holds of the pool.
use crate::mempool::Limits;
use amanat_types::TransactionId;
use std::collections::BTreeMap;

/// A full pool, in parts of which holdings are weighed.
const WHOLE: usize = 1_000_000_000;

/// What one member holds of the pool.
#[derive(Default)]
pub struct Account {
    /// Emergencies that wait for a block, by order of arrival.
    pub emergency: BTreeMap<u64, TransactionId>,
    /// What else waits for a block, by order of arrival.
    pub ordinary: BTreeMap<u64, TransactionId>,
    /// Transactions held, those that stand in a block that is not final too.
    pub transactions: usize,
    /// Their bytes.
    pub bytes: usize,
}

impl Account {
    /// The largest part of a pool of `limits` that is held, once one more of `bytes` is.
    pub fn weight_with(&self, limits: &Limits, transactions: usize, bytes: usize) -> usize {
        let of = |much: usize, all: usize| much.saturating_mul(WHOLE).checked_div(all);
        let transactions = of(self.transactions + transactions, limits.transactions);
        let bytes = of(self.bytes.saturating_add(bytes), limits.bytes);
        transactions.max(bytes).unwrap_or(WHOLE)
    }

    /// The largest part of a pool of `limits` that is held.
    pub fn weight(&self, limits: &Limits) -> usize {
        self.weight_with(limits, 0, 0)
    }

    /// What gives way first: the latest ordinary transaction that waits, else the latest emergency.
    pub fn latest(&self) -> Option<TransactionId> {
        let ordinary = self.ordinary.values().next_back();
        ordinary.or(self.emergency.values().next_back()).copied()
    }

    /// Those that wait, as kept in one of the two queues.
    pub const fn queue(&mut self, emergency: bool) -> &mut BTreeMap<u64, TransactionId> {
        match emergency {
            true => &mut self.emergency,
            false => &mut self.ordinary,
        }
    }
}
