//! The simulated network: seven members, a link each way between each two.
use crate::party::{address, members};
use crate::plan::{Plan, Quality};
use amanat_node::network::message_size_max;
use commonware_cryptography::ed25519;
use commonware_p2p::simulated::{self, Link, Oracle};
use commonware_runtime::{Supervisor as _, deterministic::Context};
use commonware_utils::{NZUsize, Probability, probability};
use std::collections::BTreeSet;

/// The network's control.
pub type Control = Oracle<ed25519::PublicKey, Context>;

/// The links between the members.
pub struct Links {
    control: Control,
    plan: Plan,
    up: BTreeSet<(u16, u16)>,
}

impl Links {
    /// Starts the network with every link up.
    pub async fn start(context: &Context, plan: &Plan) -> Self {
        let config = simulated::Config {
            max_size: message_size_max(),
            max_peers_per_set: NZUsize!(7),
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
            up: BTreeSet::new(),
        };
        links.heal().await;
        links
    }

    /// The network's control.
    pub const fn control(&self) -> &Control {
        &self.control
    }

    /// Takes down every link between `side` and the others.
    pub async fn cut(&mut self, side: &BTreeSet<u16>) {
        let across: Vec<(u16, u16)> = pairs()
            .filter(|(from, to)| side.contains(from) != side.contains(to))
            .collect();
        self.take_down(across).await;
    }

    /// Takes down every link between `victim` and honest members.
    pub async fn eclipse(&mut self, victim: u16) {
        let honest = self.plan.honest();
        let across: Vec<(u16, u16)> = pairs()
            .filter(|(from, to)| {
                (*from == victim && honest.contains(to)) || (*to == victim && honest.contains(from))
            })
            .collect();
        self.take_down(across).await;
    }

    async fn take_down(&mut self, links: Vec<(u16, u16)>) {
        for (from, to) in links {
            if self.up.remove(&(from, to)) {
                let removed = self.control.remove_link(address(from), address(to)).await;
                removed.expect("the link is up");
            }
        }
    }

    /// Brings up every link that is down. Nothing comes from a silent member.
    pub async fn heal(&mut self) {
        let silent = self.plan.silent();
        for (from, to) in pairs().filter(|(from, _)| Some(*from) != silent) {
            if !self.up.contains(&(from, to)) {
                let quality = self.plan.link(from, to);
                self.set(from, to, quality).await;
            }
        }
    }

    /// Brings up every link; from now on nothing is lost and nobody is slow.
    pub async fn calm(&mut self) {
        self.take_down(self.up.iter().copied().collect()).await;
        self.plan.slow = None;
        self.plan.worst.2 = 0;
        self.heal().await;
    }

    async fn set(&mut self, from: u16, to: u16, quality: Quality) {
        let link = Link {
            latency: quality.latency,
            jitter: quality.jitter,
            success_rate: Probability::new(quality.arrive, 1_000).unwrap_or(probability!(1.0)),
        };
        let added = self
            .control
            .add_link(address(from), address(to), link)
            .await;
        added.expect("the network runs");
        self.up.insert((from, to));
    }

    /// Pairs of members of which the first has cut the second off.
    pub async fn blocked(&self) -> Vec<(u16, u16)> {
        let blocked = self.control.blocked().await.expect("the network runs");
        let number = |key: &ed25519::PublicKey| members().find(|member| address(*member) == *key);
        let pairs = blocked.iter();
        pairs
            .filter_map(|(by, whom)| Some((number(by)?, number(whom)?)))
            .collect()
    }
}

fn pairs() -> impl Iterator<Item = (u16, u16)> {
    members().flat_map(|from| {
        let others = members().filter(move |to| *to != from);
        others.map(move |to| (from, to))
    })
}
