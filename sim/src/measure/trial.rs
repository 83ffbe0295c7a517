//! Whether a network sustains a load.
//!
//! Deposits come at times that are fixed beforehand, whatever the network does. After a warm-up it is measured over whole blocks: what was
//! accepted in them, and how long each deposit took from its time until the first node had it final.
use super::Setting;
use super::deposits::Depositor;
use super::meter::Meter;
use super::network::start;
use super::toll::Till;
use crate::cluster::Doors;
use crate::machine::Processor;
use crate::plan::START;
use crate::run::reached;
use amanat_types::block::Parcel;
use amanat_types::wire::Submitted;
use amanat_types::{Height, TransactionId};
use commonware_runtime::deterministic::{self, Context};
use commonware_runtime::{Clock as _, Runner as _, Spawner as _, Supervisor as _};
use commonware_utils::channel::oneshot;
use commonware_utils::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How often due deposits are handed in.
const TICK: Duration = Duration::from_millis(5);
/// Virtual time of each round of tasks: one that waits for a core costs a round.
const STEP: Duration = Duration::from_micros(1);
/// Blocks of an epoch: none ends.
const EPOCH: u64 = 1_000_000;
/// Height at which the load begins.
const READY: u64 = 3;
/// Within this 99 of 100 transactions must be final for a load to count as sustained.
const LATENCY_MAX: Duration = Duration::from_millis(2_000);
/// Of a hundred deposits offered, so many must be accepted.
const SUSTAINED_PERCENT: u64 = 95;

/// A load on a network.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// The network. How many blocks it asks for, and its load, do not count here.
    pub setting: Setting,
    /// Deposits in a transaction.
    pub batch: usize,
    /// Deposits offered a second.
    pub rate: u64,
    /// How long the load comes before it is measured.
    pub warm: Duration,
    /// How long it is measured.
    pub span: Duration,
}

/// What became of a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Deposits that became final a second.
    pub accepted: u64,
    /// Transactions that were refused.
    pub refused: u64,
    /// Half of the transactions were final within this, from their time.
    pub latency_p50: Duration,
    /// 99 of 100 were.
    pub latency_p99: Duration,
    /// Blocks over which was measured.
    pub blocks: u64,
    /// Their time.
    pub elapsed: Duration,
    /// Transactions in them.
    pub transactions: u64,
    /// Bytes of one transaction.
    pub transaction_bytes: u64,
    /// Hundredths of a core that a node computed, mean over the nodes and the whole time of the load.
    pub busy_percent: u64,
    /// Bytes that a node sent a second, mean.
    pub sent: u64,
}

impl Outcome {
    /// Whether of `offered` deposits a second enough were accepted in time.
    pub fn sustains(&self, offered: u64) -> bool {
        self.blocks > 1
            && self.refused == 0
            && self.accepted * 100 >= offered * SUSTAINED_PERCENT
            && self.latency_p99 <= LATENCY_MAX
    }
}

/// What was handed in; clones share it.
#[derive(Clone, Default)]
struct Handed(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    due: BTreeMap<TransactionId, SystemTime>,
    transaction_bytes: usize,
    refused: u64,
}

/// Tries a load.
pub fn trial(trial: Trial) -> Outcome {
    trial_at(trial, &trial.setting.tills())
}

/// Tries a load on nodes whose work is charged or counted there, one till a node.
pub fn trial_at(trial: Trial, tills: &[Till]) -> Outcome {
    let config = deterministic::Config::new()
        .with_seed(trial.setting.seed)
        .with_cycle(STEP)
        .with_start_time(UNIX_EPOCH + START)
        .with_timeout(None);
    let runner = deterministic::Runner::new(config);
    runner.start(|context| async move { drive(context, trial, tills).await })
}

/// When the first node had each block final.
type Seen = Arc<Mutex<Vec<SystemTime>>>;

async fn drive(context: Context, trial: Trial, tills: &[Till]) -> Outcome {
    let setting = &trial.setting;
    let genesis = Arc::new(crate::party::genesis_of(setting.validators, EPOCH));
    let (doors, meter, _) = start(&context, setting, &genesis, tills).await;
    let seen = Seen::default();
    let (watched, at) = (doors.clone(), seen.clone());
    let watcher = context.child("watcher");
    watcher.spawn(move |context| async move {
        for height in 1.. {
            reached(&context, &watched, 1, height).await;
            at.lock().push(context.current());
        }
    });
    reached(&context, &doors, 1, READY).await;
    let handed = Handed::default();
    let begin = context.current() + TICK;
    let depositor = Depositor::new(genesis.digest(), setting.validators, trial.batch);
    let (asked, book) = (doors.clone(), handed.clone());
    let load = context.child("load");
    let own = tills.to_vec();
    load.spawn(move |context| offer(context, trial, (depositor, begin), (asked, book, own)));
    context.sleep_until(begin + trial.warm).await;
    let before = state(&meter, tills);
    context.sleep_until(begin + trial.warm + trial.span).await;
    let after = state(&meter, tills);
    let (sent, busy) = (after.0 - before.0, after.1 - before.1);
    let nodes = u64::from(setting.validators);
    let mut outcome = blocks(&doors, trial, &handed, (&seen, begin + trial.warm)).await;
    let span_us = micros(trial.span).max(1);
    outcome.sent = sent * 1_000_000 / span_us / nodes;
    outcome.busy_percent = micros(busy) * 100 / span_us / nodes;
    outcome
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Bytes sent and time computed so far.
fn state(meter: &Meter, tills: &[Till]) -> (u64, Duration) {
    let processors = tills.iter().filter_map(Till::processor);
    let mut counted: Vec<&Processor> = Vec::new();
    for processor in processors {
        if !counted.iter().any(|other| other.same(processor)) {
            counted.push(processor);
        }
    }
    let busy = counted.iter().map(|processor| processor.busy()).sum();
    (meter.count().bytes, busy)
}

/// Every tick, hands in what is due at the node of its member.
async fn offer(
    context: Context,
    trial: Trial,
    (mut depositor, begin): (Depositor, SystemTime),
    (doors, handed, tills): (Doors, Handed, Vec<Till>),
) {
    let batch = u64::try_from(trial.batch).unwrap_or(1);
    let pause = Duration::from_nanos(1_000_000_000 * batch / trial.rate.max(1));
    let mut due = begin;
    for tick in 0.. {
        context.sleep_until(begin + TICK * tick).await;
        let mut answers = Vec::new();
        while due <= context.current() {
            let (member, transaction) = depositor.next();
            let parcel = Parcel::new(transaction);
            {
                let mut book = handed.0.lock();
                book.transaction_bytes = parcel.bytes.len();
                book.due.insert(parcel.id, due);
            }
            due += pause;
            if let Some(till) = tills.get(usize::from(member).saturating_sub(1)) {
                till.came_in(context.current(), parcel.bytes.len());
            }
            match doors.get(member).map(|door| door.enqueue(parcel, false)) {
                Some(Ok(answer)) => answers.push(answer),
                Some(Err(_)) | None => handed.0.lock().refused += 1,
            }
        }
        let book = handed.clone();
        context.child("answers").spawn(move |_| hear(answers, book));
    }
}

async fn hear(answers: Vec<oneshot::Receiver<Submitted>>, handed: Handed) {
    for answer in answers {
        if !matches!(
            answer.await,
            Ok(Submitted::Pending(_) | Submitted::Final(_))
        ) {
            handed.0.lock().refused += 1;
        }
    }
}

/// What stood in the blocks from the first that was final after `from` on: that one only begins the time.
async fn blocks(
    doors: &Doors,
    trial: Trial,
    handed: &Handed,
    (seen, from): (&Seen, SystemTime),
) -> Outcome {
    let door = doors.get(1).expect("the first node runs");
    let seen = seen.lock().clone();
    let mut outcome = Outcome::default();
    let mut latencies = Vec::new();
    let mut times = (1u64..).zip(&seen).filter(|(_, at)| **at >= from);
    let Some((_, first)) = times.next() else {
        return outcome;
    };
    for (height, at) in times {
        let block = door.block(Height::new(height)).await;
        let block = block.expect("the node runs").expect("it is final");
        outcome.blocks += 1;
        outcome.elapsed = at.duration_since(*first).unwrap_or_default();
        let book = handed.0.lock();
        for id in block.payload().ids() {
            if let Some(due) = book.due.get(id) {
                latencies.push(at.duration_since(*due).unwrap_or_default());
            }
        }
    }
    latencies.sort_unstable();
    let count = latencies.len();
    let at = |percent: usize| {
        let rank = (count * percent).div_ceil(100).saturating_sub(1);
        latencies.get(rank).copied().unwrap_or_default()
    };
    (outcome.latency_p50, outcome.latency_p99) = (at(50), at(99));
    outcome.transactions = u64::try_from(count).unwrap_or(0);
    let deposits = outcome.transactions * u64::try_from(trial.batch).unwrap_or(1);
    outcome.accepted = deposits * 1_000_000 / micros(outcome.elapsed).max(1);
    let book = handed.0.lock();
    outcome.refused = book.refused;
    outcome.transaction_bytes = u64::try_from(book.transaction_bytes).unwrap_or(0);
    outcome
}
