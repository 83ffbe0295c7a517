//! Lets the faults of a plan happen to real processes, no more than f members at a time but in the blackout.
use super::super::LabError;
use super::check::{Finding, Rule};
use super::fleet::Fleet;
use super::log::Log;
use super::plan::{Fault, Kind};
use super::relay::Mode;
use super::seat::{QUESTION, Seat};
use super::watch::Troubles;
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{MutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// By how much a jumped clock may differ from what was asked, milliseconds: it is read over HTTP from a busy machine.
const JUMP_SLACK_MS: u64 = 1_500;
/// How often running nodes are looked at.
const TICK: Duration = Duration::from_millis(200);

/// Faults that happened, by kind.
pub type Counts = BTreeMap<Kind, u64>;

/// What each fault works on.
#[derive(Clone)]
pub struct Storm {
    /// The members.
    pub fleet: Arc<Fleet>,
    /// Where findings go.
    pub log: Arc<Log>,
    /// Whom what meets.
    pub troubles: Arc<Troubles>,
}

impl Storm {
    /// Runs the faults that are due before `total`, and waits until every member is well. Ends early if something is found.
    pub async fn run(
        self,
        faults: Vec<Fault>,
        faulty_max: u16,
        total: Duration,
    ) -> Result<Counts, LabError> {
        let start = Instant::now();
        let permits = Arc::new(Semaphore::new(usize::from(faulty_max)));
        let mut running = JoinSet::new();
        let mut counts = Counts::new();
        for fault in faults {
            let due = start + Duration::from_millis(fault.at_ms);
            self.wait(due.saturating_duration_since(Instant::now()))
                .await;
            let needed = fault.members.len().min(usize::from(faulty_max));
            let needed = u32::try_from(needed).unwrap_or(u32::MAX);
            let permit = permits.clone().acquire_many_owned(needed).await;
            let permit = permit.map_err(|error| LabError::Ledger(error.to_string()))?;
            if self.log.has_found() {
                break;
            }
            // The blackout comes in any case.
            if start.elapsed() > total && fault.kind != Kind::Blackout {
                continue;
            }
            let storm = self.clone();
            running.spawn(async move { storm.one(fault, permit).await });
            collect(&mut running, &mut counts, false).await?;
        }
        self.wait((start + total).saturating_duration_since(Instant::now()))
            .await;
        collect(&mut running, &mut counts, true).await?;
        Ok(counts)
    }

    /// Waits, and looks meanwhile whether a node that nobody touches has ended.
    async fn wait(&self, time: Duration) {
        let end = Instant::now() + time;
        while !self.log.has_found() {
            for seat in self.fleet.seats.values() {
                if let Ok(mut seat) = seat.try_lock()
                    && let Some(finding) = seat.ended()
                {
                    self.log.find(finding);
                }
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            sleep(left.min(TICK)).await;
        }
    }

    /// One fault, from its beginning until its members stand where the others stood when it was over.
    async fn one(
        self,
        fault: Fault,
        permit: OwnedSemaphorePermit,
    ) -> Result<Option<Kind>, LabError> {
        let mut seats = Vec::new();
        for member in &fault.members {
            if let Some(seat) = self.fleet.seats.get(member) {
                seats.push(seat.lock().await);
            }
        }
        eprintln!(
            "[{:5.1} s] {}",
            self.log.now_us() as f64 / 1e6,
            words(&fault)
        );
        self.troubles.set(&fault.members, Some(fault.kind.word()));
        let happened = self.happen(&fault, &mut seats).await?;
        let tip = self.log.best();
        for seat in &mut seats {
            if let Err(finding) = seat.ready(tip).await {
                self.log.find(finding);
            }
        }
        self.troubles.set(&fault.members, None);
        drop(permit);
        Ok(happened.then_some(fault.kind))
    }

    /// The fault itself, and its end. Says whether it came about.
    async fn happen(
        &self,
        fault: &Fault,
        seats: &mut [MutexGuard<'_, Seat>],
    ) -> Result<bool, LabError> {
        let time = Duration::from_millis(fault.for_ms);
        match fault.kind {
            Kind::Kill | Kind::Blackout => {
                seats.iter_mut().for_each(|seat| seat.kill());
                sleep(time).await;
                seats.iter_mut().try_for_each(|seat| seat.start())?;
            }
            Kind::Pause => {
                seats
                    .iter()
                    .try_for_each(|seat| seat.signal(Signal::STOP))?;
                sleep(time).await;
                seats
                    .iter()
                    .try_for_each(|seat| seat.signal(Signal::CONT))?;
            }
            Kind::Cut | Kind::Stall | Kind::Delay => {
                let late = u64::try_from(fault.by_ms).unwrap_or(0);
                let mode = match fault.kind {
                    Kind::Cut => Mode::Cut,
                    Kind::Stall => Mode::Stall,
                    _ => Mode::Delay(Duration::from_millis(late)),
                };
                for member in &fault.members {
                    self.fleet.mesh.set(*member, mode, &fault.others);
                }
                sleep(time).await;
                for member in &fault.members {
                    self.fleet.mesh.set(*member, Mode::Open, &[]);
                }
            }
            Kind::FullDisk => return self.fill(seats, time).await,
            Kind::ClockJump => return self.jump(seats, time, fault.by_ms).await,
        }
        Ok(true)
    }

    async fn fill(
        &self,
        seats: &mut [MutexGuard<'_, Seat>],
        time: Duration,
    ) -> Result<bool, LabError> {
        let mut happened = false;
        for seat in seats {
            let Some(disk) = &seat.disk else { continue };
            disk.fill()?;
            if let Err(finding) = seat.ends_full().await {
                self.log.find(finding);
            }
            sleep(time).await;
            seat.kill();
            if let Some(disk) = &seat.disk {
                disk.make_room()?;
            }
            seat.start()?;
            happened = true;
        }
        Ok(happened)
    }

    /// A jump counts only if the node itself says another time afterwards.
    async fn jump(
        &self,
        seats: &mut [MutexGuard<'_, Seat>],
        time: Duration,
        by_ms: i64,
    ) -> Result<bool, LabError> {
        let mut happened = false;
        for seat in seats {
            let Some(clock) = &seat.clock else { continue };
            clock.set(by_ms)?;
            sleep(time).await;
            match seat.clock_error_ms().await {
                Ok(error_ms) if error_ms.abs_diff(by_ms) <= JUMP_SLACK_MS => happened = true,
                Ok(error_ms) => {
                    let what =
                        format!("a clock that was to be wrong by {by_ms} ms is so by {error_ms}");
                    return Err(LabError::Ledger(what));
                }
                Err(_) => {
                    let (member, seconds) = (seat.member, QUESTION.as_secs());
                    let what = format!(
                        "the node of member {member} does not answer within {seconds} s with a wrong clock"
                    );
                    self.log.find(Finding::new(Rule::Node, what));
                }
            }
            clock.set(0)?;
        }
        Ok(happened)
    }
}

/// Counts the faults that are over; with `all` waits for the others.
async fn collect(
    running: &mut JoinSet<Result<Option<Kind>, LabError>>,
    counts: &mut Counts,
    all: bool,
) -> Result<(), LabError> {
    loop {
        let next = match all {
            true => running.join_next().await,
            false => running.try_join_next(),
        };
        let Some(done) = next else { return Ok(()) };
        let done = done.map_err(|error| LabError::Ledger(error.to_string()))?;
        if let Some(kind) = done? {
            *counts.entry(kind).or_default() += 1;
        }
    }
}

fn words(fault: &Fault) -> String {
    let numbers = |list: &[u16]| {
        let list: Vec<String> = list.iter().map(u16::to_string).collect();
        list.join(", ")
    };
    let mut words = format!("{} of {}", fault.kind.word(), numbers(&fault.members));
    if !fault.others.is_empty() {
        words.push_str(&format!(" towards {}", numbers(&fault.others)));
    }
    if fault.by_ms != 0 {
        words.push_str(&format!(" by {} ms", fault.by_ms));
    }
    words.push_str(&format!(" for {} ms", fault.for_ms));
    words
}
