//! What clients note while the run goes on, and what is found besides.
use super::check::{Finding, Rule};
use super::history::{Heard, Line, Place};
use amanat_types::TransactionId;
use amanat_types::id::RecordId;
use amanat_types::wire::Status;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Findings that are kept; a run ends at the first that no ledger is needed for.
const FINDINGS_MAX: usize = 100;

/// How a transaction ended for its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Final, and it took effect.
    Accepted,
    /// Final, and refused on the ledger.
    Refused,
    /// It expired before it was final, or the run was over.
    GivenUp,
}

/// Counts of what clients did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Transactions by how they ended.
    pub accepted: u64,
    /// See [`End::Refused`].
    pub refused: u64,
    /// See [`End::GivenUp`].
    pub given_up: u64,
    /// Same bytes sent again.
    pub retries: u64,
    /// Times that a client waited because a node asked it to (`Retry-After`).
    pub waits: u64,
}

/// The log of all clients; they share one clock.
pub struct Log {
    start: Instant,
    best: AtomicU64,
    lines: Mutex<Vec<Line>>,
    records: Mutex<BTreeMap<TransactionId, RecordId>>,
    findings: Mutex<Vec<Finding>>,
    tally: Mutex<Tally>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            best: AtomicU64::new(0),
            lines: Mutex::default(),
            records: Mutex::default(),
            findings: Mutex::default(),
            tally: Mutex::default(),
        }
    }
}

/// Nobody panics while holding one of these locks in a way that matters: each holds whole entries.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Log {
    /// The clock of the run, microseconds.
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Notes what `member` told `client`, which had asked at `asked_us`.
    pub fn hear(&self, client: usize, member: u16, asked_us: u64, heard: Heard) {
        let height = match &heard {
            Heard::Tip { height, .. } => *height,
            Heard::Final(_, Place { height, .. }) => *height,
            Heard::Dead(_) | Heard::Proof(..) => 0,
        };
        self.best.fetch_max(height, Ordering::Relaxed);
        held(&self.lines).push(Line {
            client,
            member,
            asked_us,
            answered_us: self.now_us(),
            heard,
        });
    }

    /// Notes a status.
    pub fn status(&self, client: usize, member: u16, asked_us: u64, status: &Status) {
        let mut root = [0; 32];
        if hex::decode_to_slice(&status.state_root, &mut root).is_err() {
            let what = format!("member {member}: the state root of a status does not decode");
            return self.find(Finding::new(Rule::Node, what));
        }
        let (height, root) = (status.height, root.into());
        self.hear(client, member, asked_us, Heard::Tip { height, root });
    }

    /// The highest finalised height that any node told anyone.
    pub fn best(&self) -> u64 {
        self.best.load(Ordering::Relaxed)
    }

    /// Notes which record a transaction deposits.
    pub fn sent(&self, id: TransactionId, record: RecordId) {
        held(&self.records).insert(id, record);
    }

    /// Notes a broken rule.
    pub fn find(&self, finding: Finding) {
        let mut findings = held(&self.findings);
        if findings.len() < FINDINGS_MAX && !findings.contains(&finding) {
            eprintln!("FOUND {}", finding.what);
            findings.push(finding);
        }
    }

    /// Whether something was found.
    pub fn has_found(&self) -> bool {
        !held(&self.findings).is_empty()
    }

    /// Counts.
    pub fn count(&self, change: impl FnOnce(&mut Tally)) {
        change(&mut held(&self.tally));
    }

    /// The counts so far.
    pub fn tally(&self) -> Tally {
        *held(&self.tally)
    }

    /// All lines, records and findings; the log is empty afterwards.
    pub fn take(&self) -> (Vec<Line>, BTreeMap<TransactionId, RecordId>, Vec<Finding>) {
        (
            std::mem::take(&mut *held(&self.lines)),
            std::mem::take(&mut *held(&self.records)),
            std::mem::take(&mut *held(&self.findings)),
        )
    }
}
