//! What a message between two nodes costs their processors: the network that members use, over TCP on loopback.
use super::cost::Line;
use amanat_node::network::message_size_max;
use commonware_cryptography::{ChaCha20Poly1305, Signer as _, ed25519};
use commonware_p2p::authenticated::lookup;
use commonware_p2p::{Address, AddressableManager as _, Receiver as _, Recipients, Sender as _};
use commonware_runtime::{
    Clock as _, IoBuf, Quota, Runner as _, Spawner as _, Supervisor as _, tokio as runtime,
};
use commonware_stream::cups::{self, Cups};
use commonware_stream::sake::{self, Sake};
use commonware_utils::ordered::Map;
use commonware_utils::{NZU32, NZUsize};
use rustix::time::{ClockId, clock_gettime};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

/// Messages of each size.
const MESSAGES: u32 = 1_000;
/// Bytes of a small one and a large one.
const SIZES: [usize; 2] = [256, 65_536];
/// Time between two: each finds the lines idle, as most votes do.
const PAUSE: Duration = Duration::from_millis(1);
const CHANNEL: u64 = 0;
/// How long the two may take to find each other.
const PATIENCE: u32 = 10_000;

type Upgrade = Cups<Sake<ed25519::PrivateKey>, ChaCha20Poly1305>;

/// Measures; the error says what of the machine did not do.
pub fn transport() -> Result<Line, String> {
    let config = runtime::Config::new()
        .with_worker_threads(1)
        .with_tcp_nodelay(Some(true));
    runtime::Runner::new(config).start(|context| async move { measured(context).await })
}

/// Processor time of this process so far.
fn process_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or(0))
}

fn free() -> Result<SocketAddr, String> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = socket.and_then(|socket| socket.local_addr());
    address.map_err(|error| format!("no port on loopback: {error}"))
}

/// The network of one end.
fn end(key: &ed25519::PrivateKey, listen: SocketAddr) -> lookup::Config<Upgrade> {
    let sake = Sake {
        signer: key.clone(),
        synchrony_bound: Duration::from_secs(10),
        max_handshake_age: Duration::from_secs(20),
        version: sake::Version::V1,
    };
    let upgrade: Upgrade = Cups::new(sake, cups::Version::V1);
    let size = message_size_max();
    let (count, mailbox) = (NZUsize!(2), NZUsize!(256));
    let namespace = b"amanat-sim/transport";
    let mut config = lookup::Config::local(upgrade, namespace, listen, count, size, mailbox);
    config.tracked_peer_sets = NZUsize!(1);
    config.bypass_ip_check = true;
    config
}

/// What a message costs: one message is work of two.
fn line(spent: &[Duration; 3]) -> Line {
    let each =
        |spent: Duration| u64::try_from(spent.as_nanos()).unwrap_or(0) / u64::from(MESSAGES) / 2;
    let [idle, small, large] = spent.map(each);
    let more = u64::try_from(SIZES[1] - SIZES[0]).unwrap_or(1);
    Line {
        each_ns: small.saturating_sub(idle),
        byte_ps: large.saturating_sub(small) * 1_000 / more,
    }
}

async fn measured(context: runtime::Context) -> Result<Line, String> {
    let keys = [1, 2].map(ed25519::PrivateKey::from_seed);
    let addresses = [free()?, free()?];
    let peers: Vec<_> = keys
        .iter()
        .map(|key| key.public_key())
        .zip(addresses.map(Address::from))
        .collect();
    let peers: Map<_, _> = peers.try_into().map_err(|_| "two keys are one")?;
    let mut ends = Vec::new();
    for (key, listen) in keys.iter().zip(addresses) {
        let config = end(key, listen);
        let child = context
            .child("network")
            .with_attribute("port", listen.port());
        let (mut network, mut oracle) = lookup::Network::new(child, config);
        oracle.track(0, peers.clone());
        let channel = network.register(CHANNEL, Quota::per_second(NZU32!(100_000)));
        ends.push((channel, oracle, network.start()));
    }
    let (Some(mut other), Some(mut own)) = (ends.pop(), ends.pop()) else {
        return Err("two ends were made".into());
    };
    let to = Recipients::One(keys[1].public_key());
    // Until they have found each other what is sent is lost.
    let mut left = PATIENCE;
    let listener = context.child("listener");
    let (heard, mut hears) = commonware_utils::channel::mpsc::channel(4_096);
    listener.spawn(move |_| async move {
        while other.0.1.recv().await.is_ok() {
            if heard.send(()).await.is_err() {
                return;
            }
        }
    });
    while hears.try_recv().is_err() {
        left = left
            .checked_sub(1)
            .ok_or("the two did not find each other")?;
        own.0.0.send(to.clone(), IoBuf::from(vec![0; 1]), true);
        context.sleep(PAUSE).await;
    }
    context.sleep(PAUSE * 200).await;
    let mut spent = [Duration::ZERO; 3];
    for (spent, size) in spent.iter_mut().zip([None, Some(SIZES[0]), Some(SIZES[1])]) {
        while hears.try_recv().is_ok() {}
        let before = process_time();
        let mut arrived = 0;
        for _ in 0..MESSAGES {
            if let Some(size) = size {
                own.0.0.send(to.clone(), IoBuf::from(vec![7; size]), true);
            }
            context.sleep(PAUSE).await;
            while hears.try_recv().is_ok() {
                arrived += 1;
            }
        }
        *spent = process_time().saturating_sub(before);
        if size.is_some() && arrived * 10 < MESSAGES * 9 {
            return Err(format!("of {MESSAGES} messages {arrived} arrived"));
        }
    }
    Ok(line(&spent))
}
