//! The simulated network: seven members and who comes later, a link each way between each two.
use crate::party::{address, holder, members, numbers};
use crate::plan::{Plan, Quality};
use amanat_node::network::message_size_max;
use commonware_cryptography::ed25519;
use commonware_p2p::Manager as _;
use commonware_p2p::simulated::{self, Link, Oracle};
use commonware_runtime::{Supervisor as _, deterministic::Context};
use commonware_utils::ordered::Set;
use commonware_utils::{NZUsize, Probability, probability};
use std::collections::{BTreeMap, BTreeSet};

/// The network's control.
pub type Control = Oracle<ed25519::PublicKey, Context>;

/// The links between the members.
pub struct Links {
    control: Control,
    plan: Plan,
    /// Who is on the network, each with the number of its key.
    present: BTreeMap<u16, u16>,
    /// Number of the set of peers.
    set: u64,
    /// Between members.
    up: BTreeSet<(u16, u16)>,
    /// Members that reach each other and nobody else.
    cut: BTreeSet<u16>,
    /// Members that reach the hostile one alone.
    eclipsed: BTreeSet<u16>,
}

impl Links {
    /// Starts the network with every link up.
    pub async fn start(context: &Context, plan: &Plan) -> Self {
        let config = simulated::Config {
            max_size: message_size_max(),
            max_peers_per_set: NZUsize!(8),
            disconnect_on_block: true,
            tracked_peer_sets: NZUsize!(1),
        };
        let peers: Vec<_> = members().map(address).collect();
        let network = simulated::Network::new_with_peers(context.child("network"), config, peers);
        let (network, control) = network.await;
        network.start();
        let mut links = Self {
            control,
            plan: plan.clone(),
            present: members().map(|member| (member, member)).collect(),
            set: 0,
            up: BTreeSet::new(),
            cut: BTreeSet::new(),
            eclipsed: BTreeSet::new(),
        };
        links.settle().await;
        links
    }

    /// The network's control.
    pub const fn control(&self) -> &Control {
        &self.control
    }

    /// Lets a member onto the network under the key of a number, in place of the one that it had there.
    pub async fn admit(&mut self, member: u16, number: u16) {
        if self.present.get(&member) == Some(&number) {
            return;
        }
        let old = self.up.iter().copied();
        let old: Vec<_> = old
            .filter(|(from, to)| *from == member || *to == member)
            .collect();
        self.take_down(old).await;
        self.present.insert(member, number);
        self.set += 1;
        let peers = self.present.values().map(|number| address(*number));
        let peers = Set::from_iter_dedup(peers);
        let _ = self.control.manager().track(self.set, peers);
        self.settle().await;
    }

    /// Takes down every link between `side` and the others.
    pub async fn cut(&mut self, side: &BTreeSet<u16>) {
        self.cut.clone_from(side);
        self.settle().await;
    }

    /// Takes down every link between `victim` and honest members.
    pub async fn eclipse(&mut self, victim: u16) {
        self.eclipsed.insert(victim);
        self.settle().await;
    }

    /// Brings up every link that is down. Nothing comes from a silent member.
    pub async fn heal(&mut self) {
        self.cut.clear();
        self.eclipsed.clear();
        self.settle().await;
    }

    /// Brings up every link; from now on nothing is lost and nobody is slow.
    pub async fn calm(&mut self) {
        self.take_down(self.up.iter().copied().collect()).await;
        self.plan.slow = None;
        self.plan.worst.2 = 0;
        self.heal().await;
    }

    /// Whether a link is to be up.
    fn wanted(&self, from: u16, to: u16) -> bool {
        let eclipsed =
            |victim: u16, other: u16| self.eclipsed.contains(&victim) && self.plan.is_honest(other);
        self.plan.silent() != Some(from)
            && self.cut.contains(&from) == self.cut.contains(&to)
            && !eclipsed(from, to)
            && !eclipsed(to, from)
    }

    /// Takes links down and brings them up until those are up that are to be.
    async fn settle(&mut self) {
        let pairs = || {
            let present = self.present.keys();
            present.flat_map(|from| self.present.keys().map(move |to| (*from, *to)))
        };
        let wanted = pairs().filter(|(from, to)| from != to && self.wanted(*from, *to));
        let wanted: BTreeSet<(u16, u16)> = wanted.collect();
        let down = self.up.difference(&wanted).copied().collect();
        self.take_down(down).await;
        let missing: Vec<_> = wanted.difference(&self.up).copied().collect();
        for (from, to) in missing {
            let quality = self.plan.link(from, to);
            self.bring_up(from, to, quality).await;
        }
    }

    fn name(&self, member: u16) -> ed25519::PublicKey {
        address(self.present[&member])
    }

    async fn take_down(&mut self, links: Vec<(u16, u16)>) {
        for (from, to) in links {
            if self.up.remove(&(from, to)) {
                let (from, to) = (self.name(from), self.name(to));
                let removed = self.control.remove_link(from, to).await;
                removed.expect("the link is up");
            }
        }
    }

    async fn bring_up(&mut self, from: u16, to: u16, quality: Quality) {
        let link = Link {
            latency: quality.latency,
            jitter: quality.jitter,
            success_rate: Probability::new(quality.arrive, 1_000).unwrap_or(probability!(1.0)),
        };
        let (sender, receiver) = (self.name(from), self.name(to));
        let added = self.control.add_link(sender, receiver, link).await;
        added.expect("the network runs");
        self.up.insert((from, to));
    }

    /// Pairs of members of which the first has cut the second off.
    pub async fn blocked(&self) -> Vec<(u16, u16)> {
        let blocked = self.control.blocked().await.expect("the network runs");
        let member = |key: &ed25519::PublicKey| {
            let number = numbers().find(|number| address(*number) == *key);
            number.map(holder)
        };
        let pairs = blocked.iter();
        pairs
            .filter_map(|(by, whom)| Some((member(by)?, member(whom)?)))
            .collect()
    }
}
