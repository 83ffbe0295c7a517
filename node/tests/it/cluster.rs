//! A network of four nodes under one seed.
use amanat_node::mempool::Limits;
use amanat_node::network::{
    BACKFILL, BROADCAST, CERTIFICATES, CHANNELS, HISTORY, MEMPOOL, RESOLVER, SYNC, VOTES,
    message_size_max,
};
use amanat_node::{Cache, Config, Network, Node, NodeHandle, PastVotes};
use amanat_types::code::{KeyPurpose, MemberKind};
use amanat_types::codec::{List, Text};
use amanat_types::genesis::{Genesis, GenesisMember, PROTOCOL, VERSION};
use amanat_types::id::SealingKey;
use amanat_types::key::MemberSigner;
use amanat_types::state::MemberKey;
use amanat_types::{Height, MemberId, PublicKey, TimestampMs};
use commonware_cryptography::{Signer as _, ed25519};
use commonware_p2p::simulated::{self, Link, Oracle};
use commonware_runtime::{
    Blob as _, BlobVersion, Clock as _, Quota, ReadOptions, Storage as _, Supervisor as _,
    WriteOptions, deterministic::Context,
};
use commonware_utils::{NZU64, NZUsize, probability};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Validators.
pub const NODES: u16 = 4;

/// How any two reach each other.
const LINK: Link = Link {
    latency: Duration::from_millis(5),
    jitter: Duration::from_millis(2),
    success_rate: probability!(1.0),
};

/// What stood in files: their partitions, names, versions and bytes.
pub type Files = Vec<(String, Vec<u8>, BlobVersion, Vec<u8>)>;

/// Four members and the network between them.
pub struct Cluster {
    pub context: Context,
    pub genesis: Arc<Genesis>,
    pub oracle: Oracle<ed25519::PublicKey, Context>,
    pub nodes: BTreeMap<u16, Node>,
    /// From which height on an empty disk takes the state of others.
    pub sync_above: Option<u64>,
    /// How many blocks keep their transactions.
    pub keep_blocks: Option<usize>,
    /// Blocks whose changes of the state are kept, if not as many as usual.
    pub state_blocks: Option<usize>,
    mempool: Limits,
    starts: u64,
    /// How often each member's disk was lost; who is not in it never ran.
    disks: BTreeMap<u16, u16>,
}

/// Consensus key of a member.
pub fn consensus_key(member: u16) -> ed25519::PrivateKey {
    ed25519::PrivateKey::from_seed(u64::from(member))
}

/// Transaction key of a member.
pub fn member_signer(member: u16) -> MemberSigner {
    let mut seed = [1u8; 32];
    seed[..2].copy_from_slice(&member.to_be_bytes());
    MemberSigner::from_seed(seed)
}

/// Vault key of a member.
pub fn vault_signer(member: u16) -> MemberSigner {
    let mut seed = [2u8; 32];
    seed[..2].copy_from_slice(&member.to_be_bytes());
    MemberSigner::from_seed(seed)
}

/// Key of a member for governance.
pub fn governance_signer(member: u16) -> MemberSigner {
    let mut seed = [3u8; 32];
    seed[..2].copy_from_slice(&member.to_be_bytes());
    MemberSigner::from_seed(seed)
}

/// A hospital, as a genesis or a proposal names it.
pub fn hospital(number: u16) -> GenesisMember {
    let keys = vec![
        (
            KeyPurpose::Governance,
            governance_signer(number).public_key(),
        ),
        (KeyPurpose::Transaction, member_signer(number).public_key()),
        (KeyPurpose::Vault, vault_signer(number).public_key()),
        (
            KeyPurpose::Consensus,
            PublicKey::from(&consensus_key(number).public_key()),
        ),
    ];
    let keys = keys
        .into_iter()
        .map(|(purpose, key)| MemberKey { purpose, key });
    GenesisMember {
        member: MemberId::new(number),
        name: Text::new(format!("hospital {number}")).expect("short"),
        kind: MemberKind::Hospital,
        keys: List::new(keys.collect()).expect("four keys"),
        sealing: SealingKey::new([7; 32]),
    }
}

/// A genesis of four hospitals.
pub fn genesis(epoch_blocks: u64) -> Genesis {
    let members = (1..=NODES).map(hospital);
    let genesis = Genesis {
        version: VERSION,
        name: Text::new("test").expect("short"),
        time_ms: TimestampMs::new(0),
        protocol: PROTOCOL,
        epoch_blocks,
        members: List::new(members.collect()).expect("four"),
    };
    genesis.check().expect("a lawful genesis");
    genesis
}

impl Cluster {
    /// Starts the network and all four nodes.
    pub async fn start(context: Context, epoch_blocks: u64) -> Self {
        Self::start_with(context, epoch_blocks, 0).await
    }

    /// Starts a network on which so many others may join, and the four nodes of the genesis.
    pub async fn start_with(context: Context, epoch_blocks: u64, others: u16) -> Self {
        let mut cluster = Self::found(context, epoch_blocks, others).await;
        for member in 1..=NODES {
            cluster.start_node(member).await;
        }
        cluster
    }

    /// Starts four nodes whose mempools hold so many transactions.
    pub async fn start_small(context: Context, transactions: usize) -> Self {
        let mut cluster = Self::found(context, 1_000, 0).await;
        cluster.mempool.transactions = transactions;
        for member in 1..=NODES {
            cluster.start_node(member).await;
        }
        cluster
    }

    /// A network on which so many others may join, without a node.
    pub async fn found(context: Context, epoch_blocks: u64, others: u16) -> Self {
        let all = NODES + others;
        let config = simulated::Config {
            max_size: message_size_max(),
            max_peers_per_set: NZUsize!(8),
            disconnect_on_block: true,
            tracked_peer_sets: NZUsize!(1),
        };
        let keys: Vec<_> = (1..=all).map(|n| consensus_key(n).public_key()).collect();
        let (network, oracle) =
            simulated::Network::new_with_peers(context.child("network"), config, keys.clone())
                .await;
        network.start();
        for from in &keys {
            for to in keys.iter().filter(|to| *to != from) {
                let added = oracle.add_link(from.clone(), to.clone(), LINK).await;
                added.expect("new link");
            }
        }
        Self {
            context,
            genesis: Arc::new(genesis(epoch_blocks)),
            oracle,
            nodes: BTreeMap::new(),
            sync_above: None,
            keep_blocks: None,
            state_blocks: None,
            mempool: Limits::default(),
            starts: 0,
            disks: BTreeMap::new(),
        }
    }

    /// Kills one node and takes its disk away: the next start finds an empty one.
    pub fn wipe(&mut self, member: u16) {
        self.kill(member);
        *self.disks.entry(member).or_default() += 1;
    }

    /// Starts one node on whatever its disk holds; its key never voted before the first start.
    pub async fn start_node(&mut self, member: u16) {
        let past = match self.disks.contains_key(&member) {
            true => PastVotes::Here,
            false => PastVotes::None,
        };
        self.start_as(member, past).await;
    }

    /// As [`Self::start_node`], with another word on what the key voted before.
    pub async fn start_as(&mut self, member: u16, past: PastVotes) {
        self.starts += 1;
        let disk = *self.disks.entry(member).or_default();
        let signer = consensus_key(member);
        let control = self.oracle.control(signer.public_key());
        let mut channels = BTreeMap::new();
        for (number, quota) in CHANNELS {
            let quota: Quota = quota;
            let channel = control.register(number, quota).await.expect("a network");
            channels.insert(number, channel);
        }
        let mut take = |number: u64| {
            channels
                .remove(&number)
                .expect("every channel is registered")
        };
        let network = Network {
            peers: self.oracle.manager(),
            blocker: control.clone(),
            votes: take(VOTES),
            certificates: take(CERTIFICATES),
            resolver: take(RESOLVER),
            broadcast: take(BROADCAST),
            backfill: take(BACKFILL),
            sync: take(SYNC),
            mempool: take(MEMPOOL),
            history: take(HISTORY),
        };
        let mut config = Config::new(self.genesis.clone(), MemberId::new(member), signer);
        config.prefix = format!("node-{member}-{disk}");
        config.past_votes = past;
        config.sync_above = self.sync_above;
        config.keep_blocks = self.keep_blocks;
        if let Some(blocks) = self.state_blocks {
            config.state_blocks = blocks;
        }
        config.archive_section = NZU64!(64);
        config.mempool = self.mempool;
        config.cache = Cache {
            pages: NZUsize!(64),
            value_bytes: 64 * 1024,
        };
        let context = self
            .context
            .child("node")
            .with_attribute("member", member)
            .with_attribute("start", self.starts);
        let node = Node::start(context, config, network).await.expect("a node");
        self.nodes.insert(member, node);
    }

    /// Kills one node.
    pub fn kill(&mut self, member: u16) {
        if let Some(node) = self.nodes.remove(&member) {
            node.abort();
        }
    }

    /// Kills one node between two blocks, which come a second apart: the engine's wrapper panics if it is aborted while it judges one.
    pub async fn kill_at_rest(&mut self, member: u16) {
        let tip = self.handle(member).status().height;
        self.handle(member).reached(Height::new(tip + 1)).await;
        self.context.sleep(Duration::from_millis(300)).await;
        self.kill(member);
    }

    /// Cuts two members off from each other.
    pub async fn cut(&self, one: u16, other: u16) {
        let [one, other] = [one, other].map(|member| consensus_key(member).public_key());
        for (from, to) in [(&one, &other), (&other, &one)] {
            let removed = self.oracle.remove_link(from.clone(), to.clone()).await;
            removed.expect("a link");
        }
    }

    /// Lets two members reach each other that were cut off.
    pub async fn heal(&self, one: u16, other: u16) {
        let [one, other] = [one, other].map(|member| consensus_key(member).public_key());
        for (from, to) in [(&one, &other), (&other, &one)] {
            let added = self.oracle.add_link(from.clone(), to.clone(), LINK);
            added.await.expect("no link");
        }
    }

    /// Takes an archive of a node that does not run away, as when its files were damaged and moved aside, and gives what stood in it.
    pub async fn lose(&self, member: u16, archive: &str) -> Files {
        let disk = self.disks.get(&member).expect("it ran");
        // Who was killed closes its files when its tasks are gone.
        self.context.sleep(Duration::from_millis(100)).await;
        let mut files = Vec::new();
        for part in ["meta", "key", "value"] {
            let partition = format!("node-{member}-{disk}-{archive}-{part}");
            for name in self.context.scan(&partition).await.expect("it is there") {
                let versions = BlobVersion::new(0)..=BlobVersion::new(u16::MAX);
                let opened = self.context.open_versioned(&partition, &name, versions);
                let (blob, size, version) = opened.await.expect("opens");
                let size = usize::try_from(size).expect("small");
                let bytes = blob.read_at(0, size, ReadOptions::default()).await;
                let bytes = bytes.expect("reads").coalesce().as_ref().to_vec();
                files.push((partition.clone(), name, version, bytes));
            }
            let removed = self.context.remove(&partition, None).await;
            removed.expect("it is there");
        }
        files
    }

    /// Puts back what [`Self::lose`] gave, in place of what is there.
    pub async fn put_back(&self, member: u16, archive: &str, files: Files) {
        self.lose(member, archive).await;
        for (partition, name, version, bytes) in files {
            let opened = self
                .context
                .open_versioned(&partition, &name, version..=version);
            let (blob, _, _) = opened.await.expect("opens");
            let written = blob.write_at(0, bytes, WriteOptions::default()).await;
            written.expect("writes");
            blob.sync().await.expect("syncs");
        }
    }

    /// Operations of one node.
    pub fn handle(&self, member: u16) -> NodeHandle {
        self.nodes[&member].handle().clone()
    }
}
