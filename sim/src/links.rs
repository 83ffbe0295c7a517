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
        for (from, to) in across {
            if self.up.remove(&(from, to)) {
                let removed = self.control.remove_link(address(from), address(to)).await;
                removed.expect("the link is up");
            }
        }
    }

    /// Brings up every link that is down.
    pub async fn heal(&mut self) {
        for (from, to) in pairs() {
            if !self.up.contains(&(from, to)) {
                let quality = self.plan.link(from, to);
                self.set(from, to, quality).await;
            }
        }
    }

    /// Brings up every link and loses nothing from now on.
    pub async fn calm(&mut self) {
        for (from, to) in pairs() {
            if self.up.remove(&(from, to)) {
                let removed = self.control.remove_link(address(from), address(to)).await;
                removed.expect("the link is up");
            }
            let mut quality = self.plan.link(from, to);
            quality.arrive = 1_000;
            self.set(from, to, quality).await;
        }
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
