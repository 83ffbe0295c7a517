//! Which faults come, whom they meet, when and for how long: all of it follows from the seed.
//!
//! Times are those at which a fault is due. A fault waits for the ones before it until no more than f members would be in trouble, so on a slow
//! machine the later ones come late or not at all; their order and what they do stays.
use super::dice::Dice;
use serde::Serialize;
use std::collections::BTreeMap;

/// The first fault is due after this, milliseconds.
const FIRST_MS: u64 = 1_500;
/// How long a member is counted as in trouble after a fault ended, milliseconds.
const CATCH_UP_MS: u64 = 3_000;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `kill -9`, and a start some time later.
    Kill,
    /// SIGSTOP, and SIGCONT some time later.
    Pause,
    /// Connections with other members are closed, and none are made.
    Cut,
    /// Connections stay, and nothing comes through.
    Stall,
    /// What other members send comes late, and so does what they are sent.
    Delay,
    /// The disk is full; the node is to end and say so; there is room again, and it starts.
    FullDisk,
    /// The clock of a member jumps, and some time later back.
    ClockJump,
    /// All members are killed at once, and started some time later.
    Blackout,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Kill,
        Self::Pause,
        Self::Cut,
        Self::Stall,
        Self::Delay,
        Self::FullDisk,
        Self::ClockJump,
        Self::Blackout,
    ];

    /// In words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Pause => "pause",
            Self::Cut => "cut",
            Self::Stall => "stall",
            Self::Delay => "delay",
            Self::FullDisk => "full disk",
            Self::ClockJump => "clock jump",
            Self::Blackout => "blackout",
        }
    }

    /// Shortest and longest time that it lasts, milliseconds.
    const fn lasts_ms(self) -> (u64, u64) {
        match self {
            Self::Kill => (200, 4_000),
            Self::Pause | Self::Cut | Self::Stall | Self::Delay => (1_000, 9_000),
            Self::FullDisk => (300, 3_000),
            Self::ClockJump => (2_000, 8_000),
            Self::Blackout => (300, 3_000),
        }
    }
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// When it is due, milliseconds after the load began.
    pub at_ms: u64,
    /// What.
    pub kind: Kind,
    /// Whom it meets.
    pub members: Vec<u16>,
    /// Towards whom, if the network fails.
    pub others: Vec<u16>,
    /// For how long, milliseconds.
    pub for_ms: u64,
    /// By how much what comes is late, or the clock jumps (a negative one back), milliseconds.
    pub by_ms: i64,
}

/// What a plan is made for.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Members, from 1 on.
    pub members: u16,
    /// How long faults may begin, milliseconds.
    pub total_ms: u64,
    /// Whose disk can be filled.
    pub disk: Option<u16>,
    /// Whose clock can jump.
    pub clock: Option<u16>,
}

impl Frame {
    /// How many members may be in trouble at a time.
    pub const fn faulty_max(&self) -> u16 {
        self.members.saturating_sub(1) / 3
    }
}

/// The faults of a run, by the time at which they are due.
pub fn plan(seed: u64, frame: &Frame) -> Vec<Fault> {
    let mut draft = Draft {
        dice: Dice::new(seed, 1),
        frame: *frame,
        deck: Vec::new(),
        busy: BTreeMap::new(),
        faults: Vec::new(),
    };
    let total = frame.total_ms;
    let dark = draft.dice.within(total * 4 / 10, total * 6 / 10);
    let mut now = FIRST_MS;
    let mut was_dark = false;
    // At least the blackout comes, however short the run is.
    while now < total || !was_dark {
        now = match (now >= dark || now >= total) && !was_dark {
            true => {
                was_dark = true;
                draft.blackout(now)
            }
            false => draft.one(now),
        };
        now += draft.dice.within(300, 2_000);
    }
    draft.faults
}

struct Draft {
    dice: Dice,
    frame: Frame,
    /// Kinds that were not drawn since the deck was last whole, so that each comes about as often.
    deck: Vec<Kind>,
    /// Until when a member is in trouble.
    busy: BTreeMap<u16, u64>,
    faults: Vec<Fault>,
}

impl Draft {
    fn free(&self, now: u64) -> Vec<u16> {
        let members = 1..=self.frame.members;
        let is_free = |member: &u16| self.busy.get(member).is_none_or(|until| *until <= now);
        members.filter(is_free).collect()
    }

    fn for_ms(&mut self, kind: Kind) -> u64 {
        let (least, most) = kind.lasts_ms();
        let most = most.min(self.frame.total_ms / 6).max(least);
        self.dice.within(least, most)
    }

    fn add(&mut self, fault: Fault) {
        let until = fault.at_ms + fault.for_ms + CATCH_UP_MS;
        let busy = fault.members.iter().map(|member| (*member, until));
        self.busy.extend(busy);
        self.faults.push(fault);
    }

    /// Kills everybody once nobody is in trouble; gives when it is over.
    fn blackout(&mut self, now: u64) -> u64 {
        let at_ms = self.busy.values().copied().fold(now, u64::max);
        let for_ms = self.for_ms(Kind::Blackout);
        let fault = Fault {
            at_ms,
            kind: Kind::Blackout,
            members: (1..=self.frame.members).collect(),
            others: Vec::new(),
            for_ms,
            by_ms: 0,
        };
        self.add(fault);
        at_ms + for_ms + CATCH_UP_MS
    }

    /// Adds one fault at `now`, or gives when there is room for one.
    fn one(&mut self, now: u64) -> u64 {
        let free = self.free(now);
        let in_trouble = usize::from(self.frame.members) - free.len();
        let room = usize::from(self.frame.faulty_max()).saturating_sub(in_trouble);
        if room == 0 {
            let over = self.busy.values().copied().filter(|until| *until > now);
            return over.min().unwrap_or(now);
        }
        let kind = self.kind();
        let members = match kind {
            Kind::FullDisk => self.frame.disk.into_iter().collect(),
            Kind::ClockJump => self.frame.clock.into_iter().collect(),
            _ => {
                let most = u64::try_from(room).unwrap_or(1);
                let count = usize::try_from(self.dice.within(1, most)).unwrap_or(1);
                self.dice.draw(free.clone(), count)
            }
        };
        if members.iter().any(|member| !free.contains(member)) {
            // It is in trouble already: its turn comes again.
            self.deck.insert(0, kind);
            return now;
        }
        let (others, by_ms) = self.shape(kind, &members);
        let for_ms = self.for_ms(kind);
        self.add(Fault {
            at_ms: now,
            kind,
            members,
            others,
            for_ms,
            by_ms,
        });
        now
    }

    fn kind(&mut self) -> Kind {
        if self.deck.is_empty() {
            let mut kinds = Kind::ALL.to_vec();
            kinds.retain(|kind| match kind {
                Kind::Blackout => false,
                Kind::FullDisk => self.frame.disk.is_some(),
                Kind::ClockJump => self.frame.clock.is_some(),
                _ => true,
            });
            let count = kinds.len();
            self.deck = self.dice.draw(kinds, count);
        }
        self.deck.pop().unwrap_or(Kind::Kill)
    }

    /// Towards whom the network fails, and by how much.
    fn shape(&mut self, kind: Kind, members: &[u16]) -> (Vec<u16>, i64) {
        let others: Vec<u16> = (1..=self.frame.members)
            .filter(|other| !members.contains(other))
            .collect();
        let signed = |number: u64| i64::try_from(number).unwrap_or(0);
        match kind {
            Kind::Cut | Kind::Stall | Kind::Delay => {
                // Towards all half of the time, else towards some.
                let count = match self.dice.percent(50) {
                    true => others.len(),
                    false => 1 + self.dice.at(others.len()),
                };
                let by = self.dice.within(50, 2_000);
                let by = if kind == Kind::Delay { by } else { 0 };
                (self.dice.draw(others, count), signed(by))
            }
            Kind::ClockJump => {
                let by = signed(self.dice.within(2_000, 60_000));
                let by = if self.dice.percent(50) { by } else { -by };
                (Vec::new(), by)
            }
            _ => (Vec::new(), 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CATCH_UP_MS, Fault, Frame, Kind, plan};

    const FRAME: Frame = Frame {
        members: 7,
        total_ms: 180_000,
        disk: Some(3),
        clock: Some(6),
    };

    fn until(fault: &Fault) -> u64 {
        fault.at_ms + fault.for_ms + CATCH_UP_MS
    }

    /// Members in trouble when `fault` begins, its own among them; none twice.
    fn together(faults: &[Fault], fault: &Fault) -> Vec<u16> {
        let now = faults.iter();
        let now = now.filter(|f| f.at_ms <= fault.at_ms && until(f) > fault.at_ms);
        now.flat_map(|f| f.members.clone()).collect()
    }

    #[test]
    fn a_seed_means_the_same_faults() {
        assert_eq!(plan(7, &FRAME), plan(7, &FRAME));
        assert_ne!(plan(7, &FRAME), plan(8, &FRAME));
    }

    #[test]
    fn no_more_than_f_are_in_trouble_but_in_the_blackout() {
        for (members, faulty_max) in [(4, 1), (7, 2), (10, 3)] {
            for seed in 0..50 {
                let frame = Frame { members, ..FRAME };
                let faults = plan(seed, &frame);
                let dark = faults.iter().filter(|f| f.kind == Kind::Blackout);
                assert_eq!(dark.count(), 1, "{seed}");
                for fault in &faults {
                    let mut met = together(&faults, fault);
                    let most = match fault.kind {
                        Kind::Blackout => usize::from(members),
                        _ => faulty_max,
                    };
                    assert!(met.len() <= most, "{seed}: {fault:?} with {met:?}");
                    let count = met.len();
                    met.sort_unstable();
                    met.dedup();
                    assert_eq!(met.len(), count, "{seed}: {fault:?} meets one twice");
                }
            }
        }
    }

    #[test]
    fn every_kind_comes_where_it_can() {
        for seed in 0..20 {
            let faults = plan(seed, &FRAME);
            for kind in Kind::ALL {
                assert!(faults.iter().any(|f| f.kind == kind), "{seed}: {kind:?}");
            }
            let bare = Frame {
                disk: None,
                clock: None,
                ..FRAME
            };
            let left = |f: &Fault| matches!(f.kind, Kind::FullDisk | Kind::ClockJump);
            assert!(!plan(seed, &bare).iter().any(left));
        }
    }

    #[test]
    fn a_short_run_has_a_blackout() {
        let frame = Frame {
            members: 4,
            total_ms: 1_000,
            ..FRAME
        };
        assert!(plan(1, &frame).iter().any(|f| f.kind == Kind::Blackout));
    }
}
