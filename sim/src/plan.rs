//! What one seed decides before anything runs: links, faults and their times, the equivocator, the epochs' length.
//!
//! No more than f members are hostile or down at a time, but for the blackout, in which all are down and nothing is
//! promised but that nothing is lost. Everything is healed at [`CALM`].
mod draw;

use crate::dice::Dice;
use crate::machine::Skew;
use crate::machine::disk::{Refused, Tear};
use crate::party::{LAST_AGAIN, NEWCOMER, NEWCOMER_AGAIN, NODES, again, members};
use std::collections::BTreeSet;
use std::time::Duration;

/// When faults end, after the start.
pub const CALM: Duration = Duration::from_secs(10);

/// When anything starts: the runtime's clock shows a minute, so that a clock that is behind shows a time too.
pub const START: Duration = Duration::from_secs(60);

/// Something that goes wrong, or right again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A node dies; of what it had not synced to its disk the plan's [`Tear`] decides what is left.
    Crash(u16),
    /// It starts on its disk. One that runs is left alone.
    Restart(u16),
    /// All nodes die.
    Blackout,
    /// All start on their disks.
    PowerBack,
    /// No message passes between these members and the others.
    Cut(BTreeSet<u16>),
    /// No message passes between this member and honest ones.
    Eclipse(u16),
    /// Messages pass again.
    Heal,
    /// From now on the disk of a node refuses so many of a hundred writes or syncs.
    DiskRefuses(u16, Refused, u64),
    /// The clock of a node is set.
    Clock(u16, Skew),
    /// The disk of a node that is down is gone; it starts again on an empty one.
    LoseDisk(u16),
}

/// How a link behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality {
    /// Mean delay.
    pub latency: Duration,
    /// Its deviation.
    pub jitter: Duration,
    /// Messages of a thousand that arrive.
    pub arrive: u64,
}

/// Which of an equivocator's two faces a peer meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// The first only.
    First,
    /// The second only.
    Second,
    /// Both, and so it may see the contradiction.
    Both,
}

/// How a hostile member behaves, from the start to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malice {
    /// It runs twice under one consensus key; what each other member meets, by number.
    Equivocates(Vec<(u16, Face)>),
    /// It proposes blocks in which something is wrong.
    Lies,
    /// It hears and says nothing.
    Silent,
}

/// A hostile member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hostile {
    /// Who.
    pub member: u16,
    /// How.
    pub malice: Malice,
}

/// What is voted for after the newcomer is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sequel {
    /// Nothing.
    None,
    /// The newcomer is suspended.
    SuspendNewcomer,
    /// All keys of the newcomer are replaced.
    RotateNewcomer,
    /// The last member of the genesis, whose node runs, is suspended.
    SuspendLast,
}

/// Everything that a seed decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// Blocks of an epoch.
    pub epoch_blocks: u64,
    /// Least time between two blocks: shorter than a link's latency, blocks stand on parents that are not final yet.
    pub interval: Duration,
    /// Faults in the order of their times.
    pub faults: Vec<(Duration, Fault)>,
    /// The hostile member, if there is one.
    pub hostile: Option<Hostile>,
    /// The member of which every message is two seconds late until faults end, if there is one.
    pub slow: Option<u16>,
    /// What a power cut leaves of writes that were not synced.
    pub tear: Tear,
    /// How long a sync takes at most, in milliseconds.
    pub sync_ms_max: u64,
    /// What is voted for after the newcomer is in force: within short epochs only, else nothing.
    pub sequel: Sequel,
    /// Whether the newcomer's node runs: a restart of it among the faults is its first start.
    pub newcomer: bool,
    /// Whether a node on an empty disk takes the state of others; else it executes every block.
    pub sync: bool,
    /// All keys of the last member of the genesis are replaced, by votes at the start.
    pub rotates: bool,
    /// How long after new keys are in force a member's node starts again under them.
    pub rekey: Duration,
    /// When that node dies, after it started under new keys, if faults have not ended then.
    pub upset: Option<Duration>,
    /// Transactions of each client.
    pub calls: usize,
    /// Worst links: latency and jitter in milliseconds, lost messages of a thousand.
    pub worst: (u64, u64, u64),
}

/// How late every message of a slow member is.
const SLOW: Duration = Duration::from_secs(2);

impl Plan {
    /// The plan of a seed.
    pub fn new(seed: u64) -> Self {
        draw::plan(seed)
    }

    /// A plan in which nothing goes wrong.
    pub fn quiet(seed: u64) -> Self {
        Self {
            faults: Vec::new(),
            hostile: None,
            slow: None,
            sync_ms_max: 0,
            sequel: Sequel::None,
            newcomer: false,
            rotates: false,
            worst: (20, 5, 0),
            ..Self::new(seed)
        }
    }

    /// How the link from one member to another behaves.
    pub fn link(&self, from: u16, to: u16) -> Quality {
        let mut dice = Dice::new(self.seed, 1_000 + u64::from(from) * 100 + u64::from(to));
        let (latency, jitter, loss) = self.worst;
        let late = if self.slow == Some(from) {
            SLOW
        } else {
            Duration::ZERO
        };
        Quality {
            latency: dice.millis(2, latency) + late,
            jitter: dice.millis(0, jitter),
            arrive: 1_000 - dice.within(0, loss),
        }
    }

    /// Members of the genesis that are not hostile.
    pub fn honest(&self) -> Vec<u16> {
        let hostile = self.hostile.as_ref().map(|hostile| hostile.member);
        members()
            .filter(|member| Some(*member) != hostile)
            .collect()
    }

    /// Whether a member is not the hostile one.
    pub fn is_honest(&self, member: u16) -> bool {
        let hostile = self.hostile.as_ref();
        hostile.is_none_or(|hostile| hostile.member != member)
    }

    /// Members whose honest nodes run in the end.
    pub fn nodes(&self) -> Vec<u16> {
        let mut nodes = self.honest();
        nodes.extend(self.newcomer.then_some(NEWCOMER));
        nodes
    }

    /// The member whose node loses its disk, if one does.
    pub fn lost(&self) -> Option<u16> {
        let mut faults = self.faults.iter();
        faults.find_map(|(_, fault)| match fault {
            Fault::LoseDisk(member) => Some(*member),
            _ => None,
        })
    }

    /// The member that says nothing, if there is one.
    pub fn silent(&self) -> Option<u16> {
        let hostile = self.hostile.as_ref();
        let silent = hostile.filter(|hostile| hostile.malice == Malice::Silent);
        silent.map(|hostile| hostile.member)
    }

    /// Members whose clients ask: not the one that is to be suspended, or whose keys are replaced, whose calls would be refused from
    /// some height on.
    pub fn clients(&self) -> impl Iterator<Item = u16> {
        let leaves = self.rotates || self.sequel == Sequel::SuspendLast;
        members().filter(move |member| !leaves || *member != NODES)
    }

    /// Whether the run goes on until all that was voted for is in force, and who may vote has voted: within short epochs.
    pub fn goes_on(&self) -> bool {
        let joins = self.newcomer || self.lost().is_some();
        let short = self.epoch_blocks <= draw::EPOCH_SHORT;
        self.sequel != Sequel::None || self.rotates || (joins && short)
    }

    /// Who validates once all that was voted for is in force, if the run goes on until then: numbers of consensus keys.
    pub fn validators_after(&self) -> Option<BTreeSet<u16>> {
        if !self.goes_on() {
            return None;
        }
        let mut validators: BTreeSet<u16> = members().chain([NEWCOMER]).collect();
        if self.rotates {
            validators.remove(&NODES);
            validators.insert(LAST_AGAIN);
        }
        match self.sequel {
            Sequel::None => {}
            Sequel::SuspendNewcomer => {
                validators.remove(&NEWCOMER);
            }
            Sequel::RotateNewcomer => {
                validators.remove(&NEWCOMER);
                validators.insert(NEWCOMER_AGAIN);
            }
            Sequel::SuspendLast => {
                validators.remove(&NODES);
            }
        }
        Some(validators)
    }

    /// Those of them whose nodes are honest and run: each must have voted in the end.
    pub fn voters_after(&self) -> BTreeSet<u16> {
        let nodes = self.nodes().into_iter();
        let numbers = nodes.flat_map(|member| std::iter::once(member).chain(again(member)));
        let validators = self.validators_after().unwrap_or_default();
        numbers.filter(|it| validators.contains(it)).collect()
    }

    /// The faults in a few words.
    pub fn describe(&self) -> String {
        let count = |wanted: fn(&Fault) -> bool| {
            let faults = self.faults.iter().map(|(_, fault)| fault);
            faults.filter(|fault| wanted(fault)).count()
        };
        let (latency, jitter, loss) = self.worst;
        let hostile = match &self.hostile {
            None => "-".into(),
            Some(Hostile { member, malice }) => match malice {
                Malice::Equivocates(_) => format!("{member}:equivocates"),
                Malice::Lies => format!("{member}:lies"),
                Malice::Silent => format!("{member}:silent"),
            },
        };
        let name = |member: Option<u16>| member.map_or("-".into(), |member| member.to_string());
        let (slow, lost) = (name(self.slow), name(self.lost()));
        format!(
            "hostile={hostile} crashes={} blackouts={} disks={} clocks={} eclipses={} partitions={} slow={slow} lost={lost} newcomer={} \
             takes_state={} rotates={} tear={:?} sync<={}ms sequel={:?} epoch={} interval={}ms latency<={latency}ms jitter<={jitter}ms loss<={loss}/1000",
            count(|fault| matches!(fault, Fault::Crash(_))),
            count(|fault| matches!(fault, Fault::Blackout)),
            count(|fault| matches!(fault, Fault::DiskRefuses(..))),
            count(|fault| matches!(fault, Fault::Clock(..))),
            count(|fault| matches!(fault, Fault::Eclipse(_))),
            count(|fault| matches!(fault, Fault::Cut(_))),
            self.newcomer,
            self.sync,
            self.rotates,
            self.tear,
            self.sync_ms_max,
            self.sequel,
            self.epoch_blocks,
            self.interval.as_millis(),
        )
    }
}
