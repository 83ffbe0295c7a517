//! Where a node's work is charged to its processor, or counted.
use super::cost::Costs;
use super::meter::Meter;
use crate::machine::{Computing, Processor, Profile};
use crate::wire::Tap;
use amanat_node::work::{Account, Load, Work};
use commonware_runtime::{Clock as _, IoBuf, deterministic::Context};
use commonware_utils::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

/// What of each kind was done, at all nodes; clones share it.
#[derive(Clone, Default)]
pub struct Counts(Arc<Mutex<BTreeMap<String, u64>>>);

impl Counts {
    /// All counts so far.
    pub fn all(&self) -> BTreeMap<String, u64> {
        self.0.lock().clone()
    }

    fn add(&self, what: impl Into<String>, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        *self.0.lock().entry(what.into()).or_default() += count;
    }

    fn load(&self, what: &str, load: Load) {
        self.add(what, 1);
        self.add(format!("{what} transactions"), load.transactions);
        self.add(format!("{what} calls"), load.calls);
    }

    fn work(&self, work: Work) {
        match work {
            Work::Signatures(count) => {
                self.add("batches", 1);
                self.add("signatures", count);
            }
            Work::TakenIn(count) => self.add("taken in", count),
            Work::Relayed(count) => self.add("relayed", count),
            Work::Joined(bytes) => self.add("joined bytes", bytes),
            Work::Executed(load) => self.load("executed", load),
            Work::Finalised(load) => self.load("finalised", load),
        }
    }
}

/// What computing is on the nodes of a measurement.
#[derive(Clone, Default)]
pub enum Till {
    /// It takes no time.
    #[default]
    None,
    /// It is charged.
    Charge(Processor, Costs),
    /// It takes no time; what it takes here and what was done is written down, signatures, whose costs are known, by their number alone.
    Count(Profile, Counts, Costs),
}

impl Till {
    /// The same, as the node's machine takes it.
    pub fn computing(&self) -> Computing {
        match self {
            Self::None => Computing::Free,
            Self::Charge(processor, _) => Computing::Charged(processor.clone()),
            Self::Count(profile, ..) => Computing::Profiled(profile.clone()),
        }
    }

    /// The processor that is charged.
    pub const fn processor(&self) -> Option<&Processor> {
        match self {
            Self::Charge(processor, _) => Some(processor),
            Self::None | Self::Count(..) => None,
        }
    }

    /// A transaction of so many bytes came in at the node's door: decoding it, outside of its tasks.
    pub fn came_in(&self, now: SystemTime, bytes: usize) {
        if let Self::Charge(processor, costs) = self {
            processor.charge(now, costs.came_in(bytes));
        }
    }

    /// Whom the node tells what it does.
    pub fn account(&self, clock: Context) -> Account {
        match self.clone() {
            Self::None => Account::default(),
            Self::Charge(processor, costs) => {
                Account::new(move |work| processor.charge(clock.current(), costs.work(work)))
            }
            Self::Count(profile, counts, costs) => Account::new(move |work| {
                counts.work(work);
                if let Work::Signatures(_) = work {
                    profile.elsewhere(costs.work(work));
                }
            }),
        }
    }
}

/// The tap of one node.
pub struct Toll {
    /// Counts what all send.
    pub meter: Arc<Meter>,
    /// Where it is charged.
    pub till: Till,
    /// The time.
    pub clock: Context,
}

impl Tap for Toll {
    fn pass(&self, channel: u64, peers: usize, message: IoBuf) -> Option<IoBuf> {
        match &self.till {
            Till::None => {}
            Till::Charge(processor, costs) => {
                processor.charge(self.clock.current(), costs.sent(peers, message.len()));
            }
            Till::Count(_, counts, _) => {
                counts.add(format!("sent {channel}"), peers);
                counts.add(format!("sent {channel} bytes"), peers * message.len());
            }
        }
        self.meter.pass(channel, peers, message)
    }

    fn hear(&self, channel: u64, message: &IoBuf) {
        match &self.till {
            Till::None => {}
            Till::Charge(processor, costs) => {
                processor.charge(self.clock.current(), costs.heard(channel, message.len()));
            }
            Till::Count(_, counts, _) => {
                counts.add(format!("heard {channel}"), 1);
                counts.add(format!("heard {channel} bytes"), message.len());
            }
        }
    }
}
