//! Seven real nodes in one process, and what the plan does to them.
//!
//! A node runs below one task of the runtime; to crash it, that task is aborted and everything below it goes. What
//! the node had written but not synced is lost with it: the storage is opened again as it was last synced.
use crate::links::{Control, Links};
use crate::party::{address, consensus_key};
use crate::plan::{Face, Fault, Plan};
use crate::twins::{self, Contradictions};
use amanat_node::network::{
    BACKFILL, BROADCAST, Blocks, CERTIFICATES, CHANNELS, HISTORY, MEMPOOL, Peers, RESOLVER,
    Receives, SYNC, Sends, VOTES,
};
use amanat_node::{Config, Network, Node, NodeHandle, Pace, PastVotes};
use amanat_types::{Genesis, MemberId};
use commonware_runtime::{Handle, Spawner as _, Supervisor as _, deterministic::Context};
use commonware_utils::NZUsize;
use commonware_utils::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Time after which an empty block is built, as in life.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Ends of all channels of one node, by number.
pub type Channels<S, R> = BTreeMap<u64, (S, R)>;

/// The nodes that run, by member, as their clients reach them; clones share it.
#[derive(Clone, Default)]
pub struct Doors(Arc<Mutex<BTreeMap<u16, NodeHandle>>>);

impl Doors {
    /// The node of a member, if it runs.
    pub fn get(&self, member: u16) -> Option<NodeHandle> {
        self.0.lock().get(&member).cloned()
    }

    fn open(&self, member: u16, handle: NodeHandle) {
        self.0.lock().insert(member, handle);
    }

    fn close(&self, member: u16) {
        self.0.lock().remove(&member);
    }
}

/// The nodes and the network between them.
pub struct Cluster {
    context: Context,
    genesis: Arc<Genesis>,
    links: Links,
    doors: Doors,
    honest: Vec<u16>,
    running: BTreeMap<u16, Handle<()>>,
    starts: u64,
    pace: Pace,
    contradictions: Contradictions,
}

impl Cluster {
    /// Starts the network, the equivocator if the plan has one, and every honest node.
    pub async fn start(context: Context, genesis: Arc<Genesis>, plan: &Plan) -> Self {
        let links = Links::start(&context, plan).await;
        let mut cluster = Self {
            context,
            genesis,
            links,
            doors: Doors::default(),
            honest: plan.honest(),
            running: BTreeMap::new(),
            starts: 0,
            pace: Pace {
                interval: plan.interval,
                heartbeat: HEARTBEAT,
            },
            contradictions: Contradictions::default(),
        };
        if let Some(hostile) = &plan.equivocator {
            cluster.start_twins(hostile.member, &hostile.faces).await;
        }
        for member in cluster.honest.clone() {
            cluster.start_node(member).await;
        }
        cluster
    }

    /// Where clients find the honest nodes.
    pub const fn doors(&self) -> &Doors {
        &self.doors
    }

    /// What the equivocator contradicted.
    pub const fn contradictions(&self) -> &Contradictions {
        &self.contradictions
    }

    /// The links.
    pub const fn links(&self) -> &Links {
        &self.links
    }

    /// Lets a fault happen.
    pub async fn apply(&mut self, fault: &Fault) {
        match fault {
            Fault::Crash(member) => self.crash(*member),
            Fault::Restart(member) => self.start_node(*member).await,
            Fault::Blackout => self.honest.clone().into_iter().for_each(|m| self.crash(m)),
            Fault::PowerBack => self.start_all().await,
            Fault::Cut(side) => self.links.cut(side).await,
            Fault::Heal => self.links.heal().await,
        }
    }

    /// Ends every fault but the equivocator.
    pub async fn calm(&mut self) {
        self.links.calm().await;
        self.start_all().await;
    }

    async fn start_all(&mut self) {
        for member in self.honest.clone() {
            self.start_node(member).await;
        }
    }

    fn crash(&mut self, member: u16) {
        self.doors.close(member);
        if let Some(task) = self.running.remove(&member) {
            task.abort();
        }
    }

    async fn start_node(&mut self, member: u16) {
        if self.running.contains_key(&member) {
            return;
        }
        let control = self.links.control().clone();
        let channels = twins::alone(register(&control, member).await);
        let config = self.config(member, "node");
        let door = Some(self.doors.clone());
        let network = network(&control, member, channels);
        let task = self
            .host(member)
            .spawn(move |context| host(context, config, network, door));
        self.running.insert(member, task);
    }

    /// Starts two nodes under one key. They never crash and are no one's door.
    async fn start_twins(&mut self, member: u16, faces: &[(u16, Face)]) {
        let control = self.links.control().clone();
        let channels = register(&control, member).await;
        let faces = faces.iter().map(|(peer, face)| (address(*peer), *face));
        let context = self.host(member);
        let contradictions = self.contradictions.clone();
        let twins = twins::split(&context, channels, faces.collect(), &contradictions);
        for (name, channels) in ["first", "second"].into_iter().zip(twins) {
            let config = self.config(member, name);
            let network = network(&control, member, channels);
            let context = self.host(member);
            context.spawn(move |context| host(context, config, network, None));
        }
    }

    fn host(&mut self, member: u16) -> Context {
        self.starts += 1;
        let context = self.context.child("host").with_attribute("member", member);
        context.with_attribute("start", self.starts)
    }

    fn config(&self, member: u16, name: &str) -> Config {
        let mut config = Config::new(
            self.genesis.clone(),
            MemberId::new(member),
            consensus_key(member),
        );
        config.prefix = format!("{name}-{member}");
        config.cache_pages = NZUsize!(64);
        config.pace = self.pace;
        // Disks are never lost here: what the keys voted is on them from their first vote on.
        config.past_votes = PastVotes::None;
        config
    }
}

/// Runs a node until the task is aborted.
///
/// Honest nodes and twins have the same type of network, so that the whole stack is compiled once.
async fn host<P: Peers, B: Blocks, S: Sends, R: Receives>(
    context: Context,
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

async fn register(control: &Control, member: u16) -> Channels<Sender, Receiver> {
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

fn network<S, R>(
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
