//! The pool as the application, the pacer and the two actors share it.
use crate::mempool::pool::{Pool, Waiter};
use amanat_contracts::Quotas;
use amanat_types::block::Parcel;
use amanat_types::wire::{BlockEvents, Finalized, Submitted};
use amanat_types::{Height, Refusal, TransactionId, limits};
use commonware_utils::channel::watch;
use commonware_utils::sync::Mutex;
use std::collections::BTreeMap;
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
#[derive(Clone, Copy, Debug)]
pub enum Origin {
    /// At this node's API.
    Here,
    /// From a peer.
    Peer,
}

/// Why the pool did not take or keep a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dropped {
    /// The pool was full.
    Full,
    /// The pool was full and nobody held more than the sponsor.
    Share,
    /// It gave way to a member that held less, or to an emergency.
    Evicted,
    /// A peer forwarded more than is judged at a time.
    Intake,
    /// A peer forwarded it with a signature that does not hold.
    Signature,
    /// A peer forwarded it and admission refused it.
    Admission,
}

impl Dropped {
    /// The label of a metric.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Share => "share",
            Self::Evicted => "evicted",
            Self::Intake => "intake",
            Self::Signature => "signature",
            Self::Admission => "admission",
        }
    }
}

/// What the pool holds and what it turned away, for metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Transactions held.
    pub transactions: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Transactions that wait for a block.
    pub waiting: usize,
    /// Emergencies among them.
    pub emergencies: usize,
    /// Transactions that were not taken or not kept, by why, since the node started.
    pub dropped: BTreeMap<Dropped, u64>,
    /// Units of the last finalised block, once there was one.
    pub block_units: Option<u64>,
}

/// What a network starts with, until a block tells. No member's part of the lane is ever less: [`limits::EMERGENCY_UNITS_MIN`] for each
/// of [`limits::MEMBERS_MAX`].
const QUOTAS: Quotas = Quotas {
    member_units: limits::MEMBER_UNITS_START,
    ordinary_units: limits::BLOCK_UNITS_MAX - limits::EMERGENCY_UNITS_START,
    lane_units: 32,
};

/// Numbers that are told and decide nothing, and the quotas of the latest block that was built.
struct Notes {
    dropped: BTreeMap<Dropped, u64>,
    block_units: Option<u64>,
    quotas: Quotas,
}

/// The pool, shared between the application, the pacer and the two actors.
#[derive(Clone)]
pub struct Mempool {
    pool: Arc<Mutex<Pool>>,
    notes: Arc<Mutex<Notes>>,
    /// Answers that wait until the tip has reached their height.
    later: Arc<Mutex<Vec<(Finalized, Waiter)>>>,
    work: Arc<watch::Sender<bool>>,
    /// What blocks could not hold, to be judged by the finalised state.
    doubts: Arc<Mutex<Vec<Arc<Parcel>>>>,
    doubting: Arc<watch::Sender<bool>>,
}

impl Mempool {
    /// An empty pool.
    pub fn new(limits: Limits) -> Self {
        Self {
            pool: Arc::new(Mutex::new(Pool::new(limits))),
            notes: Arc::new(Mutex::new(Notes {
                dropped: BTreeMap::new(),
                block_units: None,
                quotas: QUOTAS,
            })),
            later: Arc::default(),
            work: Arc::new(watch::channel(false).0),
            doubts: Arc::default(),
            doubting: Arc::new(watch::channel(false).0),
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

    /// As many as a block of so many bytes holds: emergencies first, and fairly between members ([`Pool::take`]).
    pub fn take(&self, bytes: usize) -> Vec<Arc<Parcel>> {
        let quotas = self.notes.lock().quotas;
        self.pool.lock().take(&quotas, bytes)
    }

    /// Notes the quotas of a block: what is taken for the next one is taken by them. They only spare work; the contracts judge.
    pub fn learn(&self, quotas: Quotas) {
        self.notes.lock().quotas = quotas;
    }

    /// What is held and what was turned away.
    pub fn report(&self) -> Report {
        let (dropped, block_units) = {
            let notes = self.notes.lock();
            (notes.dropped.clone(), notes.block_units)
        };
        let pool = self.pool.lock();
        Report {
            transactions: pool.len(),
            bytes: pool.bytes(),
            waiting: pool.fresh(),
            emergencies: pool.emergencies(),
            dropped,
            block_units,
        }
    }

    /// Counts a transaction that was not taken or not kept.
    pub(super) fn note(&self, why: Dropped) {
        *self.notes.lock().dropped.entry(why).or_default() += 1;
    }

    /// Whether a transaction is held.
    pub(super) fn holds(&self, id: &TransactionId) -> bool {
        self.pool.lock().holds(id)
    }

    /// Notes that a block at `height`, not final yet, holds `ids`.
    pub fn placed(&self, height: Height, ids: &[TransactionId]) {
        let mut pool = self.pool.lock();
        pool.place(height, ids);
        self.signal(&pool);
    }

    /// What a block on `parent` could not hold: it waits for that height to be decided, or for a judgement by the finalised state (see
    /// [`Pool::doubt`], [`Self::doubted`]).
    pub fn doubt(&self, id: &TransactionId, parent: Height, tip: Height) {
        let judged = {
            let mut pool = self.pool.lock();
            let judged = pool.doubt(id, parent, tip);
            self.signal(&pool);
            judged
        };
        if let Some(parcel) = judged {
            self.doubts.lock().push(parcel);
            self.doubting.send_replace(true);
        }
    }

    /// Resolves once something is to be judged by the finalised state, and gives it.
    pub(super) async fn doubted(&self) -> Vec<Arc<Parcel>> {
        let mut receiver = self.doubting.subscribe();
        // The sender lives in `self`, so waiting cannot fail while it is awaited.
        let _ = receiver.wait_for(|some| *some).await;
        let mut doubts = self.doubts.lock();
        self.doubting.send_replace(false);
        std::mem::take(&mut *doubts)
    }

    /// Lets go of a transaction, and gives who waits for it.
    pub(super) fn let_go(&self, id: &TransactionId) -> Vec<Waiter> {
        self.pool.lock().remove(id)
    }

    /// Lets go of a transaction that may not stand in a block, and tells who waits.
    pub fn refuse(&self, id: &TransactionId, refusal: Refusal) {
        let waiters = self.pool.lock().remove(id);
        answer(waiters, &Submitted::Refused(refusal));
    }

    /// A block is final: answers who waits for its transactions, and lets the others wait again.
    pub fn settle(&self, outcome: &BlockEvents) {
        let units = outcome.receipts.iter().map(|one| u64::from(one.units));
        self.notes.lock().block_units = Some(units.sum());
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
        self.reached(outcome.height);
    }

    /// Keeps the answer of who waits for a transaction that is final, until [`Self::reached`] its height.
    pub(super) fn tell_at(&self, last: Finalized, waiter: Waiter) {
        self.later.lock().push((last, waiter));
    }

    /// The tip stands at `height`: gives the answers that waited for it.
    pub(super) fn reached(&self, height: Height) {
        let due: Vec<_> = {
            let mut later = self.later.lock();
            later
                .extract_if(.., |(last, _)| last.height <= height)
                .collect()
        };
        for (last, waiter) in due {
            answer(vec![waiter], &Submitted::Final(last));
        }
    }

    /// Holds a transaction that was judged, and says whether it was not held before.
    ///
    /// Refusals: as [`Pool::insert`]. Who waits for what gives way is told [`Refusal::MempoolShareFull`].
    pub(super) fn insert(
        &self,
        parcel: Arc<Parcel>,
        origin: Origin,
        now: SystemTime,
    ) -> Result<bool, Refusal> {
        let inserted = {
            let mut pool = self.pool.lock();
            let inserted = pool.insert(parcel, origin, now);
            self.signal(&pool);
            inserted
        };
        let inserted = inserted.inspect_err(|refusal| {
            self.note(match refusal {
                Refusal::MempoolShareFull => Dropped::Share,
                _ => Dropped::Full,
            });
        })?;
        for waiters in inserted.evicted {
            self.note(Dropped::Evicted);
            answer(waiters, &Submitted::Refused(Refusal::MempoolShareFull));
        }
        Ok(inserted.fresh)
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
