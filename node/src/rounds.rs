//! Which view consensus is in, as far as this node has seen, and who leads the next ones.
use crate::rosters::Rosters;
use amanat_types::Digest;
use amanat_types::block::Scheme;
use commonware_consensus::simplex::elector::{Config as _, Elector as _};
use commonware_consensus::simplex::types::Activity;
use commonware_consensus::types::{Round, View};
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

    /// Leaders of the next f+1 views, without this node.
    pub fn next_leaders(&self) -> Vec<ed25519::PublicKey> {
        let latest = self.latest();
        let epoch = latest.epoch().get();
        let known = self.rosters.roster(epoch).zip(self.rosters.turns(epoch));
        let Some((roster, turns)) = known else {
            return Vec::new();
        };
        let (keys, me) = (roster.keys(), self.rosters.me());
        let elector = turns.build(keys);
        let faulty = keys.len().saturating_sub(1) / 3;
        let mut leaders = Vec::with_capacity(faulty + 1);
        for step in 1..=u64::try_from(faulty).unwrap_or(0) + 1 {
            let view = View::new(latest.view().get().saturating_add(step));
            let leader = elector.elect(Round::new(latest.epoch(), view), ());
            let leader = keys.get(usize::try_from(leader.get()).unwrap_or(0));
            if let Some(leader) = leader.filter(|key| **key != me) {
                leaders.push(leader.clone());
            }
        }
        leaders
    }
}
