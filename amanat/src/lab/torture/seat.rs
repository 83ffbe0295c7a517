//! One member's node process: started, killed, stopped and continued, asked whether it is there.
use super::super::LabError;
use super::check::{Finding, Rule};
use super::clock::Clock;
use super::disk::Disk;
use crate::process::{Process, ProcessError};
use amanat_client::http::{Bounds, HttpClient};
use amanat_client::{Fault, Ledger as _, NodeClient};
use amanat_types::wire::{Status, Validators};
use rustix::process::{Pid, Signal, kill_process};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long a node may take to answer, and to be where the others are, after whatever met it.
pub const PATIENCE: Duration = Duration::from_secs(180);
/// How long a node may take to end when its disk is full: it writes at least a block a second.
const FULL_PATIENCE: Duration = Duration::from_secs(60);
/// How long one question may take.
pub const QUESTION: Duration = Duration::from_secs(2);
/// How often a node is asked that is waited for.
const TICK: Duration = Duration::from_millis(100);
/// Free ports that a killed node gave up may be taken for a moment by a connection of this machine.
const PORT_TAKEN: &str = "Address already in use";
/// Starts that may fail for that.
const STARTS_MAX: usize = 50;

/// A member's node.
pub struct Seat {
    /// Number of the member.
    pub member: u16,
    /// Its clock, if it can jump.
    pub clock: Option<Clock>,
    client: NodeClient,
    http: HttpClient,
    folder: PathBuf,
    // Ends before its disk is unmounted.
    process: Option<Process>,
    /// Its disk, if it can be filled.
    pub disk: Option<Disk>,
    starts_failed: usize,
}

impl Seat {
    /// A node that does not run yet, with its files in `folder`.
    pub fn new(member: u16, folder: PathBuf, client: NodeClient) -> Self {
        Self {
            member,
            clock: None,
            client,
            http: HttpClient::new(),
            folder,
            process: None,
            disk: None,
            starts_failed: 0,
        }
    }

    /// Starts it.
    pub fn start(&mut self) -> Result<(), LabError> {
        let config = self.folder.join("node.toml").display().to_string();
        let environment = self.clock.as_ref().map(Clock::environment);
        self.process = Some(Process::start_apart(
            &format!("node of member {}", self.member),
            &["node", "--config", &config],
            &self.folder.join("node.log"),
            &environment.unwrap_or_default(),
        )?);
        Ok(())
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Stops it where it is, or lets it go on.
    pub fn signal(&self, signal: Signal) -> Result<(), LabError> {
        let process = self.process.as_ref().ok_or_else(|| self.gone())?;
        let pid = i32::try_from(process.id()).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| self.gone())?;
        kill_process(pid, signal).map_err(|source| LabError::Machine {
            what: format!("signal to {}", process.name),
            source: source.into(),
        })
    }

    fn gone(&self) -> LabError {
        LabError::Ledger(format!("the node of member {} does not run", self.member))
    }

    /// A finding if it ended although nobody ended it.
    pub fn ended(&mut self) -> Option<Finding> {
        let process = self.process.as_mut()?;
        let ended = process.check().err()?;
        Some(Finding::new(Rule::Node, ended.to_string()))
    }

    /// What it says of itself.
    pub async fn status(&self) -> Option<Status> {
        let status = tokio::time::timeout(QUESTION, self.client.status()).await;
        status.ok()?.ok()
    }

    /// Waits until it answers and stands at `height` or above. Starts it again if a port of it was taken.
    pub async fn ready(&mut self, height: u64) -> Result<(), Finding> {
        let end = Instant::now() + PATIENCE;
        loop {
            let process = self.process.as_mut().map_or(Ok(()), Process::check);
            match process {
                Ok(()) => {}
                Err(ProcessError::Ended { tail, .. })
                    if tail.contains(PORT_TAKEN) && self.starts_failed < STARTS_MAX =>
                {
                    self.starts_failed += 1;
                    let again = self.start();
                    again.map_err(|error| Finding::new(Rule::Node, error.to_string()))?;
                }
                Err(ended) => return Err(Finding::new(Rule::Node, ended.to_string())),
            }
            let status = self.status().await;
            if status
                .as_ref()
                .is_some_and(|status| status.height >= height)
            {
                return Ok(());
            }
            if Instant::now() > end {
                let (member, seconds) = (self.member, PATIENCE.as_secs());
                let stands = match status {
                    Some(status) => format!("stands at {}, not at {height},", status.height),
                    None => "does not answer".to_owned(),
                };
                let what =
                    format!("the node of member {member} {stands} {seconds} s after a fault");
                return Err(Finding::new(Rule::Node, what));
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// By how much the node's clock differs from this machine's, in milliseconds, as it says itself.
    pub async fn clock_error_ms(&self) -> Result<i64, Fault> {
        let bounds = Bounds {
            time: QUESTION,
            bytes_max: 1024 * 1024,
        };
        let base = self.client.address();
        let reply = self.http.get(base, "/v1/validators", bounds).await?;
        let said: Validators = serde_json::from_slice(&reply.body)
            .map_err(|_| Fault::protocol(base, "the answer of /v1/validators does not decode"))?;
        let signed = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
        Ok(signed(said.now_ms).saturating_sub(signed(crate::now_ms().get())))
    }

    /// Waits until it ended because its disk is full, and has said so.
    pub async fn ends_full(&mut self) -> Result<(), Finding> {
        let log = self.folder.join("node.log");
        let end = Instant::now() + FULL_PATIENCE;
        let ended = loop {
            if let Some(process) = self.process.as_mut()
                && let Err(ended) = process.check()
            {
                break ended.to_string();
            }
            if Instant::now() > end {
                let (member, seconds) = (self.member, FULL_PATIENCE.as_secs());
                let what =
                    format!("the node of member {member} runs {seconds} s after its disk was full");
                return Err(Finding::new(Rule::Node, what));
            }
            tokio::time::sleep(TICK).await;
        };
        self.process = None;
        // The words of an operator's log, in the lines since the disk was full: its last ones.
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(20).collect();
        let said = |line: &&str| line.starts_with("amanat: ") && line.contains("is full");
        match lines.iter().any(said) {
            true => Ok(()),
            false => Err(Finding::new(
                Rule::Node,
                format!("a node whose disk is full does not say so: {ended}"),
            )),
        }
    }
}
