//! Who votes in which epoch: the genesis says it of the first, the last block of each epoch of the next.
//!
//! A node learns a roster from a *finalised* boundary block, before it enters the epoch, and keeps the rosters of all
//! epochs: certificates of old blocks are checked while others catch up. One that stands in no roster follows without voting.
//! Under which rules leaders take turns matters in the epoch that runs, and is kept for no other, but for the one before while the next begins.
use crate::turns::{self, Turns};
use amanat_types::Digest;
use amanat_types::block::{Roster, Scheme};
use commonware_consensus::types::Epoch;
use commonware_cryptography::certificate::{self, Scoped};
use commonware_cryptography::{Signer as _, ed25519};
use commonware_utils::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One epoch's validators. Epochs whose validators are the same share it.
struct Committee {
    roster: Roster,
    scheme: Arc<Scheme>,
    votes: bool,
}

/// The rosters that this node knows; clones share them.
#[derive(Clone)]
pub struct Rosters {
    network: Digest,
    signer: ed25519::PrivateKey,
    /// By the first epoch that it serves, up to the next one's.
    committees: Arc<Mutex<BTreeMap<u64, Arc<Committee>>>>,
    /// Protocol versions of the epoch that runs, and of the one before.
    protocols: Arc<Mutex<Vec<(u64, u16)>>>,
    /// The last epoch that is known.
    last: Arc<Mutex<u64>>,
    /// The first epoch in which this node may vote.
    vote_from: Arc<Mutex<u64>>,
}

impl Rosters {
    /// Knows the first epoch alone.
    pub fn new(network: Digest, signer: ed25519::PrivateKey, first: Roster) -> Self {
        let rosters = Self {
            network,
            signer,
            committees: Arc::default(),
            protocols: Arc::default(),
            last: Arc::default(),
            vote_from: Arc::default(),
        };
        rosters.learn(0, first);
        rosters
    }

    /// Notes the validators of an epoch, as the boundary block before it names them. May be repeated.
    ///
    /// Epochs are learnt in their order; one that would leave a gap is passed over.
    pub fn learn(&self, epoch: u64, roster: Roster) {
        let mut committees = self.committees.lock();
        let mut last = self.last.lock();
        if !committees.is_empty() && epoch != last.saturating_add(1) {
            return;
        }
        *last = epoch;
        let before = committees.last_key_value();
        if before.is_some_and(|(_, before)| before.roster == roster) {
            return;
        }
        let scheme = roster.signer(&self.network, self.signer.clone());
        let votes = scheme.is_some();
        let scheme = scheme.unwrap_or_else(|| roster.verifier(&self.network));
        let committee = Committee {
            roster,
            scheme: Arc::new(scheme),
            votes,
        };
        committees.insert(epoch, Arc::new(committee));
    }

    fn committee(&self, epoch: u64) -> Option<Arc<Committee>> {
        let committees = self.committees.lock();
        if epoch > *self.last.lock() {
            return None;
        }
        let (_, committee) = committees.range(..=epoch).next_back()?;
        Some(committee.clone())
    }

    /// The validators of an epoch, if it is known.
    pub fn roster(&self, epoch: u64) -> Option<Roster> {
        Some(self.committee(epoch)?.roster.clone())
    }

    /// The last epoch that is known.
    pub fn last(&self) -> u64 {
        *self.last.lock()
    }

    /// How many validate in an epoch; none in one that is not known.
    pub fn count(&self, epoch: u64) -> usize {
        let committee = self.committee(epoch);
        committee.map_or(0, |committee| committee.roster.keys().len())
    }

    /// Notes the protocol version of the epoch that this node enters.
    pub fn enter(&self, epoch: u64, protocol: u16) {
        let mut kept = self.protocols.lock();
        kept.insert(0, (epoch, protocol));
        kept.truncate(2);
    }

    /// Whose turn it is in the epoch that runs or in the one before; nothing of another.
    pub fn turns(&self, epoch: u64) -> Option<Turns> {
        let kept = self.protocols.lock();
        let found = kept.iter().find(|(of, _)| *of == epoch);
        found.map(|(_, protocol)| turns::of(*protocol))
    }

    /// Says from which epoch on this node may vote: earlier ones it only follows, whatever their rosters say.
    pub fn vote_from(&self, epoch: u64) {
        *self.vote_from.lock() = epoch;
    }

    /// What this node votes with in an epoch, or only checks with.
    pub fn scheme(&self, epoch: u64) -> Option<Scheme> {
        let committee = self.committee(epoch)?;
        match epoch < *self.vote_from.lock() {
            true => Some(committee.roster.verifier(&self.network)),
            false => Some((*committee.scheme).clone()),
        }
    }

    /// Whether this node votes in an epoch.
    pub fn votes(&self, epoch: u64) -> bool {
        self.stands_in(epoch) && epoch >= *self.vote_from.lock()
    }

    /// Whether the roster of an epoch names this node.
    pub fn stands_in(&self, epoch: u64) -> bool {
        self.committee(epoch)
            .is_some_and(|committee| committee.votes)
    }

    /// This node's consensus key.
    pub fn me(&self) -> ed25519::PublicKey {
        self.signer.public_key()
    }
}

impl certificate::Provider for Rosters {
    type Scope = Epoch;
    type Scheme = Scheme;

    fn scoped(&self, epoch: Epoch) -> Option<Scoped<Scheme>> {
        // Whole also for a node that does not vote: whoever checks a notarisation needs the participants.
        let committee = self.committee(epoch.get())?;
        Some(Scoped::scheme(committee.scheme.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Rosters, Turns};
    use amanat_types::block::{Roster, Scheme};
    use commonware_consensus::simplex::elector::{Config, Elector as _};
    use commonware_consensus::types::Epoch;
    use commonware_cryptography::certificate::{Provider as _, Scheme as _};
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};

    fn roster(members: std::ops::Range<u64>) -> Roster {
        let keys = members.map(|seed| PrivateKey::from_seed(seed).public_key());
        Roster::new(keys.collect()).expect("a few")
    }

    #[test]
    fn turns_are_those_of_the_epoch_that_runs_and_of_the_one_before() {
        let network = amanat_types::digest("test", &[]);
        let rosters = Rosters::new(network, PrivateKey::from_seed(4), roster(0..4));
        let four = roster(0..4);
        let views = |turns: Turns| {
            Config::<Scheme>::build(turns, four.keys())
                .terms()
                .length()
                .get()
        };
        let known = || [0, 1, 2, 3].map(|epoch| rosters.turns(epoch).map(views));
        assert_eq!(known(), [None, None, None, None]);
        for (epoch, protocol) in [(0, 1), (1, 2), (2, 3)] {
            rosters.enter(epoch, protocol);
        }
        assert_eq!(known(), [None, Some(1), Some(6), None]);
    }

    #[test]
    fn each_epoch_has_the_roster_that_its_boundary_named() {
        let network = amanat_types::digest("test", &[]);
        let rosters = Rosters::new(network, PrivateKey::from_seed(4), roster(0..4));
        rosters.learn(1, roster(0..4));
        rosters.learn(2, roster(0..5));
        // Again, and one that would leave a gap.
        rosters.learn(2, roster(0..3));
        rosters.learn(4, roster(0..3));
        rosters.learn(3, roster(1..5));
        let of = |epoch| rosters.roster(epoch);
        assert_eq!(of(0), Some(roster(0..4)));
        assert_eq!(of(1), Some(roster(0..4)));
        assert_eq!(of(2), Some(roster(0..5)));
        assert_eq!(of(3), Some(roster(1..5)));
        assert_eq!(of(4), None);
        assert!(rosters.scheme(4).is_none() && rosters.scoped(Epoch::new(4)).is_none());
        assert_eq!(
            [0, 1, 2, 3, 4].map(|e| rosters.votes(e)),
            [false, false, true, true, false]
        );
        // Who does not vote can check.
        assert!(rosters.scoped(Epoch::new(1)).is_some());
        // Who may not vote yet follows, though the roster names it.
        rosters.vote_from(3);
        assert_eq!([1, 2, 3].map(|e| rosters.votes(e)), [false, false, true]);
        assert_eq!([1, 2, 3].map(|e| rosters.stands_in(e)), [false, true, true]);
        let signs = |epoch| rosters.scheme(epoch).is_some_and(|s| s.me().is_some());
        assert_eq!([1, 2, 3].map(signs), [false, false, true]);
    }
}
