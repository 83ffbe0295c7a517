//! One node and its channels.
use super::{Channels, Doors};
use crate::links::Control;
use crate::machine::Machine;
use crate::party::address;
use amanat_node::network::{
    BACKFILL, BROADCAST, Blocks, CERTIFICATES, CHANNELS, HISTORY, MEMPOOL, Peers, RESOLVER,
    Receives, SYNC, Sends, VOTES,
};
use amanat_node::{Config, Network, Node};
use commonware_runtime::{Supervisor as _, deterministic::Context};
use std::collections::BTreeMap;

/// Runs a node until the task is aborted.
///
/// Honest nodes and twins have the same type of network, so that the whole stack is compiled once.
pub(crate) async fn host<P: Peers, B: Blocks, S: Sends, R: Receives>(
    context: Machine,
    config: Config,
    network: Network<P, B, S, R>,
    door: Option<Doors>,
) {
    let member = config.member.number();
    let node = Node::start(context.child("node"), config, network).await;
    let node = node.unwrap_or_else(|fault| panic!("node {member} does not start: {fault}"));
    if let Some(doors) = door {
        doors.open(member, node.handle().clone());
    }
    std::future::pending::<()>().await;
    drop(node);
}

type Sender =
    commonware_p2p::simulated::Sender<commonware_cryptography::ed25519::PublicKey, Context>;
type Receiver = commonware_p2p::simulated::Receiver<commonware_cryptography::ed25519::PublicKey>;

pub(crate) async fn register(control: &Control, member: u16) -> Channels<Sender, Receiver> {
    let control = control.control(address(member));
    let mut channels = BTreeMap::new();
    for (number, quota) in CHANNELS {
        let channel = control
            .register(number, quota)
            .await
            .expect("the network runs");
        channels.insert(number, channel);
    }
    channels
}

pub(crate) fn network<S, R>(
    control: &Control,
    member: u16,
    mut channels: Channels<S, R>,
) -> Network<impl Peers + use<S, R>, impl Blocks + use<S, R>, S, R> {
    let mut take = |number: u64| {
        channels
            .remove(&number)
            .expect("every channel is registered")
    };
    Network {
        peers: control.manager(),
        blocker: control.control(address(member)),
        votes: take(VOTES),
        certificates: take(CERTIFICATES),
        resolver: take(RESOLVER),
        broadcast: take(BROADCAST),
        backfill: take(BACKFILL),
        sync: take(SYNC),
        mempool: take(MEMPOOL),
        history: take(HISTORY),
    }
}
