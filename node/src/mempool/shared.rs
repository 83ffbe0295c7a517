//! The pool as the application, the pacer and the two actors share it.
use crate::mempool::pool::{Pool, Waiter};
use amanat_types::block::Parcel;
use amanat_types::wire::{BlockEvents, Finalized, Submitted};
use amanat_types::{Height, Refusal, TransactionId, limits};
use commonware_cryptography::ed25519;
use commonware_utils::channel::watch;
use commonware_utils::sync::Mutex;
use std::sync::Arc;
use std::time::SystemTime;

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Transactions.
    pub transactions: usize,
    /// Bytes of transactions.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            transactions: 20_000,
            bytes: 24 * 1024 * 1024,
        }
    }
}

/// After how long a caller should try again when the pool is full.
pub const RETRY_MS: u64 = 1_000;

/// Where a transaction came in.
#[derive(Clone, Debug)]
pub enum Origin {
    /// At this node's API.
    Here,
    /// From this peer.
    Peer(ed25519::PublicKey),
}

/// The pool, shared between the application, the pacer and the two actors.
#[derive(Clone)]
pub struct Mempool {
    pool: Arc<Mutex<Pool>>,
    work: Arc<watch::Sender<bool>>,
}

impl Mempool {
    /// An empty pool.
    pub fn new(limits: Limits) -> Self {
        Self {
            pool: Arc::new(Mutex::new(Pool::new(limits))),
            work: Arc::new(watch::channel(false).0),
        }
    }

    /// Transactions held.
    pub fn size(&self) -> usize {
        self.pool.lock().len()
    }

    /// Transactions that wait for a block.
    pub fn fresh(&self) -> usize {
        self.pool.lock().fresh()
    }

    /// Resolves once something waits for a block.
    pub async fn work(&self) {
        let mut receiver = self.work.subscribe();
        // The sender lives in `self`, so waiting cannot fail while it is awaited.
        let _ = receiver.wait_for(|work| *work).await;
    }

    /// The oldest that wait, as many as a block holds.
    pub fn take(&self) -> Vec<Arc<Parcel>> {
        let pool = self.pool.lock();
        pool.take(limits::BLOCK_TRANSACTIONS_MAX, limits::BLOCK_BYTES_MAX)
    }

    /// Notes that a block at `height`, not final yet, holds `ids`.
    pub fn placed(&self, height: Height, ids: &[TransactionId]) {
        let mut pool = self.pool.lock();
        pool.place(height, ids);
        self.signal(&pool);
    }

    /// What a block on `parent` could not hold: refused for good, or set aside while `parent` is not final (see [`Pool::doubt`]).
    pub fn doubt(&self, id: &TransactionId, refusal: Refusal, parent: Height, tip: Height) {
        let refused = {
            let mut pool = self.pool.lock();
            let refused = pool.doubt(id, parent, tip);
            self.signal(&pool);
            refused
        };
        if refused {
            self.refuse(id, refusal);
        }
    }

    /// Lets go of a transaction that may not stand in a block, and tells who waits.
    pub fn refuse(&self, id: &TransactionId, refusal: Refusal) {
        let waiters = self.pool.lock().remove(id);
        answer(waiters, &Submitted::Refused(refusal));
    }

    /// A block is final: answers who waits for its transactions, and lets the others wait again.
    pub fn settle(&self, outcome: &BlockEvents) {
        let mut settled = Vec::with_capacity(outcome.receipts.len());
        let expired = {
            let mut pool = self.pool.lock();
            for receipt in &outcome.receipts {
                settled.push(pool.remove(&receipt.transaction));
            }
            pool.decide(outcome.height);
            let expired = pool.expire(outcome.height);
            self.signal(&pool);
            expired
        };
        let outcomes = outcome.receipts.iter().zip(outcome.events.iter());
        for ((receipt, events), waiters) in outcomes.zip(settled) {
            if !waiters.is_empty() {
                let last = Finalized {
                    height: outcome.height,
                    time_ms: outcome.time_ms,
                    receipt: receipt.clone(),
                    events: events.clone(),
                };
                answer(waiters, &Submitted::Final(last));
            }
        }
        answer(expired, &Submitted::Refused(Refusal::TransactionExpired));
    }

    pub(super) fn insert(
        &self,
        parcel: Arc<Parcel>,
        origin: Origin,
        now: SystemTime,
    ) -> Result<bool, Refusal> {
        let mut pool = self.pool.lock();
        let inserted = pool.insert(parcel, origin, now)?;
        self.signal(&pool);
        Ok(inserted)
    }

    /// What was taken in here and forwarded before `before`, and still waits.
    pub(super) fn stale(&self, before: SystemTime, now: SystemTime) -> Vec<Arc<Parcel>> {
        self.pool.lock().stale(before, now)
    }

    pub(super) fn wait(&self, id: &TransactionId, waiter: Waiter) -> Option<Waiter> {
        self.pool.lock().wait(id, waiter)
    }

    fn signal(&self, pool: &Pool) {
        let work = pool.fresh() > 0;
        self.work.send_if_modified(|was| {
            let changed = *was != work;
            *was = work;
            changed
        });
    }
}

/// Answers everyone who waits. Whoever stopped waiting is not there to hear it.
fn answer(waiters: Vec<Waiter>, with: &Submitted) {
    for waiter in waiters {
        let _ = waiter.send(with.clone());
    }
}
