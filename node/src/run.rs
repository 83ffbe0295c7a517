//! A node as a process: the tokio runtime, TCP between members, HTTP on a thread of its own, a graceful stop.
//!
//! One worker thread runs the node: what a member needs is one core, and consensus, storage and execution follow each
//! other anyway. An end that is asked for goes through the runtime: consensus and storage stop, then the process ends with 0.
use crate::api;
use crate::config::Config;
use crate::fault::Fault;
use crate::network::{self, CHANNELS, Network, message_size_max};
use crate::node::Node;
use amanat_tls::Acceptor;
use commonware_codec::Encode as _;
use commonware_cryptography::{ChaCha20Poly1305, ed25519};
use commonware_p2p::authenticated::lookup;
use commonware_p2p::{Address, AddressableManager as _, Ingress};
use commonware_runtime::{
    Metrics as _, Quota, Runner as _, Spawner as _, Supervisor as _, tokio as runtime,
};
use commonware_stream::cups::{self, Cups};
use commonware_stream::sake::{self, Sake};
use commonware_utils::ordered::Map;
use commonware_utils::{NZU32, NZUsize};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How long tasks may take to stop.
const STOP: Duration = Duration::from_secs(10);

/// Where a peer is dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// At an address of the network.
    Socket(SocketAddr),
    /// At a name, which is looked up each time.
    Name {
        /// Name.
        host: String,
        /// Port.
        port: u16,
    },
}

impl At {
    fn address(&self) -> Result<Address, Fault> {
        match self {
            Self::Socket(at) => Ok(Address::from(*at)),
            Self::Name { host, port } => {
                let host = host.as_str().try_into();
                let host = host.map_err(|_| Fault::Address(format!("{self:?} is no name")))?;
                let ingress = Ingress::Dns { host, port: *port };
                // Where a peer comes from is not looked at: it proves its key (`bypass_ip_check`).
                let egress = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
                Ok(Address::Asymmetric { ingress, egress })
            }
        }
    }
}

/// Where a node listens, keeps its files and finds its peers.
pub struct Settings {
    /// What the node itself is configured with.
    pub config: Config,
    /// Folder of the node's files.
    pub folder: PathBuf,
    /// Address for other members.
    pub listen: SocketAddr,
    /// Socket of the API, bound already, so that port 0 can be chosen by the system.
    pub api: TcpListener,
    /// What the API bears.
    pub limits: api::Limits,
    /// The key that the API proves over TLS; without it the API is plain.
    pub tls: Option<Acceptor>,
    /// Addresses of all validators by consensus key, this one among them.
    pub peers: BTreeMap<ed25519::PublicKey, At>,
    /// Reads the addresses anew. An error is logged, and the old ones stay.
    pub reload: Box<dyn Fn() -> Result<BTreeMap<ed25519::PublicKey, At>, String> + Send>,
    /// What the process is told.
    pub told: Told,
    /// More lines for `/metrics`, in its format: what the process knows and the node does not.
    pub metrics: Box<dyn Fn() -> String + Send>,
}

/// What a node is told by whoever runs its process.
#[derive(Clone)]
pub struct Told {
    /// To end, also while it starts.
    pub stop: Arc<Notify>,
    /// To read addresses anew.
    pub reload: Arc<Notify>,
}

/// Peers that may be added without a restart: rooms for their messages are made at the start.
pub const PEERS_MORE_MAX: usize = 4;

type Upgrade = Cups<Sake<ed25519::PrivateKey>, ChaCha20Poly1305>;
type LookupNetwork = Network<
    lookup::Oracle<ed25519::PublicKey>,
    lookup::Oracle<ed25519::PublicKey>,
    lookup::Sender<ed25519::PublicKey, runtime::Context>,
    lookup::Receiver<ed25519::PublicKey>,
>;

/// Runs a node until it is told to stop; a fault panics out of the runtime.
///
/// `ready` is called once the node takes part and its API answers.
pub fn run(settings: Settings, ready: impl FnOnce() + Send + 'static) -> Result<(), Fault> {
    run_until_told(settings, Box::new(ready))
}

/// Not generic, so that the whole engine is compiled here once and not again in every program.
fn run_until_told(settings: Settings, ready: Box<dyn FnOnce() + Send>) -> Result<(), Fault> {
    let config = runtime::Config::new()
        .with_worker_threads(1)
        .with_max_blocking_threads(16)
        .with_tcp_nodelay(Some(true))
        .with_storage_directory(settings.folder.clone());
    runtime::Runner::new(config).start(|context| async move {
        let Told { stop, reload } = settings.told.clone();
        let mut node = tokio::select! {
            started = start(context.child("node"), settings) => started?,
            // What was opened so far is left as by a kill.
            () = stop.notified() => return Ok(()),
        };
        ready();
        loop {
            tokio::select! {
                () = stop.notified() => break,
                () = reload.notified() => node.peers.reload(),
            }
        }
        tracing::info!("stopping");
        node.stop();
        let stopped = context.stop(0, Some(STOP)).await;
        stopped.map_err(|_| Fault::Config("tasks did not stop in time".into()))
    })
}

/// A node and its API inside a tokio runtime of the caller.
pub struct Running {
    node: Node,
    api: api::Server,
    peers: Directory,
}

/// Where the peers are.
struct Directory {
    oracle: lookup::Oracle<ed25519::PublicKey>,
    /// Number of the set that the network tracks.
    set: u64,
    most: usize,
    reload: Box<dyn Fn() -> Result<BTreeMap<ed25519::PublicKey, At>, String> + Send>,
}

impl Directory {
    /// Reads anew where the peers are, and says what came of it.
    fn reload(&mut self) {
        match self.renew() {
            Ok(nodes) => tracing::info!(nodes, "addresses of the other nodes were read anew"),
            Err(reason) => tracing::error!(reason, "addresses were not read: the old ones stay"),
        }
    }

    fn renew(&mut self) -> Result<usize, String> {
        let peers = (self.reload)()?;
        let count = peers.len();
        if count > self.most {
            return Err(format!(
                "{count} nodes are named and this process has room for {}: restart it",
                self.most
            ));
        }
        let peers = addresses(&peers).map_err(|fault| fault.to_string())?;
        self.set = self.set.saturating_add(1);
        self.oracle.track(self.set, peers.clone());
        // Who moved is cut off at the old address and dialled at the new one.
        self.oracle.overwrite(peers);
        Ok(count)
    }
}

fn addresses(
    peers: &BTreeMap<ed25519::PublicKey, At>,
) -> Result<Map<ed25519::PublicKey, Address>, Fault> {
    let peers = peers.iter();
    let peers = peers.map(|(key, at)| Ok((key.clone(), at.address()?)));
    let peers: Vec<(ed25519::PublicKey, Address)> = peers.collect::<Result<_, Fault>>()?;
    peers
        .try_into()
        .map_err(|_| Fault::Config("a peer stands twice".into()))
}

impl Running {
    /// Stops the API; the node's tasks stop with their runtime.
    pub fn stop(self) {
        self.api.stop();
        drop(self.node);
    }
}

/// Starts a node and its API on a tokio runtime of this engine.
pub async fn start(context: runtime::Context, settings: Settings) -> Result<Running, Fault> {
    let (network, task) = connect(&context, &settings)?;
    let mut peers = Directory {
        oracle: network.peers.clone(),
        set: 0,
        most: settings.peers.len() + PEERS_MORE_MAX,
        reload: settings.reload,
    };
    let mut starting = pin!(Node::start(
        context.child("amanat"),
        settings.config,
        network
    ));
    // A start asks others where the ledger stands, for as long as it takes: whoever is asked may be found at a new address meanwhile.
    let node = loop {
        tokio::select! {
            started = &mut starting => break started?,
            () = settings.told.reload.notified() => peers.reload(),
        }
    };
    drop(task);
    let (measured, more) = (context.child("metrics"), settings.metrics);
    let api = api::serve(
        settings.api,
        node.handle().clone(),
        settings.limits,
        settings.tls,
        Box::new(move || format!("{}{}", more(), measured.encode())),
    )?;
    Ok(Running { node, api, peers })
}

fn connect(
    context: &runtime::Context,
    settings: &Settings,
) -> Result<(LookupNetwork, commonware_runtime::Handle<()>), Fault> {
    let most = settings.peers.len() + PEERS_MORE_MAX;
    let count =
        NonZeroUsize::new(most).ok_or_else(|| Fault::Config("there are no peers".into()))?;
    let peers = addresses(&settings.peers)?;
    let upgrade: Upgrade = Cups::new(
        Sake {
            signer: settings.config.signer.clone(),
            synchrony_bound: Duration::from_secs(10),
            max_handshake_age: Duration::from_secs(20),
            version: sake::Version::V1,
        },
        cups::Version::V1,
    );
    let namespace = [
        b"_AMANAT_NETWORK".as_slice(),
        settings.config.genesis.digest().encode().as_ref(),
    ]
    .concat();
    let size = message_size_max();
    let mut lookup = lookup::Config::recommended(
        upgrade,
        &namespace,
        settings.listen,
        count,
        size,
        NZUsize!(256),
    );
    // Members name their addresses; several may share one host, as in a demonstration.
    lookup.allow_private_ips = true;
    lookup.bypass_ip_check = true;
    lookup.tracked_peer_sets = NZUsize!(1);
    lookup.peer_connection_cooldown = Duration::from_secs(1);
    lookup.dial_frequency = Duration::from_millis(250);
    lookup.ping_frequency = Duration::from_secs(10);
    lookup.allowed_handshake_rate_per_ip = Quota::per_second(NZU32!(64));
    lookup.allowed_handshake_rate_per_subnet = Quota::per_second(NZU32!(256));
    let (mut network, mut oracle) = lookup::Network::new(context.child("network"), lookup);
    oracle.track(0, peers);
    let mut channels = BTreeMap::new();
    for (number, quota) in CHANNELS {
        channels.insert(number, network.register(number, quota));
    }
    let mut take = |number: u64| {
        let channel = channels.remove(&number);
        channel.ok_or_else(|| Fault::Config(format!("channel {number} is not registered")))
    };
    let channels = Network {
        peers: oracle.clone(),
        blocker: oracle,
        votes: take(network::VOTES)?,
        certificates: take(network::CERTIFICATES)?,
        resolver: take(network::RESOLVER)?,
        broadcast: take(network::BROADCAST)?,
        backfill: take(network::BACKFILL)?,
        sync: take(network::SYNC)?,
        mempool: take(network::MEMPOOL)?,
        history: take(network::HISTORY)?,
    };
    Ok((channels, network.start()))
}
