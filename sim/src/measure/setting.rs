//! What is measured: how many validators, where, on what lines and processors.
use super::cost::Costs;
use super::place::Places;
use super::run::WARM;
use super::toll::Till;
use crate::machine::Processor;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Validators, 4 to 128.
    pub validators: u16,
    /// How many of them die, once the first three blocks are there.
    pub dead: u16,
    /// The first of those that die; what is measured at one node is measured at the first that does not.
    pub dead_from: u16,
    /// Where they are.
    pub places: Places,
    /// Megabits a second that each may send, and as many that each may receive; no bound if nothing.
    pub uplink_mbit: Option<u32>,
    /// Height of the block before the first that counts, 3 at least.
    pub from: u64,
    /// Blocks after that one, over which is measured.
    pub blocks: u64,
    /// Blocks of an epoch.
    pub epoch_blocks: u64,
    /// Transactions a second, each with one small call, evenly over the running members.
    pub load: u32,
    /// The seed.
    pub seed: u64,
    /// Whether blocks travel whole, and transactions to the next leaders alone, in large rosters too.
    pub whole: bool,
    /// What they compute on; without it computing takes no time.
    pub cores: Option<Cores>,
}

/// What nodes compute on.
#[derive(Clone, Copy, Debug)]
pub struct Cores {
    /// Cores of each node, or of all.
    pub count: u16,
    /// Whether all nodes share them, as in a bench on one machine.
    pub shared: bool,
    /// What work costs on one.
    pub costs: Costs,
}

impl Setting {
    /// So many validators in Pakistan, all alive, over lines without a bound, on processors without one.
    pub const fn of(validators: u16, seed: u64) -> Self {
        Self {
            validators,
            dead: 0,
            dead_from: validators,
            places: Places::Pakistan,
            uplink_mbit: None,
            from: WARM,
            blocks: Self::blocks(validators),
            epoch_blocks: 1_000_000,
            load: 50,
            seed,
            whole: false,
            cores: None,
        }
    }

    /// Members whose nodes run to the end.
    pub fn running(&self) -> impl Iterator<Item = u16> + use<> {
        let dead = self.dead_from..self.dead_from.saturating_add(self.dead);
        (1..=self.validators).filter(move |member| !dead.contains(member))
    }

    /// Where each node's work is charged.
    pub fn tills(&self) -> Vec<Till> {
        let Some(cores) = self.cores else {
            return vec![Till::None; usize::from(self.validators)];
        };
        let common = Processor::new(cores.count);
        let processor = |_| match cores.shared {
            true => common.clone(),
            false => Processor::new(cores.count),
        };
        let till = |member| Till::Charge(processor(member), cores.costs);
        (0..self.validators).map(till).collect()
    }

    /// The usual number of blocks for so many validators: what a loaded machine runs in a minute.
    pub const fn blocks(validators: u16) -> u64 {
        match validators {
            0..=10 => 100,
            11..=30 => 40,
            31..=60 => 16,
            _ => 8,
        }
    }
}
