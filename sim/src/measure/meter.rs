//! Counts what is sent, and notes when each block was.
use crate::wire::Tap;
use amanat_node::network::BROADCAST;
use amanat_types::Digest;
use commonware_runtime::{Clock as _, IoBuf, deterministic::Context};
use commonware_utils::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    /// Messages, one for each receiver.
    pub messages: u64,
    /// Their bytes, without what the transport adds.
    pub bytes: u64,
}

struct Counted {
    all: Count,
    proposed: BTreeMap<Digest, SystemTime>,
}

/// The tap of every node; all share it.
pub struct Meter {
    clock: Context,
    counted: Mutex<Counted>,
}

impl Meter {
    /// Counts from zero.
    pub fn new(clock: Context) -> Arc<Self> {
        let counted = Counted {
            all: Count::default(),
            proposed: BTreeMap::new(),
        };
        Arc::new(Self {
            clock,
            counted: Mutex::new(counted),
        })
    }

    /// What was counted so far.
    pub fn count(&self) -> Count {
        self.counted.lock().all
    }

    /// When a block was first sent.
    pub fn proposed(&self, block: &Digest) -> Option<SystemTime> {
        self.counted.lock().proposed.get(block).copied()
    }
}

impl Tap for Meter {
    fn pass(&self, channel: u64, peers: usize, message: IoBuf) -> Option<IoBuf> {
        let receivers = u64::try_from(peers).unwrap_or(0);
        let bytes = u64::try_from(message.len()).unwrap_or(0);
        let mut counted = self.counted.lock();
        counted.all.messages += receivers;
        counted.all.bytes += receivers * bytes;
        if channel == BROADCAST
            && let Some(header) = amanat_node::brief::header(&message)
        {
            let now = self.clock.current();
            counted.proposed.entry(header.digest()).or_insert(now);
        }
        Some(message)
    }
}
