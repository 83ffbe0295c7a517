//! Which view consensus is in, as far as this node has seen, and who leads the next ones.
use crate::rosters::Rosters;
use amanat_types::Digest;
use amanat_types::block::Scheme;
use commonware_consensus::simplex::elector::{Config, Elector as _};
use commonware_consensus::simplex::types::Activity;
use commonware_consensus::types::Round;
use commonware_consensus::{Epochable as _, Viewable as _};
use commonware_cryptography::ed25519;
use commonware_utils::sync::Mutex;
use std::sync::Arc;

/// The latest round that was decided; clones share it.
#[derive(Clone)]
pub struct Rounds {
    latest: Arc<Mutex<Round>>,
    rosters: Rosters,
}

impl Rounds {
    /// Starts before the first view.
    pub fn new(rosters: Rosters) -> Self {
        Self {
            latest: Arc::new(Mutex::new(Round::zero())),
            rosters,
        }
    }

    /// Notes what consensus reports.
    pub fn observe(&self, activity: &Activity<Scheme, Digest>) {
        let decided = matches!(
            activity,
            Activity::Notarization(_) | Activity::Nullification(_) | Activity::Finalization(_)
        );
        if decided {
            let round = Round::new(activity.epoch(), activity.view());
            let mut latest = self.latest.lock();
            *latest = round.max(*latest);
        }
    }

    /// The latest round that was decided.
    pub fn latest(&self) -> Round {
        *self.latest.lock()
    }

    /// The validators, without this node.
    pub fn validators(&self) -> Vec<ed25519::PublicKey> {
        let epoch = self.latest().epoch().get();
        let Some(roster) = self.rosters.roster(epoch) else {
            return Vec::new();
        };
        let keys = roster.keys().iter();
        keys.filter(|key| **key != self.rosters.me())
            .cloned()
            .collect()
    }

    /// Who leads the next view and the f terms after it, without this node.
    pub fn next_leaders(&self) -> Vec<ed25519::PublicKey> {
        let latest = self.latest();
        let epoch = latest.epoch().get();
        let known = self.rosters.roster(epoch).zip(self.rosters.turns(epoch));
        let Some((roster, turns)) = known else {
            return Vec::new();
        };
        let (keys, me) = (roster.keys(), self.rosters.me());
        let elector = Config::<Scheme>::build(turns, keys);
        let faulty = keys.len().saturating_sub(1) / 3;
        let mut leaders = Vec::with_capacity(faulty + 1);
        let term = elector.terms().length();
        let mut view = latest.view().next();
        for _ in 0..=faulty {
            let leader = elector.elect(Round::new(latest.epoch(), view), ());
            view = view.next_term_start(term);
            let leader = keys.get(usize::try_from(leader.get()).unwrap_or(0));
            if let Some(leader) = leader.filter(|key| **key != me) {
                leaders.push(leader.clone());
            }
        }
        leaders
    }
}

#[cfg(test)]
mod tests {
    use super::Rounds;
    use crate::rosters::Rosters;
    use amanat_types::block::Roster;
    use commonware_consensus::types::{Epoch, Round, View};
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};

    /// Of four: who leads the next view, and whose term or turn comes after, in case that one is dead.
    #[test]
    fn whoever_leads_next_and_after_is_told_of_transactions() {
        let keys: Vec<_> = (1..=4).map(PrivateKey::from_seed).collect();
        let roster = Roster::new(keys.iter().map(|key| key.public_key()).collect()).expect("four");
        let order: Vec<_> = roster.keys().iter().cloned().collect();
        let me = |key: &&PrivateKey| key.public_key() == order[3];
        let me = keys.iter().find(me).expect("one of them");
        let network = amanat_types::digest("test", &[]);
        // The view that was decided last, and places of who leads next; the fourth is this node.
        let turns: [(u16, u64, &[usize]); 6] = [
            (2, 0, &[1, 2]),
            (2, 1, &[2]),
            (3, 0, &[1, 2]),
            (3, 5, &[1, 2]),
            (3, 6, &[2]),
            (3, 17, &[0]),
        ];
        for (protocol, decided, places) in turns {
            let rosters = Rosters::new(network, me.clone(), roster.clone());
            rosters.enter(0, protocol);
            let rounds = Rounds::new(rosters);
            *rounds.latest.lock() = Round::new(Epoch::new(0), View::new(decided));
            let expected: Vec<_> = places.iter().map(|place| order[*place].clone()).collect();
            assert_eq!(rounds.next_leaders(), expected, "{protocol} {decided}");
        }
    }
}
