//! Assembly of one node, on whatever runtime and network it is given.
//!
//! Order matters: what serves comes before what asks. The marshal's resolver and the block buffer, the archives, the
//! marshal, the state, then reads and the mempool, and the consensus engine last.
use crate::application::{self, Application};
use crate::archive::Archive;
use crate::assembly::{
    MAILBOX, Marshal, Plan, SYNC_ENGINE, backfill_config, buffer_config, epoch_settings,
    learn_rosters, marshal_config, open_archives, resolvers,
};
use crate::config::{Config, Frame};
use crate::desk::{self, Desk};
use crate::epoch;
use crate::execution::Rules;
use crate::fault::Fault;
use crate::follow::Follow;
use crate::handle::{self, NodeHandle};
use crate::mempool::{Mempool, actor, ingress};
use crate::network::{Blocks, Channel, Network, Peers, Receives, Sends};
use crate::pace::Paced;
use crate::rounds::Rounds;
use crate::store::{self, Databases, Runtime};
use crate::verify::Verifier;
use amanat_types::block::Block;
use commonware_broadcast::buffered;
use commonware_consensus::Reporters;
use commonware_consensus::marshal::{
    core::Actor as MarshalActor,
    resolver::p2p as backfill,
    standard::{Deferred, Standard},
};
use commonware_consensus::types::FixedEpocher;
use commonware_glue::stateful::{self, Stateful};
use commonware_parallel::Sequential;
use commonware_runtime::Handle;
use commonware_utils::channel::mpsc;
use std::sync::Arc;

/// Submissions that wait for the ingress.
const SUBMISSIONS: usize = 8_192;
/// Reads that wait for the desk.
const READS: usize = 1_024;

/// A running node.
pub struct Node {
    handle: NodeHandle,
    tasks: Vec<Handle<()>>,
}

/// Parts that the application, the mempool and the reads share.
struct Parts<E: Runtime> {
    rules: Rules,
    verifier: Verifier,
    mempool: Mempool,
    rounds: Rounds,
    follow: Follow,
    archive: Archive<E>,
}

impl Node {
    /// The node's operations.
    pub const fn handle(&self) -> &NodeHandle {
        &self.handle
    }

    /// Stops every task of this node, as a crash would; a graceful stop is the runtime's `stop`.
    pub fn abort(self) {
        for task in self.tasks {
            task.abort();
        }
    }

    /// Opens the disk, joins the network and starts to take part.
    pub async fn start<E: Runtime, P: Peers, B: Blocks, S: Sends, R: Receives>(
        context: E,
        config: Config,
        network: Network<P, B, S, R>,
    ) -> Result<Self, Fault> {
        let member = config.member;
        let frame = Frame::new(&config)?;
        let parts = Parts::open(&context, &config, &frame).await?;
        let mut tasks = Vec::new();
        let blocker = network.blocker;
        let ground = Ground::open(
            &context,
            &frame,
            &parts,
            (network.peers, blocker.clone()),
            [network.broadcast, network.backfill, network.sync],
            &mut tasks,
        )
        .await?;
        let shared = (
            parts.mempool.clone(),
            parts.follow.clone(),
            parts.rounds.clone(),
        );
        let deferred = Deferred::new(
            context.child("deferred"),
            ground.state,
            ground.marshal.clone(),
            frame.epocher.clone(),
        );
        let paced = Paced::new(context.child("paced"), deferred, config.pace, shared);
        let forward = network.mempool.0.clone();
        let reads = (&ground.databases, &ground.marshal, &frame.epocher);
        let (submit, desk) = parts.serve(&context, reads, forward, &mut tasks);
        let peers = actor::Peers::default();
        let gossip = actor::Actor::new(
            context.child("mempool"),
            (parts.mempool.clone(), parts.follow.clone(), peers.clone()),
            network.mempool,
            blocker.clone(),
        );
        tasks.push(gossip.start());
        let settings = epoch_settings(&frame, paced, blocker, ground.marshal);
        let epochs = epoch::Actor::new(context.child("epochs"), settings, ground.finalised);
        tasks.push(epochs.start(network.votes, network.certificates, network.resolver));
        tracing::info!(%member, network = %frame.network, "node started");
        let handle = NodeHandle::new(handle::Parts {
            genesis: config.genesis,
            member,
            rosters: frame.rosters.clone(),
            follow: parts.follow,
            rounds: parts.rounds,
            mempool: parts.mempool,
            peers,
            submit,
            desk,
        });
        Ok(Self { handle, tasks })
    }
}

/// What stands below consensus, running: blocks, certificates, state.
struct Ground<E: Runtime> {
    marshal: Marshal,
    state: stateful::Mailbox<E, Application<E>>,
    databases: Databases<E>,
    finalised: mpsc::UnboundedReceiver<epoch::Finalised>,
}

impl<E: Runtime> Ground<E> {
    async fn open<P: Peers, B: Blocks, S: Sends, R: Receives>(
        context: &E,
        frame: &Frame,
        parts: &Parts<E>,
        (peers, blocker): (P, B),
        [broadcast, fetch, sync]: [Channel<S, R>; 3],
        tasks: &mut Vec<Handle<()>>,
    ) -> Result<Self, Fault> {
        let fetch = backfill::init(
            context.child("backfill"),
            backfill_config(frame, &peers, &blocker),
            fetch,
        );
        let (buffering, buffer) =
            buffered::Engine::new(context.child("broadcast"), buffer_config(frame, &peers));
        tasks.push(buffering.start(broadcast));
        let plan = Plan::init(context.child("plan"), format!("{}-plan-", frame.prefix)).await;
        let (certificates, blocks) = open_archives(context, frame).await?;
        learn_rosters(frame, &blocks).await?;
        let (actor, marshal, floor) = MarshalActor::<_, Standard<Block>, _, _, _, _, _>::init(
            context.child("marshal"),
            certificates,
            blocks,
            marshal_config(frame, &plan),
        )
        .await;
        let resolvers = resolvers(context, frame, (peers, blocker), sync, tasks).await?;
        let (stateful, state) = Stateful::new(
            context.child("state"),
            stateful::Config {
                application: parts.application(frame),
                db_config: store::config::<E>(&frame.prefix, &frame.cache),
                provider: (),
                marshal: (marshal.clone(), floor),
                mailbox_size: MAILBOX,
                plan,
                resolvers,
                sync_config: SYNC_ENGINE,
                prune_config: None,
                strategy: Sequential,
            },
        );
        let (mailbox, finalised) = epoch::mailbox(frame.rosters.clone());
        tasks.push(actor.start(Reporters::from((state.clone(), mailbox)), buffer, fetch));
        if let Some((_, block)) = marshal.get_anchor().await {
            parts.follow.resume(block.inner().header().clone());
        }
        tasks.push(stateful.start());
        let databases = state.subscribe_databases().await;
        Ok(Self {
            marshal,
            state,
            databases,
            finalised,
        })
    }
}

impl<E: Runtime> Parts<E> {
    async fn open(context: &E, config: &Config, frame: &Frame) -> Result<Self, Fault> {
        let archive = context.child("archive");
        Ok(Self {
            rules: Rules::new(&config.genesis),
            verifier: Verifier::default(),
            mempool: Mempool::new(config.mempool),
            rounds: Rounds::new(frame.rosters.clone()),
            follow: Follow::new(frame.genesis.header().clone()),
            archive: Archive::open(archive, &frame.prefix, &frame.cache).await?,
        })
    }

    fn application(&self, frame: &Frame) -> Application<E> {
        Application::new(application::Parts {
            rules: self.rules.clone(),
            genesis: frame.genesis.clone(),
            mempool: self.mempool.clone(),
            verifier: self.verifier.clone(),
            archive: self.archive.clone(),
            follow: self.follow.clone(),
        })
    }

    /// Starts what serves submissions and reads, and gives where to send them.
    fn serve<S: Sends>(
        &self,
        context: &E,
        (databases, marshal, epocher): (&Databases<E>, &Marshal, &FixedEpocher),
        sender: S,
        tasks: &mut Vec<Handle<()>>,
    ) -> (mpsc::Sender<ingress::Submit>, mpsc::Sender<handle::Request>) {
        let (submit, submissions) = mpsc::channel(SUBMISSIONS);
        let parts = ingress::Parts {
            mempool: self.mempool.clone(),
            verifier: self.verifier.clone(),
            rules: self.rules.clone(),
            archive: self.archive.clone(),
            databases: databases.clone(),
            follow: self.follow.clone(),
            rounds: self.rounds.clone(),
        };
        let ingress = ingress::Ingress::new(context.child("ingress"), parts, sender, submissions);
        tasks.push(ingress.start());
        let (desk, requests) = mpsc::channel(READS);
        let parts = desk::Parts {
            archive: self.archive.clone(),
            databases: databases.clone(),
            marshal: marshal.clone(),
            follow: self.follow.clone(),
            epocher: epocher.clone(),
            rules: self.rules.clone(),
            boundaries: Arc::default(),
        };
        tasks.push(Desk::new(context.child("desk"), parts, requests).start());
        (submit, desk)
    }
}
