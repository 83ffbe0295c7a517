//! What the demonstration found: a line a check while it runs, and `report.json` at the end.
use serde::Serialize;
use std::time::Instant;

/// One check.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// Its letter.
    pub id: String,
    /// The promises it speaks of.
    pub promise: String,
    /// What is claimed.
    pub claim: String,
    /// Whether it held.
    pub ok: bool,
    /// What was seen.
    pub evidence: String,
    /// How long it took.
    pub duration_ms: u64,
    /// How to see it again.
    pub reproduce: String,
}

/// A resource that was not stored.
#[derive(Clone, Debug, Serialize)]
pub struct Rejected {
    /// In which file.
    pub file: String,
    /// Position of its entry.
    pub index: usize,
    /// Why; names a field and a rule, never a value.
    pub reason: String,
}

/// What came in and what stands.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counts {
    /// Entries of the input.
    #[serde(rename = "in")]
    pub input: usize,
    /// Records on the ledger whose blob a vault keeps.
    pub stored: usize,
    /// Entries that are not.
    pub rejected: Vec<Rejected>,
}

/// `report.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The checks, in order.
    pub checks: Vec<Check>,
    /// What came in and what stands, from ledger and vault.
    pub counts: Counts,
    /// Versions of program and protocol.
    pub versions: Versions,
    /// Seed of the run: keys are drawn from the operating system, so there is none.
    pub seed: Option<u64>,
    /// Network id.
    pub genesis_digest: String,
    /// The machine.
    pub machine: Machine,
}

/// Versions.
#[derive(Clone, Debug, Serialize)]
pub struct Versions {
    /// Of this program.
    pub amanat: &'static str,
    /// Of the rules.
    pub protocol: u16,
}

/// The machine, without its name.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Processors.
    pub processors: usize,
    /// Operating system.
    pub system: &'static str,
    /// Architecture.
    pub architecture: &'static str,
}

impl Machine {
    /// This machine.
    pub fn here() -> Self {
        Self {
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            system: std::env::consts::OS,
            architecture: std::env::consts::ARCH,
        }
    }
}

/// What a check gives: whether it held, and what was seen.
pub type Seen = Result<String, String>;

/// A check that is being made.
pub struct Running {
    id: &'static str,
    promise: &'static str,
    claim: &'static str,
    start: Instant,
}

impl Running {
    /// Begins a check.
    pub fn new(id: &'static str, promise: &'static str, claim: &'static str) -> Self {
        Self {
            id,
            promise,
            claim,
            start: Instant::now(),
        }
    }

    /// Ends it, prints its line, and keeps it.
    pub fn end(self, seen: Seen, checks: &mut Vec<Check>) {
        let (ok, evidence) = match seen {
            Ok(evidence) => (true, evidence),
            Err(evidence) => (false, evidence),
        };
        let duration_ms = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let word = if ok { "held  " } else { "FAILED" };
        crate::answer::tell(&format!(
            "{word} {}. {} [{}] ({duration_ms} ms)\n          {evidence}",
            self.id, self.claim, self.promise
        ));
        checks.push(Check {
            id: self.id.to_owned(),
            promise: self.promise.to_owned(),
            claim: self.claim.to_owned(),
            ok,
            evidence,
            duration_ms,
            reproduce: "cargo run --release -- demo".to_owned(),
        });
    }
}
