//! What one seed decides before anything runs: links, faults and their times, the equivocator, the epochs' length.
//!
//! No more than f members are hostile or down at a time, but for the blackout, in which all are down and nothing is
//! promised but that nothing is lost. Everything is healed at [`CALM`].
use crate::dice::Dice;
use crate::party::{FAULTY, NODES, members};
use std::collections::BTreeSet;
use std::time::Duration;

/// When faults end, after the start.
pub const CALM: Duration = Duration::from_secs(10);

/// Something that goes wrong, or right again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A node dies; what it had not synced to its disk is gone.
    Crash(u16),
    /// It starts on its disk.
    Restart(u16),
    /// All nodes die.
    Blackout,
    /// All start on their disks.
    PowerBack,
    /// No message passes between these members and the others.
    Cut(BTreeSet<u16>),
    /// Messages pass again.
    Heal,
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

/// A validator that runs twice under one consensus key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equivocator {
    /// Who.
    pub member: u16,
    /// What each other member meets, by number.
    pub faces: Vec<(u16, Face)>,
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
    pub equivocator: Option<Equivocator>,
    /// Transactions of each client.
    pub calls: usize,
    /// Worst links: latency and jitter in milliseconds, lost messages of a thousand.
    pub worst: (u64, u64, u64),
}

impl Plan {
    /// The plan of a seed.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 1);
        let equivocator = dice.percent(50).then(|| equivocator(&mut dice));
        let mut faults = Vec::new();
        let blackout = dice.percent(15);
        if blackout {
            let at = dice.millis(2_000, 6_000);
            faults.push((at, Fault::Blackout));
            faults.push((at + dice.millis(200, 2_000), Fault::PowerBack));
        } else {
            crashes(&mut dice, equivocator.as_ref(), &mut faults);
        }
        if dice.percent(70) {
            partition(&mut dice, &mut faults);
        }
        faults.sort_by_key(|(at, _)| *at);
        Self {
            seed,
            epoch_blocks: *dice.pick(&[10, 20, 30, 1_000]),
            interval: Duration::from_millis(*dice.pick(&[30, 60, 120, 200])),
            faults,
            equivocator,
            calls: 12,
            worst: (dice.within(10, 90), dice.within(1, 30), dice.within(0, 60)),
        }
    }

    /// A plan in which nothing goes wrong.
    pub fn quiet(seed: u64) -> Self {
        Self {
            faults: Vec::new(),
            equivocator: None,
            worst: (20, 5, 0),
            ..Self::new(seed)
        }
    }

    /// How the link from one member to another behaves.
    pub fn link(&self, from: u16, to: u16) -> Quality {
        let mut dice = Dice::new(self.seed, 1_000 + u64::from(from) * 100 + u64::from(to));
        let (latency, jitter, lost) = self.worst;
        Quality {
            latency: dice.millis(2, latency),
            jitter: dice.millis(0, jitter),
            arrive: 1_000 - dice.within(0, lost),
        }
    }

    /// Members that are not hostile.
    pub fn honest(&self) -> Vec<u16> {
        let hostile = self.equivocator.as_ref().map(|hostile| hostile.member);
        members()
            .filter(|member| Some(*member) != hostile)
            .collect()
    }

    /// The faults in a few words.
    pub fn describe(&self) -> String {
        let count = |wanted: fn(&Fault) -> bool| {
            let faults = self.faults.iter().map(|(_, fault)| fault);
            faults.filter(|fault| wanted(fault)).count()
        };
        let crashes = count(|fault| matches!(fault, Fault::Crash(_)));
        let cuts = count(|fault| matches!(fault, Fault::Cut(_)));
        let blackouts = count(|fault| matches!(fault, Fault::Blackout));
        let (latency, jitter, lost) = self.worst;
        let twins = self.equivocator.as_ref();
        let twins = twins.map_or("-".into(), |hostile| hostile.member.to_string());
        format!(
            "crashes={crashes} partitions={cuts} blackouts={blackouts} equivocator={twins} \
             epoch={} interval={}ms latency<={latency}ms jitter<={jitter}ms loss<={lost}/1000",
            self.epoch_blocks,
            self.interval.as_millis(),
        )
    }
}

/// Somebody, with at least one peer for each face alone.
fn equivocator(dice: &mut Dice) -> Equivocator {
    let all: Vec<u16> = members().collect();
    let member = *dice.pick(&all);
    let others: Vec<u16> = members().filter(|other| *other != member).collect();
    let turn = dice.within(0, u64::from(NODES));
    let faces = others.iter().zip(turn..).map(|(other, place)| {
        let face = match place % 6 {
            0 => Face::First,
            1 => Face::Second,
            _ => *dice.pick(&[Face::First, Face::Second, Face::Both]),
        };
        (*other, face)
    });
    Equivocator {
        member,
        faces: faces.collect(),
    }
}

/// Crashes of honest nodes, with the hostile one never more than f at a time.
fn crashes(dice: &mut Dice, hostile: Option<&Equivocator>, faults: &mut Vec<(Duration, Fault)>) {
    let mut honest: Vec<u16> = members().collect();
    honest.retain(|member| hostile.is_none_or(|hostile| hostile.member != *member));
    let room = FAULTY - usize::from(hostile.is_some());
    for _ in 0..room {
        let victim = *dice.pick(&honest);
        honest.retain(|member| *member != victim);
        let mut at = Duration::ZERO;
        for _ in 0..dice.within(0, 2) {
            at += dice.millis(500, 2_500);
            faults.push((at, Fault::Crash(victim)));
            at += dice.millis(300, 2_000);
            faults.push((at, Fault::Restart(victim)));
        }
    }
}

fn partition(dice: &mut Dice, faults: &mut Vec<(Duration, Fault)>) {
    let all: Vec<u16> = members().collect();
    let mut side = BTreeSet::new();
    for _ in 0..dice.within(1, 3) {
        side.insert(*dice.pick(&all));
    }
    let at = dice.millis(500, 6_000);
    faults.push((at, Fault::Cut(side)));
    faults.push((at + dice.millis(500, 3_500), Fault::Heal));
}
