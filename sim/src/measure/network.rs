//! The nodes of a measurement and the links between them.
use super::Setting;
use super::meter::Meter;
use super::toll::{Till, Toll};
use crate::cluster::{Doors, host, network, register};
use crate::links::Control;
use crate::machine::{House, Life, Machine};
use crate::party::{address, consensus_key};
use crate::twins;
use crate::wire::{self, Tap};
use amanat_node::network::message_size_max;
use amanat_node::{Cache, Config, Pace, PastVotes};
use amanat_types::{Genesis, MemberId};
use commonware_p2p::simulated::{self, Link};
use commonware_runtime::{Handle, Spawner as _, Supervisor as _, deterministic::Context};
use commonware_utils::{NZUsize, probability};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// Starts every node on its links; gives those that are to die, too.
pub async fn start(
    context: &Context,
    setting: &Setting,
    genesis: &Arc<Genesis>,
    tills: &[Till],
) -> (Doors, Arc<Meter>, Vec<Handle<()>>) {
    let control = links(context, setting).await;
    let meter = Meter::new(context.child("meter"));
    let doors = Doors::default();
    let mut mortal = Vec::new();
    for (member, till) in (1..=setting.validators).zip(tills) {
        let tap: Arc<dyn Tap> = Arc::new(Toll {
            meter: meter.clone(),
            till: till.clone(),
            clock: context.child("toll"),
        });
        let channels = register(&control, member).await;
        let channels = twins::alone(channels, setting.validators);
        let mut config = Config::new(
            genesis.clone(),
            MemberId::new(member),
            consensus_key(member),
        );
        config.prefix = format!("node-{member}");
        config.cache = Cache {
            pages: NZUsize!(64),
            value_bytes: 64 * 1024,
        };
        config.pace = Pace::default();
        config.past_votes = PastVotes::None;
        if setting.whole {
            config.brief_from = usize::MAX;
        }
        config.account = till.account(context.child("account"));
        let network = network(&control, member, wire::tapped(channels, &tap));
        let house = House::default().computing(till.computing());
        let inner = context.child("host").with_attribute("member", member);
        let machine = Machine::new(inner, house, Life::default());
        let door = Some(doors.clone());
        let node = machine.spawn(move |context| host(context, config, network, door));
        if !setting.running().any(|running| running == member) {
            mortal.push(node);
        }
    }
    (doors, meter, mortal)
}

async fn links(context: &Context, setting: &Setting) -> Control {
    let all: Vec<u16> = (1..=setting.validators).collect();
    let config = simulated::Config {
        max_size: message_size_max(),
        max_peers_per_set: NonZeroUsize::new(all.len()).expect("some"),
        disconnect_on_block: true,
        tracked_peer_sets: NZUsize!(1),
    };
    let keys: Vec<_> = all.iter().map(|member| address(*member)).collect();
    let network =
        simulated::Network::new_with_peers(context.child("network"), config, keys.clone());
    let (network, control) = network.await;
    network.start();
    for (from, sender) in all.iter().zip(&keys) {
        for (to, receiver) in all.iter().zip(&keys).filter(|(to, _)| *to != from) {
            let link = Link {
                latency: Duration::from_micros(setting.places.one_way_us(*from, *to)),
                jitter: Duration::ZERO,
                success_rate: probability!(1.0),
            };
            let added = control.add_link(sender.clone(), receiver.clone(), link);
            added.await.expect("the network runs");
        }
        if let Some(mbit) = setting.uplink_mbit {
            let bytes = usize::try_from(mbit)
                .unwrap_or(usize::MAX)
                .saturating_mul(125_000);
            let limited = control.limit_bandwidth(sender.clone(), Some(bytes), Some(bytes));
            limited.await.expect("the network runs");
        }
    }
    control
}
