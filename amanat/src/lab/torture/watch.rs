//! Looks at all nodes all the time: heights, how long none was new, progress for whoever waits.
use super::fleet::Fleet;
use super::log::Log;
use super::seat::QUESTION;
use amanat_client::Ledger as _;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::timeout;

/// How often each node is asked.
const TICK: Duration = Duration::from_millis(250);
/// How often there is a line for whoever waits.
const SAY: Duration = Duration::from_secs(5);

/// Whom a fault meets just now, and which.
#[derive(Debug, Default)]
pub struct Troubles(Mutex<BTreeMap<u16, &'static str>>);

impl Troubles {
    /// Notes that `what` meets `members`, or nothing any more.
    pub fn set(&self, members: &[u16], what: Option<&'static str>) {
        let mut troubles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for member in members {
            match what {
                Some(what) => drop(troubles.insert(*member, what)),
                None => drop(troubles.remove(member)),
            }
        }
    }

    fn words(&self) -> String {
        let troubles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let words = troubles
            .iter()
            .map(|(member, what)| format!("{member} {what}"));
        let words: Vec<String> = words.collect();
        match words.is_empty() {
            true => "none".to_owned(),
            false => words.join(", "),
        }
    }
}

/// How long there was no new finalised height.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    best: u64,
    since: Instant,
    longest: Duration,
}

impl Progress {
    fn new() -> Self {
        Self {
            best: 0,
            since: Instant::now(),
            longest: Duration::ZERO,
        }
    }

    fn see(&mut self, best: u64) {
        self.longest = self.longest.max(self.since.elapsed());
        if best > self.best {
            self.best = best;
            self.since = Instant::now();
        }
    }

    /// The longest such time.
    pub const fn longest(&self) -> Duration {
        self.longest
    }
}

/// Watches until `done`; says what it sees as client number `number`.
pub async fn watch(
    fleet: Arc<Fleet>,
    log: Arc<Log>,
    troubles: Arc<Troubles>,
    number: usize,
    done: watch::Receiver<bool>,
) -> Progress {
    let mut progress = Progress::new();
    let mut said = Instant::now();
    while !*done.borrow() {
        let answering = look(&fleet, &log, number).await;
        progress.see(log.best());
        if said.elapsed() >= SAY {
            said = Instant::now();
            let tally = log.tally();
            eprintln!(
                "[{:5.1} s] height {}, {answering} of {} answer, final {} + {} refused, given up {}; in trouble: {}",
                log.now_us() as f64 / 1e6,
                log.best(),
                fleet.nodes.clients.len(),
                tally.accepted,
                tally.refused,
                tally.given_up,
                troubles.words(),
            );
        }
        tokio::time::sleep(TICK).await;
    }
    progress
}

/// Asks every node where it stands; how many answered.
async fn look(fleet: &Fleet, log: &Log, number: usize) -> usize {
    let mut answers = tokio::task::JoinSet::new();
    for (place, client) in fleet.nodes.layout.places.iter().zip(&fleet.nodes.clients) {
        let (member, client, asked) = (place.member, client.clone(), log.now_us());
        answers.spawn(async move {
            let status = timeout(QUESTION, client.status()).await.ok()?.ok()?;
            Some((member, asked, status))
        });
    }
    let mut answering = 0;
    while let Some(answer) = answers.join_next().await {
        if let Ok(Some((member, asked, status))) = answer {
            log.status(number, member, asked, &status);
            answering += 1;
        }
    }
    answering
}
