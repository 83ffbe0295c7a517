//! Deposits that come at the same time bring their blobs to the holders as one batch.
//!
//! Why: every deposit carries the signed roots of f+1 holders, and every node checks each signature once. With a root of its own a lone
//! deposit costs f+1 signatures; 64 that share a root cost f+1 together, and each carries one path of six digests.
//!
//! How: as many as [`FLIGHTS`] batches are under way; whoever comes meanwhile waits, and goes with the others that wait. Nobody waits
//! while a flight is free, so a lone deposit goes at once and carries no path. Whoever's turn it is carries the batch for all; if
//! its caller hangs up, or the batch fails, each of the others goes alone. Large blobs, and batches that are
//! worth roots of their own, are not gathered.
use crate::exchange::lock;
use crate::{Error, Exchange};
use amanat_client::stores::BlobPut;
use amanat_client::{Ledger, Stores};
use amanat_types::call::{Call, StoredPaths};
use amanat_types::codec::TooMany;
use amanat_types::id::BlobDigest;
use amanat_types::stored::{GATHERED_MAX, ONE_PATH_SINCE, StoredPath, StoredRoot};
use std::collections::VecDeque;
use std::sync::Mutex;
use tokio::sync::{Semaphore, oneshot};

/// Batches under way at once.
const FLIGHTS: usize = 2;
/// Blobs of one deposit that is gathered with others: for more of them a path each costs more than roots of their own.
const OWN_BLOBS_MAX: usize = 4;
/// Bytes of one deposit that is gathered with others: so that nobody waits for another's images.
const OWN_BYTES_MAX: usize = 256 * 1024;

/// The words of holders on the blobs of one transaction.
#[derive(Debug)]
pub(crate) struct Covered {
    /// One root of each holder.
    pub(crate) stored: Vec<StoredRoot>,
    /// Where each blob stands under them; none if they cover exactly these blobs in order.
    paths: Vec<StoredPath>,
}

impl Covered {
    /// The deposits with their paths.
    pub(crate) fn calls(&self, mut calls: Vec<Call>) -> Result<Vec<Call>, Error> {
        for (call, path) in calls.iter_mut().zip(&self.paths) {
            let stored = match call {
                Call::Deposit(deposit) => &mut deposit.stored,
                Call::Amend(amend) => &mut amend.deposit.stored,
                _ => return Err(Error::damaged("a deposit", "another call")),
            };
            let one = |e: TooMany| Error::damaged("a path", e);
            *stored = StoredPaths::new(vec![path.clone()]).map_err(one)?;
        }
        Ok(calls)
    }
}

struct Waiting {
    number: u64,
    blobs: Vec<BlobPut>,
    answer: oneshot::Sender<Result<Covered, Error>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    numbers: u64,
}

impl Queue {
    /// Those that go now, in the order in which they came; nobody, if the one of this number has gone.
    fn depart(&mut self, number: u64) -> Vec<Waiting> {
        self.waiting.retain(|one| !one.answer.is_closed());
        if !self.waiting.iter().any(|one| one.number == number) {
            return Vec::new();
        }
        let mut blobs = 0usize;
        let fits = self.waiting.iter().take_while(|one| {
            blobs = blobs.saturating_add(one.blobs.len());
            blobs <= GATHERED_MAX
        });
        let fits = fits.count();
        self.waiting.drain(..fits).collect()
    }
}

/// Who waits to go, and how many may be under way.
pub(crate) struct Gathering {
    queue: Mutex<Queue>,
    flights: Semaphore,
}

impl Default for Gathering {
    fn default() -> Self {
        Self {
            queue: Mutex::default(),
            flights: Semaphore::new(FLIGHTS),
        }
    }
}

impl Gathering {
    /// Waits in line. Gives the number, and where the answer comes.
    fn line_up(&self, blobs: Vec<BlobPut>) -> (u64, oneshot::Receiver<Result<Covered, Error>>) {
        let (answer, covered) = oneshot::channel();
        let mut queue = lock(&self.queue);
        queue.numbers = queue.numbers.wrapping_add(1);
        let number = queue.numbers;
        queue.waiting.push_back(Waiting {
            number,
            blobs,
            answer,
        });
        (number, covered)
    }
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Brings the blobs of one transaction to f+1 holders, with those of others that wait.
    ///
    /// Errors: the last failure, if fewer than f+1 members took them.
    pub(crate) async fn put_together(&self, blobs: Vec<BlobPut>) -> Result<Covered, Error> {
        let bytes: usize = blobs.iter().map(|blob| blob.bytes.len()).sum();
        let small = blobs.len() <= OWN_BLOBS_MAX && bytes <= OWN_BYTES_MAX;
        if !small || self.protocol().await? < ONE_PATH_SINCE {
            return self.put_alone(blobs).await;
        }
        let gathering = &self.inner.gathering;
        let (number, mut covered) = gathering.line_up(blobs.clone());
        loop {
            tokio::select! {
                biased;
                done = &mut covered => match done {
                    Ok(done) => return done,
                    // Whoever carried the batch is gone, or could not.
                    Err(_) => return self.put_alone(blobs).await,
                },
                flight = gathering.flights.acquire() => {
                    let batch = lock(&gathering.queue).depart(number);
                    if batch.is_empty() {
                        drop(flight);
                        let done = (&mut covered).await;
                        return match done {
                            Ok(done) => done,
                            Err(_) => self.put_alone(blobs).await,
                        };
                    }
                    self.fly(batch).await;
                }
            }
        }
    }

    async fn put_alone(&self, blobs: Vec<BlobPut>) -> Result<Covered, Error> {
        Ok(Covered {
            stored: self.put_at_holders(blobs).await?,
            paths: Vec::new(),
        })
    }

    /// Carries a batch. If it fails, whoever waits for it is told nothing, and goes alone; one that is alone is told why.
    async fn fly(&self, mut batch: Vec<Waiting>) {
        if batch.len() == 1
            && let Some(one) = batch.pop()
        {
            let done = self.put_alone(one.blobs).await;
            drop(one.answer.send(done));
            return;
        }
        let mut blobs = Vec::new();
        let mut shares = Vec::with_capacity(batch.len());
        for one in batch {
            shares.push((one.blobs.len(), one.answer));
            blobs.extend(one.blobs);
        }
        let order: Vec<BlobDigest> = blobs.iter().map(|blob| blob.blob).collect();
        let Ok(stored) = self.put_at_holders(blobs).await else {
            return;
        };
        let Some(mut paths) = StoredPath::of_batch(&order).map(Vec::into_iter) else {
            return;
        };
        for (count, answer) in shares {
            let covered = Covered {
                stored: stored.clone(),
                paths: paths.by_ref().take(count).collect(),
            };
            drop(answer.send(Ok(covered)));
        }
    }
}
