//! Whose turn it is to lead a view.
//!
//! Validators take turns in the order of the roster. Who is inactive, as the last block of the epoch before said, has one turn in each
//! [`ROUNDS`] rounds and one: enough to lead a block as soon as it can, too few to hold the others up. Where nobody is inactive the turns are
//! commonware's round robin, so that programs that know nothing of this agree on them; but since protocol version 3 the leader of an epoch's second
//! view leads the first as well. An engine that has just begun has heard of nobody, and takes whoever it has not heard of for dead once it heard of a
//! quorum: that is after the first view, and of the leader of that view it did hear. Whose votes come last has the second view's time to be heard.
use amanat_types::block::{Inactive, NextEpoch, Scheme};
use commonware_consensus::simplex::elector::{Config, Elector, Scheduled, Terms};
use commonware_consensus::types::{Participant, Round, TermLength};
use commonware_cryptography::ed25519;
use commonware_utils::ordered::Set;
use std::sync::Arc;

/// Rounds of the active validators between two of all.
const ROUNDS: u64 = 15;

/// The first protocol version under which the leader of the second view leads the first as well.
const FIRST_TWICE: u16 = 3;

/// The turns of an epoch, before its validators are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turns {
    /// Who is inactive.
    pub inactive: Inactive,
    /// The lowest view that has a turn of its own; those below are its leader's.
    first: u64,
}

impl Turns {
    /// Those of the first epoch.
    pub const fn genesis() -> Self {
        Self {
            inactive: Inactive::empty(),
            first: 0,
        }
    }

    /// As the last block of the epoch before names them.
    pub fn of(next: NextEpoch) -> Self {
        Self {
            inactive: next.inactive,
            first: if next.protocol < FIRST_TWICE { 0 } else { 2 },
        }
    }
}

/// The turns of an epoch.
#[derive(Clone)]
pub struct Schedule {
    /// Places of those that are active; of all, if there is none.
    active: Arc<[u32]>,
    /// How many validators there are.
    all: u64,
    /// As in [`Turns`].
    first: u64,
}

impl Config<Scheme> for Turns {
    type Elector = Schedule;

    fn build(self, participants: &Set<ed25519::PublicKey>) -> Schedule {
        let all = u32::try_from(participants.len()).unwrap_or(u32::MAX);
        let active = |place: &u32| !self.inactive.iter().any(|idle| u32::from(*idle) == *place);
        let mut places: Vec<u32> = (0..all).filter(active).collect();
        if places.is_empty() {
            places = (0..all).collect();
        }
        Schedule {
            active: places.into(),
            all: u64::from(all),
            first: self.first,
        }
    }
}

impl Elector<Scheme> for Schedule {
    type Mode = Scheduled;

    fn terms(&self) -> Terms {
        Terms::rotating()
    }

    fn elect(&self, round: Round, (): ()) -> Participant {
        let active = u64::try_from(self.active.len()).unwrap_or(u64::MAX).max(1);
        let rounds = active.saturating_mul(ROUNDS);
        let turn = round.view().term_index(TermLength::ONE).max(self.first);
        let turn = round.epoch().get().wrapping_add(turn) % rounds.saturating_add(self.all).max(1);
        let place = match turn.checked_sub(rounds) {
            Some(place) => u32::try_from(place).unwrap_or(0),
            None => {
                let at = usize::try_from(turn % active).unwrap_or(0);
                self.active.get(at).copied().unwrap_or(0)
            }
        };
        Participant::new(place)
    }
}

#[cfg(test)]
mod tests {
    use super::{Schedule, Turns};
    use amanat_types::block::{Inactive, NextEpoch, Roster, Scheme};
    use commonware_consensus::simplex::elector::{Config, Elector as _, RoundRobin};
    use commonware_consensus::types::{Epoch, Round, View};
    use commonware_cryptography::{Sha256, Signer as _, ed25519::PrivateKey};

    fn roster(count: u64) -> Roster {
        let keys = (1..=count).map(|seed| PrivateKey::from_seed(seed).public_key());
        Roster::new(keys.collect()).expect("some")
    }

    fn schedule(count: u64, protocol: u16, inactive: &[u8]) -> Schedule {
        let next = NextEpoch {
            roster: roster(count),
            protocol,
            inactive: Inactive::new(inactive.to_vec()).expect("few"),
        };
        Turns::of(next).build(roster(count).keys())
    }

    fn leads(schedule: &Schedule, epoch: u64, views: std::ops::Range<u64>) -> Vec<u32> {
        let round = |view| Round::new(Epoch::new(epoch), View::new(view));
        views
            .map(|view| schedule.elect(round(view), ()).get())
            .collect()
    }

    /// An upgrade runs beside programs that only know this.
    #[test]
    fn where_nobody_is_inactive_it_is_round_robin() {
        for count in [1, 4, 7, 25, 128] {
            let roster = roster(count);
            let theirs =
                <RoundRobin<Sha256> as Config<Scheme>>::build(RoundRobin::default(), roster.keys());
            let genesis = Turns::genesis().build(roster.keys());
            let [two, three] = [2, 3].map(|protocol| schedule(count, protocol, &[]));
            for epoch in [0, 1, 9, u64::MAX] {
                for view in (1..600).chain([u64::MAX - 1, u64::MAX]) {
                    let round = Round::new(Epoch::new(epoch), View::new(view));
                    let elected = theirs.elect(round, ());
                    assert_eq!(genesis.elect(round, ()), elected, "{count} {epoch} {view}");
                    assert_eq!(two.elect(round, ()), elected, "{count} {epoch} {view}");
                    // Whoever leads the second view leads the first.
                    let second = Round::new(Epoch::new(epoch), View::new(view.max(2)));
                    assert_eq!(
                        three.elect(round, ()),
                        theirs.elect(second, ()),
                        "{count} {epoch} {view}"
                    );
                }
            }
        }
    }

    /// Every validator that is active leads in its turn, and who is not once in sixteen rounds.
    #[test]
    fn who_is_inactive_leads_now_and_then() {
        let schedule = schedule(4, 3, &[2]);
        let period = leads(&schedule, 0, 49..98);
        assert_eq!(period[..7], [0, 1, 3, 0, 1, 3, 0]);
        assert_eq!(period[45..], [0, 1, 2, 3]);
        assert_eq!(period.iter().filter(|place| **place == 2).count(), 1);
        assert_eq!(leads(&schedule, 0, 2..49), period[2..]);
        // The first view is of the second's leader.
        assert_eq!(leads(&schedule, 0, 1..3), [3, 3]);
        // Another epoch begins elsewhere, so that short ones come to every turn.
        assert_eq!(leads(&schedule, 7, 49..91), period[7..]);
        let many = super::tests::schedule(25, 3, &[0, 3, 4, 9, 12, 20, 23, 24]);
        let length = 17 * 15 + 25;
        let period = leads(&many, 0, length..2 * length);
        for place in 0..25 {
            let turns = period.iter().filter(|turn| **turn == place).count();
            let idle = [0, 3, 4, 9, 12, 20, 23, 24].contains(&place);
            assert_eq!(turns, if idle { 1 } else { 16 }, "{place}");
        }
    }
}
