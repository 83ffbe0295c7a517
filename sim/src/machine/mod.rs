//! What one node runs on: a clock that may be wrong and a disk that may fail or tear, on the deterministic runtime.
//!
//! The runtime has storage faults of its own, but for all nodes at once, and it tears writes only when everything ends. Here each
//! node has its own disk ([`disk`]): it knows every write that is not durable yet, so that a power cut of one node keeps some of
//! them and loses others, and it can refuse a write or a sync of that node alone. A node that panics after its disk has refused is stopped as
//! its process would be: none of its tasks runs any more. One that panics for another reason ends the run.
mod alive;
mod blob;
mod context;
pub mod disk;
mod processor;

pub use alive::Life;
pub use context::Machine;
pub use disk::Disk;
pub use processor::{Computing, Part, Processor, Profile};

use commonware_utils::sync::Mutex;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How far a clock is from the true one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skew {
    /// It is ahead.
    Ahead(Duration),
    /// It is behind.
    Behind(Duration),
}

impl Skew {
    /// No error.
    pub const NONE: Self = Self::Ahead(Duration::ZERO);

    /// What the clock shows at a true time.
    pub fn shown(self, at: SystemTime) -> SystemTime {
        match self {
            Self::Ahead(by) => at + by,
            Self::Behind(by) => at.checked_sub(by).unwrap_or(SystemTime::UNIX_EPOCH),
        }
    }

    /// The true time at which the clock shows `at`.
    pub fn truly(self, at: SystemTime) -> SystemTime {
        match self {
            Self::Ahead(by) => at.checked_sub(by).unwrap_or(SystemTime::UNIX_EPOCH),
            Self::Behind(by) => at + by,
        }
    }
}

/// What outlives a node's restarts: its disk, the error of its clock, its processor. Clones share it.
#[derive(Clone, Default)]
pub struct House {
    disk: Disk,
    skew: Arc<Mutex<Option<Skew>>>,
    computing: Computing,
}

impl House {
    /// A house whose disk draws from this seed.
    pub fn new(seed: u64) -> Self {
        Self {
            disk: Disk::new(seed),
            ..Self::default()
        }
    }

    /// The same, in which computing takes time.
    pub fn computing(self, computing: Computing) -> Self {
        Self { computing, ..self }
    }

    /// Its disk.
    pub const fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Sets its clock.
    pub fn set_clock(&self, skew: Skew) {
        *self.skew.lock() = Some(skew);
    }

    fn skew(&self) -> Skew {
        self.skew.lock().unwrap_or(Skew::NONE)
    }
}
