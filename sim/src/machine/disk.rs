//! One node's disk: what was written and is not durable yet, what it refuses, and what a power cut leaves.
use crate::dice::Dice;
use commonware_runtime::{
    Blob as _, BlobVersion, IoBuf, Storage as _, WriteOptions, deterministic::Context,
};
use commonware_utils::sync::Mutex;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What becomes of writes that were not synced when the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tear {
    /// All are lost.
    Lose,
    /// Of each write that is kept a part from its start is kept: so many of a hundred are kept at all.
    Prefix(u64),
    /// Each piece of so many bytes, of each write, is kept or lost by itself, evenly.
    Pieces(usize),
}

/// What a disk refuses from some time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Writes fail; some of their bytes may be there after a restart.
    Write,
    /// Syncs fail; what was written may or may not be there after a restart.
    Sync,
}

/// How long a process may take to end once its disk has refused: as long as a heartbeat.
pub const GRACE: Duration = Duration::from_secs(1);

/// How a disk behaves.
#[derive(Clone, Copy, Debug)]
struct Habit {
    tear: Tear,
    delay_ms_max: u64,
    refused: Option<(Refused, u64)>,
}

/// A file by its name.
#[derive(Debug)]
pub struct File {
    partition: String,
    name: Vec<u8>,
    versions: RangeInclusive<BlobVersion>,
}

/// A change that is not durable.
enum Debt {
    Write(u64, IoBuf),
    /// Durable bytes that stand behind a change of length that is not.
    Kept(u64, IoBuf),
    Resize(u64),
}

struct State {
    dice: Dice,
    habit: Habit,
    debts: Vec<(Arc<File>, Debt)>,
    refused_at: Option<SystemTime>,
    ended: bool,
    torn: usize,
}

/// A disk; clones share it.
#[derive(Clone)]
pub struct Disk(Arc<Mutex<State>>);

impl Default for Disk {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Disk {
    /// A sound disk that draws from this seed.
    pub fn new(seed: u64) -> Self {
        let habit = Habit {
            tear: Tear::Lose,
            delay_ms_max: 0,
            refused: None,
        };
        Self(Arc::new(Mutex::new(State {
            dice: Dice::new(seed, 77),
            habit,
            debts: Vec::new(),
            refused_at: None,
            ended: false,
            torn: 0,
        })))
    }

    /// What a power cut leaves, and how long a sync takes at most.
    pub fn set_habit(&self, tear: Tear, delay_ms_max: u64) {
        let mut state = self.0.lock();
        state.habit.tear = tear;
        state.habit.delay_ms_max = delay_ms_max;
    }

    /// Refuses so many of a hundred writes or syncs from now on.
    pub fn refuse(&self, what: Refused, percent: u64) {
        self.0.lock().habit.refused = Some((what, percent));
    }

    /// When it first refused, since it was last started.
    pub fn refused(&self) -> Option<SystemTime> {
        self.0.lock().refused_at
    }

    /// Whether the process still runs at `now` although the disk refused [`GRACE`] before.
    pub fn was_ignored(&self, now: SystemTime) -> bool {
        let state = self.0.lock();
        let since = state.refused_at.and_then(|at| now.duration_since(at).ok());
        since.is_some_and(|since| since >= GRACE) && !state.ended
    }

    /// Writes of which a power cut kept a part only.
    pub fn torn(&self) -> usize {
        self.0.lock().torn
    }

    pub(super) fn process_ended(&self) {
        self.0.lock().ended = true;
    }

    pub(super) fn delay(&self) -> Duration {
        let mut state = self.0.lock();
        let most = state.habit.delay_ms_max;
        state.dice.millis(0, most)
    }

    pub(super) fn refuses_now(&self, what: Refused) -> bool {
        let mut state = self.0.lock();
        match state.habit.refused {
            Some((refused, percent)) if refused == what => state.dice.percent(percent),
            _ => false,
        }
    }

    pub(super) fn refuses(&self, now: SystemTime) {
        self.0.lock().refused_at.get_or_insert(now);
    }

    pub(super) fn opened(
        &self,
        partition: &str,
        name: &[u8],
        versions: RangeInclusive<BlobVersion>,
    ) -> Arc<File> {
        // What was opened shows what is durable: earlier changes are gone.
        self.removed(partition, Some(name));
        Arc::new(File {
            partition: partition.into(),
            name: name.to_vec(),
            versions,
        })
    }

    pub(super) fn removed(&self, partition: &str, name: Option<&[u8]>) {
        let gone = |file: &File| file.partition == partition && name.is_none_or(|n| n == file.name);
        self.0.lock().debts.retain(|(file, _)| !gone(file));
    }

    pub(super) fn written(&self, file: &Arc<File>, at: u64, bytes: &IoBuf) {
        let debt = Debt::Write(at, bytes.clone());
        self.0.lock().debts.push((file.clone(), debt));
    }

    /// A write that is durable by itself; what was written before elsewhere in the file is not.
    pub(super) fn durable(&self, file: &Arc<File>, at: u64, bytes: &IoBuf) {
        let debt = Debt::Kept(at, bytes.clone());
        let mut state = self.0.lock();
        let mine = |(other, _): &(Arc<File>, Debt)| Arc::ptr_eq(other, file);
        let same = |(other, debt): &(Arc<File>, Debt)| {
            Arc::ptr_eq(other, file)
                && matches!(debt, Debt::Write(from, written) if *from == at && written.len() == bytes.len())
        };
        if let Some(paid) = state.debts.iter().rposition(same) {
            state.debts.remove(paid);
        }
        if state.debts.iter().any(mine) {
            state.debts.push((file.clone(), debt));
        }
    }

    pub(super) fn resized(&self, file: &Arc<File>, len: u64) {
        let debt = Debt::Resize(len);
        self.0.lock().debts.push((file.clone(), debt));
    }

    pub(super) fn synced(&self, file: &Arc<File>) {
        let mut state = self.0.lock();
        state.debts.retain(|(other, _)| !Arc::ptr_eq(other, file));
    }

    /// Decides what is left after the power went, makes it durable, and is sound from then on. No file may be open.
    pub async fn power_back(&self, context: &Context) {
        let (debts, tear) = {
            let mut state = self.0.lock();
            state.refused_at = None;
            state.ended = false;
            state.habit.refused = None;
            (std::mem::take(&mut state.debts), state.habit.tear)
        };
        if tear == Tear::Lose {
            return;
        }
        for (file, debt) in debts {
            let opened = context.open_versioned(&file.partition, &file.name, file.versions.clone());
            let (blob, _, _) = opened.await.expect("a file that was open");
            match debt {
                Debt::Kept(at, bytes) => write(&blob, at, bytes).await,
                Debt::Resize(len) if self.0.lock().dice.percent(50) => {
                    blob.resize(len).await.expect("memory does not fail");
                    blob.sync().await.expect("memory does not fail");
                }
                Debt::Resize(_) => {}
                Debt::Write(at, bytes) => {
                    for (from, to) in self.kept(tear, bytes.len()) {
                        let offset = u64::try_from(from).expect("a short write");
                        write(&blob, at + offset, bytes.slice(from..to)).await;
                    }
                }
            }
        }
    }

    /// The parts of a write that are left.
    fn kept(&self, tear: Tear, len: usize) -> Vec<(usize, usize)> {
        let mut state = self.0.lock();
        let parts = match tear {
            Tear::Lose => Vec::new(),
            Tear::Prefix(percent) => {
                let most = u64::try_from(len).unwrap_or(u64::MAX);
                let end = match (state.dice.percent(percent), state.dice.percent(50)) {
                    (false, _) => 0,
                    (true, false) => most,
                    (true, true) => state.dice.within(0, most),
                };
                vec![(0, usize::try_from(end).unwrap_or(len))]
            }
            Tear::Pieces(size) => {
                let starts = (0..len).step_by(size.max(1));
                let parts = starts.map(|start| (start, len.min(start + size.max(1))));
                parts.filter(|_| state.dice.percent(50)).collect()
            }
        };
        let parts: Vec<(usize, usize)> = parts.into_iter().filter(|(from, to)| from < to).collect();
        let left: usize = parts.iter().map(|(from, to)| to - from).sum();
        if left > 0 && left < len {
            state.torn += 1;
        }
        parts
    }
}

async fn write(blob: &impl commonware_runtime::Blob, at: u64, bytes: IoBuf) {
    let written = blob.write_at(at, bytes, WriteOptions::SYNC).await;
    written.expect("memory does not fail");
}
