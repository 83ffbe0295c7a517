//! A run from its first process to its verdict.
use super::super::LabError;
use super::check::{Rule, check};
use super::client::{Author, Client, Phase};
use super::dice::Dice;
use super::end;
use super::fleet::{CLIENT_KEY, CLIENTS, Fleet};
use super::history::{History, Line};
use super::log::Log;
use super::plan::{Frame, Kind, plan};
use super::storm::{Counts, Storm};
use super::summary::{NOT_CHECKED, Summary, Transactions};
use super::watch::{self, Troubles};
use amanat_types::id::MemberId;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch as channel;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Longest run, seconds.
const SECONDS_MAX: u64 = 7 * 24 * 3_600;
/// How long clients may take for what is under way once all is well.
const ENDING: Duration = Duration::from_secs(60);

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Members, each a node: 4 to 10.
    pub members: usize,
    /// How long faults come, seconds.
    pub seconds: u64,
    /// What the faults follow from.
    pub seed: u64,
    /// Whether the files are kept also if every rule held.
    pub keep: bool,
}

/// Runs it. An error means that nothing could be told.
pub async fn run(options: Options) -> Result<Summary, LabError> {
    if options.seconds == 0 || options.seconds > SECONDS_MAX {
        return Err(LabError::Option(format!(
            "--minutes: a run takes above 0 and at most {} minutes",
            SECONDS_MAX / 60
        )));
    }
    let members = u16::try_from(options.members).unwrap_or(u16::MAX);
    let mut dice = Dice::new(options.seed, 2);
    let drawn = dice.draw((1..=members).collect(), 2);
    let (disk, clock) = match drawn[..] {
        [disk, clock] => (disk, clock),
        _ => (1, 2),
    };
    let fleet = Fleet::new(options.members, disk, clock).await?;
    let can = |kind| fleet.left_out.iter().all(|left| left.fault != kind);
    let frame = Frame {
        members,
        total_ms: options.seconds.saturating_mul(1_000),
        disk: can(Kind::FullDisk).then_some(disk),
        clock: can(Kind::ClockJump).then_some(clock),
    };
    eprintln!(
        "starting {} nodes in {}",
        options.members,
        fleet.folder().display()
    );
    fleet.start().await?;
    let run = Run {
        options,
        frame,
        log: Arc::default(),
        troubles: Arc::default(),
        fleet: Arc::new(fleet),
    };
    run.go().await
}

/// A run whose nodes are there.
struct Run {
    options: Options,
    frame: Frame,
    fleet: Arc<Fleet>,
    log: Arc<Log>,
    troubles: Arc<Troubles>,
}

impl Run {
    async fn go(self) -> Result<Summary, LabError> {
        let (phase, seen) = channel::channel(Phase::Load);
        let mut clients = JoinSet::new();
        for client in self.clients(seen).await? {
            clients.spawn(client.run());
        }
        let (done, watched) = channel::channel(false);
        let number = self.options.members * CLIENTS;
        let watching = watch::watch(
            self.fleet.clone(),
            self.log.clone(),
            self.troubles.clone(),
            number,
            watched,
        );
        let mut watching = JoinSet::from_iter([watching]);
        let faults = plan(self.options.seed, &self.frame);
        let storm = Storm {
            fleet: self.fleet.clone(),
            log: self.log.clone(),
            troubles: self.troubles.clone(),
        };
        let total = Duration::from_millis(self.frame.total_ms);
        let counts = storm.run(faults, self.frame.faulty_max(), total).await?;
        phase.send_replace(Phase::Ending);
        self.settle(&mut clients, &phase).await?;
        done.send_replace(true);
        let progress = watching.join_next().await;
        let progress = progress
            .and_then(Result::ok)
            .ok_or_else(|| LabError::Ledger("the watch ended".to_owned()))?;
        self.judge(counts, progress.longest(), number).await
    }

    /// Two clients of each member.
    async fn clients(&self, phase: channel::Receiver<Phase>) -> Result<Vec<Client>, LabError> {
        let nodes = &self.fleet.nodes;
        let genesis = Arc::new(nodes.layout.genesis.clone());
        let addresses = nodes.layout.places.iter().map(|place| place.member);
        let addresses: Vec<_> = addresses.zip(nodes.clients.iter().cloned()).collect();
        let enough = usize::from(self.frame.faulty_max()) + 1;
        let holders = || {
            nodes
                .keys
                .iter()
                .take(enough)
                .map(|keys| keys.vault_signer())
        };
        let mut clients = Vec::new();
        for (at, (place, keys)) in nodes.layout.places.iter().zip(&nodes.keys).enumerate() {
            let basis = nodes.basis(at).await?;
            for turn in 0..CLIENTS {
                let number = turn * self.options.members + at;
                let missing = || LabError::Ledger(format!("client {number} has no key"));
                let signer = keys
                    .transaction_signer(CLIENT_KEY + turn)
                    .ok_or_else(missing)?;
                let author = Author {
                    member: MemberId::new(place.member),
                    signer,
                    basis,
                    holders: holders().collect(),
                };
                let purpose = 100 + u64::try_from(number).unwrap_or(0);
                clients.push(Client {
                    number,
                    author,
                    genesis: genesis.clone(),
                    network: nodes.layout.network(),
                    nodes: addresses.clone(),
                    log: self.log.clone(),
                    dice: Dice::new(self.options.seed, purpose),
                    phase: phase.clone(),
                });
            }
        }
        Ok(clients)
    }

    /// Lets the clients see what is under way to its end.
    async fn settle(
        &self,
        clients: &mut JoinSet<Result<(), LabError>>,
        phase: &channel::Sender<Phase>,
    ) -> Result<(), LabError> {
        let end = async {
            while let Some(ended) = clients.join_next().await {
                ended.map_err(|error| LabError::Ledger(error.to_string()))??;
            }
            Ok(())
        };
        if let Ok(ended) = timeout(ENDING, end).await {
            return ended;
        }
        phase.send_replace(Phase::Over);
        while let Some(ended) = clients.join_next().await {
            ended.map_err(|error| LabError::Ledger(error.to_string()))??;
        }
        Ok(())
    }

    /// Reads the ledgers, judges all, ends the processes.
    async fn judge(
        self,
        counts: Counts,
        stalled: Duration,
        number: usize,
    ) -> Result<Summary, LabError> {
        let ledgers = end::ledgers(&self.fleet, &self.log).await;
        let genesis = &self.fleet.nodes.layout.genesis;
        let dice = Dice::new(self.options.seed, 3);
        let receipts = end::receipts(&self.fleet, &self.log, genesis, &ledgers, dice, number).await;
        let height = self.log.best();
        let tally = self.log.tally();
        let (lines, records, mut findings) = self.log.take();
        let history = History {
            members: self.fleet.seats.keys().copied().collect(),
            records,
            lines,
            ledgers,
        };
        // Told already, with the reason.
        let told = findings.iter().any(|finding| finding.rule == Rule::Missing);
        let more = check(&history).into_iter();
        findings.extend(more.filter(|finding| !(told && finding.rule == Rule::Missing)));
        let held = findings.is_empty();
        let fleet = Arc::into_inner(self.fleet);
        let fleet =
            fleet.ok_or_else(|| LabError::Ledger("a task still holds the nodes".to_owned()))?;
        let left_out = fleet.left_out.clone();
        let keep = self.options.keep || !held;
        if keep {
            write_log(&fleet.folder().join("clients.log"), &history)?;
        }
        let folder = fleet.end(keep)?;
        Ok(Summary {
            held,
            findings,
            seed: self.options.seed,
            members: self.options.members,
            seconds: self.options.seconds,
            faults: counts,
            left_out,
            transactions: Transactions {
                accepted: tally.accepted,
                refused: tally.refused,
                given_up: tally.given_up,
                retries: tally.retries,
                waits: tally.waits,
            },
            height,
            ledger_transactions: history.ledgers.first().map_or(0, |l| l.entries.len()),
            answers: history.lines.len(),
            receipts,
            stalled_ms_max: u64::try_from(stalled.as_millis()).unwrap_or(u64::MAX),
            not_checked: NOT_CHECKED,
            folder: folder.map(|path| path.display().to_string()),
        })
    }
}

/// The clients' logs as text, in the order of the answers.
fn write_log(path: &Path, history: &History) -> Result<(), LabError> {
    let mut lines: Vec<&Line> = history.lines.iter().collect();
    lines.sort_by_key(|line| line.answered_us);
    let lines: Vec<String> = lines.into_iter().map(Line::words).collect();
    std::fs::write(path, lines.join("\n") + "\n").map_err(|source| LabError::Machine {
        what: "clients.log".to_owned(),
        source,
    })
}
