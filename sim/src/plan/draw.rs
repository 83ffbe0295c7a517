//! What a seed draws.
use super::{CALM, Face, Fault, Hostile, Malice, Plan, Sequel};
use crate::dice::Dice;
use crate::machine::Skew;
use crate::machine::disk::{Refused, Tear};
use crate::party::{FAULTY, NEWCOMER, NODES, members};
use std::collections::BTreeSet;
use std::time::Duration;

/// Blocks of an epoch of which four end within a run.
pub const EPOCH_SHORT: u64 = 10;
/// How wrong a clock may be.
const SKEW: Duration = Duration::from_secs(30);

/// The plan of a seed.
pub fn plan(seed: u64) -> Plan {
    let mut dice = Dice::new(seed, 1);
    let hostile = hostile(&mut dice);
    let mut plan = Plan {
        seed,
        epoch_blocks: *dice.pick(&[10, 10, 10, 20, 1_000]),
        interval: Duration::from_millis(*dice.pick(&[30, 60, 120, 200])),
        faults: Vec::new(),
        hostile,
        slow: None,
        tear: *dice.pick(&[
            Tear::Lose,
            Tear::Prefix(50),
            Tear::Prefix(90),
            Tear::Pieces(512),
            Tear::Pieces(1),
        ]),
        sync_ms_max: *dice.pick(&[0, 5, 30, 80]),
        sequel: Sequel::None,
        newcomer: false,
        sync: false,
        rotates: false,
        rekey: Duration::ZERO,
        upset: None,
        calls: 12,
        worst: (dice.within(10, 90), dice.within(1, 30), dice.within(0, 60)),
    };
    if plan.epoch_blocks == EPOCH_SHORT {
        plan.sequel = *dice.pick(&[
            Sequel::None,
            Sequel::SuspendNewcomer,
            Sequel::RotateNewcomer,
            Sequel::SuspendLast,
        ]);
    }
    if dice.percent(15) {
        let at = dice.millis(2_000, 6_000);
        plan.faults.push((at, Fault::Blackout));
        let back = at + dice.millis(200, 2_000);
        plan.faults.push((back, Fault::PowerBack));
    } else {
        troubles(&mut dice, &mut plan);
    }
    if dice.percent(60) {
        partition(&mut dice, &mut plan.faults);
    }
    comings(seed, &mut plan);
    plan.faults.sort_by_key(|(at, _)| *at);
    plan
}

/// Who loses its disk, whether the newcomer's node runs, and whose keys are replaced: drawn apart from the rest.
fn comings(seed: u64, plan: &mut Plan) {
    let mut dice = Dice::new(seed, 2);
    plan.sync = dice.percent(75);
    if dice.percent(60) {
        lost_disk(&mut dice, &mut plan.faults);
    }
    let lost = plan.lost();
    // The hostile one, one that may not vote for epochs and a newcomer that is down would be more than f of eight.
    let needed = lost.is_some() && plan.hostile.is_some();
    plan.newcomer = dice.percent(50) || needed;
    if plan.newcomer {
        let at = dice.millis(1_000, 7_000);
        plan.faults.push((at, Fault::Restart(NEWCOMER)));
        upsets(&mut dice, (NEWCOMER, at), &mut plan.faults);
    }
    let faces = plan.hostile.as_mut().map(|hostile| &mut hostile.malice);
    if let Some(Malice::Equivocates(faces)) = faces {
        let face = *dice.pick(&[Face::First, Face::Second, Face::Both]);
        faces.push((NEWCOMER, face));
    }
    // The hostile one, a newcomer that is down, and one whose old key has no vote until its node knows the new one, are more than f of
    // eight, too, but only until that node has started under the new one.
    let may_rotate = plan.epoch_blocks == EPOCH_SHORT && plan.sequel != Sequel::SuspendLast;
    plan.rotates = may_rotate && plan.is_honest(NODES) && dice.percent(50);
    plan.rekey = dice.millis(0, 2_500);
    plan.upset = dice.percent(50).then(|| dice.millis(50, 1_500));
}

/// A node that dies some time loses its disk then, and dies again while it joins.
fn lost_disk(dice: &mut Dice, faults: &mut Vec<(Duration, Fault)>) {
    let crashes = faults.iter().filter_map(|(at, fault)| match fault {
        Fault::Crash(member) => Some((*member, *at)),
        _ => None,
    });
    let crashes: Vec<(u16, Duration)> = crashes.collect();
    if crashes.is_empty() {
        return;
    }
    let (victim, at) = *dice.pick(&crashes);
    faults.push((at + Duration::from_millis(1), Fault::LoseDisk(victim)));
    let starts = faults.iter().filter_map(|(at, fault)| match fault {
        Fault::Restart(member) if *member == victim => Some(*at),
        _ => None,
    });
    let last = starts.max().unwrap_or(at);
    upsets(dice, (victim, last), faults);
}

/// A node that has just started dies and starts again, up to three times, a moment or a while after.
fn upsets(dice: &mut Dice, (member, mut at): (u16, Duration), faults: &mut Vec<(Duration, Fault)>) {
    for _ in 0..dice.within(0, 3) {
        let (crash, back) = (dice.millis(20, 1_500), dice.millis(200, 800));
        if at + crash + back > CALM {
            return;
        }
        faults.push((at + crash, Fault::Crash(member)));
        at += crash + back;
        faults.push((at, Fault::Restart(member)));
    }
}

/// Somebody in two thirds of the plans, a liar in more than one third: a lie ends the liar's term, so each tells few.
fn hostile(dice: &mut Dice) -> Option<Hostile> {
    let all: Vec<u16> = members().collect();
    let member = *dice.pick(&all);
    let malice = match dice.within(1, 100) {
        1..=22 => Malice::Equivocates(faces(dice, member)),
        23..=46 | 55..=66 => Malice::Lies,
        47..=54 => Malice::Silent,
        _ => return None,
    };
    Some(Hostile { member, malice })
}

/// What each other member meets: at least one peer for each face alone.
fn faces(dice: &mut Dice, member: u16) -> Vec<(u16, Face)> {
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
    faces.collect()
}

/// What goes wrong with honest nodes: with the hostile one never more than f at a time.
fn troubles(dice: &mut Dice, plan: &mut Plan) {
    let mut honest = plan.honest();
    let room = FAULTY - usize::from(plan.hostile.is_some());
    for _ in 0..room {
        let victim = *dice.pick(&honest);
        honest.retain(|member| *member != victim);
        match dice.within(1, 100) {
            1..=50 => crashes(dice, victim, &mut plan.faults),
            51..=70 => disk(dice, victim, &mut plan.faults),
            71..=82 => clock(dice, victim, &mut plan.faults),
            83..=92 => {
                let at = dice.millis(500, 5_000);
                plan.faults.push((at, Fault::Eclipse(victim)));
                plan.faults
                    .push((at + dice.millis(500, 4_000), Fault::Heal));
            }
            _ => plan.slow = Some(victim),
        }
    }
}

fn crashes(dice: &mut Dice, victim: u16, faults: &mut Vec<(Duration, Fault)>) {
    let mut at = Duration::ZERO;
    for _ in 0..dice.within(0, 3) {
        at += dice.millis(400, 2_000);
        faults.push((at, Fault::Crash(victim)));
        at += dice.millis(300, 1_300);
        faults.push((at, Fault::Restart(victim)));
    }
}

/// A disk that begins to refuse, and the node's restart on a sound one.
fn disk(dice: &mut Dice, victim: u16, faults: &mut Vec<(Duration, Fault)>) {
    let what = *dice.pick(&[Refused::Write, Refused::Sync]);
    let percent = *dice.pick(&[5, 30, 100]);
    let at = dice.millis(500, 5_000);
    faults.push((at, Fault::DiskRefuses(victim, what, percent)));
    let crash = at + dice.millis(2_500, 3_500);
    faults.push((crash, Fault::Crash(victim)));
    faults.push((crash + dice.millis(200, 1_000), Fault::Restart(victim)));
}

/// A clock that is half a minute wrong, until all is calm.
fn clock(dice: &mut Dice, victim: u16, faults: &mut Vec<(Duration, Fault)>) {
    let at = dice.millis(0, 3_000);
    let skew = *dice.pick(&[Skew::Ahead(SKEW), Skew::Behind(SKEW)]);
    faults.push((at, Fault::Clock(victim, skew)));
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
