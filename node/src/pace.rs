//! When to build a block: at once when there is work, but not more often than a block is worth; else a heartbeat.
//!
//! A block costs each replica a fixed amount whatever it holds, so under load blocks are spaced. The wait stands here, in
//! front of the engine's wrapper, and never inside `Application::propose`, behind which finalisations queue.
use crate::application::now_ms;
use crate::follow::Follow;
use crate::mempool::Mempool;
use crate::rounds::Rounds;
use crate::store::Runtime;
use amanat_types::Digest;
use amanat_types::block::{Context, Scheme};
use commonware_actor::Feedback;
use commonware_consensus::simplex::{Plan, types::Activity};
use commonware_consensus::types::Round;
use commonware_consensus::{Automaton, CertifiableAutomaton, Relay, Reporter};
use commonware_cryptography::ed25519;
use commonware_macros::select;
use commonware_utils::channel::{fallible::OneshotExt as _, oneshot};
use commonware_utils::sync::Mutex;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How blocks are spaced.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Least time between two blocks while little waits; it grows with what waits, to at most four times this.
    pub interval: Duration,
    /// Time after which an empty block is built.
    pub heartbeat: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            interval: Duration::from_millis(50),
            heartbeat: Duration::from_secs(1),
        }
    }
}

/// Waiting transactions that lengthen the interval by once its least.
const INTERVAL_TRANSACTIONS: usize = 200;
/// How many times its least the interval may be.
const INTERVAL_TIMES_MAX: u32 = 4;

impl Pace {
    /// Time between two blocks while `waiting` transactions wait: a few are worth a block at once, many are cheaper together.
    fn spacing(&self, waiting: usize) -> Duration {
        let percent = 100 + waiting.saturating_mul(100) / INTERVAL_TRANSACTIONS;
        let percent = u32::try_from(percent).unwrap_or(u32::MAX);
        self.interval * percent.min(INTERVAL_TIMES_MAX * 100) / 100
    }
}

/// How far block time may lag behind the clock before blocks follow each other as under load.
const LAG_MS: u64 = 5_000;

/// The engine's automaton, relay and reporter with paced proposals.
pub struct Paced<E: Runtime, A> {
    context: Arc<E>,
    inner: A,
    pace: Pace,
    mempool: Mempool,
    follow: Follow,
    rounds: Rounds,
    last: Arc<Mutex<SystemTime>>,
}

impl<E: Runtime, A: Clone> Clone for Paced<E, A> {
    fn clone(&self) -> Self {
        Self {
            context: self.context.clone(),
            inner: self.inner.clone(),
            pace: self.pace,
            mempool: self.mempool.clone(),
            follow: self.follow.clone(),
            rounds: self.rounds.clone(),
            last: self.last.clone(),
        }
    }
}

impl<E: Runtime, A> Paced<E, A> {
    /// Wraps `inner`.
    pub fn new(
        context: E,
        inner: A,
        pace: Pace,
        (mempool, follow, rounds): (Mempool, Follow, Rounds),
    ) -> Self {
        let last = Arc::new(Mutex::new(SystemTime::UNIX_EPOCH));
        Self {
            context: Arc::new(context),
            inner,
            pace,
            mempool,
            follow,
            rounds,
            last,
        }
    }

    /// Resolves when the next block should be built.
    async fn due(&self, clock: &E) {
        let last = *self.last.lock();
        let lagging = now_ms(clock).saturating_sub(self.follow.tip().time.get()) > LAG_MS;
        if !lagging {
            select! {
                _ = self.mempool.work() => {},
                _ = clock.sleep_until(last + self.pace.heartbeat) => {},
            }
        }
        loop {
            let due = last + self.pace.spacing(self.mempool.fresh());
            if clock.current() >= due {
                return;
            }
            clock.sleep_until(due).await;
        }
    }
}

impl<E, A> Automaton for Paced<E, A>
where
    E: Runtime,
    A: Automaton<Context = Context, Digest = Digest> + Sync,
{
    type Context = Context;
    type Digest = Digest;

    async fn propose(&mut self, context: Context) -> oneshot::Receiver<Digest> {
        let (mut sender, receiver) = oneshot::channel();
        let mut paced = self.clone();
        self.context.child("pace").spawn(move |clock| async move {
            select! {
                _ = sender.closed() => return,
                _ = paced.due(&clock) => {},
            }
            let built = paced.inner.propose(context).await;
            select! {
                _ = sender.closed() => {},
                built = built => {
                    *paced.last.lock() = clock.current();
                    if let Ok(digest) = built {
                        sender.send_lossy(digest);
                    }
                },
            }
        });
        receiver
    }

    async fn verify(&mut self, context: Context, payload: Digest) -> oneshot::Receiver<bool> {
        *self.last.lock() = self.context.current();
        self.inner.verify(context, payload).await
    }
}

/// The first proposal of a term is built only on a certified parent: `prepare` keeps its default, which declines.
impl<E, A> CertifiableAutomaton for Paced<E, A>
where
    E: Runtime,
    A: CertifiableAutomaton<Context = Context, Digest = Digest> + Sync,
{
    async fn certify(&mut self, round: Round, payload: Digest) -> oneshot::Receiver<bool> {
        self.inner.certify(round, payload).await
    }
}

impl<E, A> Relay for Paced<E, A>
where
    E: Runtime,
    A: Relay<Digest = Digest, PublicKey = ed25519::PublicKey, Plan = Plan<ed25519::PublicKey>>
        + Sync,
{
    type Digest = Digest;
    type PublicKey = ed25519::PublicKey;
    type Plan = Plan<ed25519::PublicKey>;

    fn broadcast(&mut self, payload: Digest, plan: Self::Plan) -> Feedback {
        self.inner.broadcast(payload, plan)
    }
}

impl<E, A> Reporter for Paced<E, A>
where
    E: Runtime,
    A: Reporter<Activity = Activity<Scheme, Digest>> + Sync,
{
    type Activity = Activity<Scheme, Digest>;

    fn report(&mut self, activity: Self::Activity) -> Feedback {
        self.rounds.observe(&activity);
        self.inner.report(activity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spacing_grows_with_what_waits_and_is_bounded() {
        let pace = Pace::default();
        assert_eq!(pace.spacing(0), pace.interval);
        assert_eq!(pace.spacing(200), pace.interval * 2);
        assert_eq!(pace.spacing(usize::MAX), pace.interval * 4);
    }
}
