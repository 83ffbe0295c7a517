//! Assembly of one node, on whatever runtime and network it is given.
//!
//! Order matters: what serves comes before what asks. Where to begin, then the marshal's resolver and the block buffer, the archives,
//! the marshal, the state, then reads and the mempool, and the consensus engine last.
use crate::allowance;
use crate::application::{self, Application};
use crate::archive::Archive;
use crate::assembly::{
    MAILBOX, Marshal, Plan, SYNC_ENGINE, backfill_config, buffer_config, epoch_settings,
    marshal_config, open_archives, resolvers,
};
use crate::boundaries::Boundaries;
use crate::brief::{self, Recent, Tray};
use crate::config::{Config, Frame};
use crate::desk::{self, Desk};
use crate::epoch;
use crate::execution::Rules;
use crate::fault::Fault;
use crate::follow::Follow;
use crate::handle::{self, NodeHandle};
use crate::history::{self, CertificateFetcher, Fetcher, History, Line, Serving, Shelf};
use crate::joining;
use crate::keeping::Keep;
use crate::mempool::intake::Intake;
use crate::mempool::judge::Judge;
use crate::mempool::{Mempool, actor, ingress, relay};
use crate::network::{Blocks, Channel, Network, Peers, Receives, Sends};
use crate::pace::Paced;
use crate::past::{Headers, Keeper};
use crate::rounds::Rounds;
use crate::store::{self, Databases, Runtime};
use crate::tip_cache::TipCache;
use crate::verify::Verifier;
use crate::work::Account;
use amanat_types::block::Block;
use commonware_broadcast::buffered;
use commonware_consensus::Reporters;
use commonware_consensus::marshal::{
    Identifier,
    core::Actor as MarshalActor,
    resolver::p2p as backfill,
    standard::{Deferred, Standard},
};
use commonware_consensus::types::Height;
use commonware_glue::stateful::{self, Stateful};
use commonware_parallel::Sequential;
use commonware_runtime::Handle;
use commonware_utils::channel::mpsc;
use std::sync::Arc;
use std::time::Duration;

/// How often the block is looked for whose state was taken over, while it is being stored.
const SYNCED: Duration = Duration::from_millis(50);
/// Submissions that wait for the ingress.
const SUBMISSIONS: usize = 8_192;
/// Reads that wait for the desk.
const READS: usize = 1_024;

/// A running node.
pub struct Node {
    handle: NodeHandle,
    tasks: Vec<Handle<()>>,
    /// Peers are answered as long as this node may ask.
    _history: History,
}

/// Parts that the application, the mempool and the reads share.
struct Parts<E: Runtime> {
    rules: Rules,
    verifier: Verifier,
    mempool: Mempool,
    rounds: Rounds,
    follow: Follow,
    cache: TipCache,
    archive: Archive<E>,
    tray: Tray,
    recent: Recent,
    account: Account,
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
        let mut tasks = Vec::new();
        let blocker = network.blocker;
        let entry = (network.history, blocker.clone());
        let entry = Entry::find(&context, (&config, &frame), entry, &mut tasks).await?;
        let parts = Parts::open(&context, &config, &frame).await?;
        let known = (parts.tray.clone(), parts.recent.clone());
        let broadcast = brief::channel(network.broadcast, known, parts.account.clone());
        let ground = Ground::open(
            &context,
            (&frame, entry.plan),
            &parts,
            (network.peers, blocker.clone()),
            (broadcast, [network.backfill, network.sync]),
            &mut tasks,
        )
        .await?;
        let headers = context.child("headers");
        let certified = (ground.marshal.clone(), entry.boundaries.clone());
        let headers = Headers::open(headers, &frame, certified).await?;
        let line = (&entry.serving, entry.history.clone(), blocker.clone());
        parts.past(&context, &frame, headers.clone(), line, &mut tasks);
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
        let reads = (&ground.databases, headers, entry.boundaries.clone());
        let (submit, desk) = parts.serve(&context, reads, forward, &mut tasks);
        let peers = actor::Peers::default();
        let databases = ground.databases.clone();
        let door = (network.mempool, blocker.clone());
        parts.gossip(&context, databases, door, &peers, &mut tasks);
        let blocks = (ground.marshal, entry.boundaries);
        let settings = epoch_settings(&frame, paced, blocker, blocks);
        let epochs = epoch::Actor::new(context.child("epochs"), settings, ground.finalised);
        tasks.push(epochs.start(network.votes, network.certificates, network.resolver));
        tracing::info!(%member, network = %frame.network, "node started");
        let handle = NodeHandle::new(handle::Parts {
            genesis: config.genesis,
            member,
            rosters: frame.rosters.clone(),
            follow: parts.follow,
            rounds: parts.rounds,
            cache: parts.cache,
            mempool: parts.mempool,
            peers,
            submit,
            desk,
        });
        Ok(Self {
            handle,
            tasks,
            _history: entry.history,
        })
    }
}

/// Where the node begins, and the line over which it asked.
struct Entry<E: Runtime> {
    plan: Plan<E>,
    boundaries: Boundaries<E>,
    history: History,
    serving: Shelf<E>,
}

impl<E: Runtime> Entry<E> {
    async fn find<B: Blocks, S: Sends, R: Receives>(
        context: &E,
        (config, frame): (&Config, &Frame),
        (channel, mut blocker): (Channel<S, R>, B),
        tasks: &mut Vec<Handle<()>>,
    ) -> Result<Self, Fault> {
        let boundaries = context.child("boundaries");
        let boundaries = Boundaries::open(boundaries, config.genesis.clone(), frame).await?;
        let serving = Arc::default();
        let (actor, history) = history::Actor::new(
            context.child("history"),
            (boundaries.clone(), Arc::clone(&serving)),
            channel,
            blocker.clone(),
        );
        tasks.push(actor.start());
        let plan = Plan::init(context.child("plan"), format!("{}-plan-", frame.prefix)).await;
        let fresh = plan.may_sync() && plan.floor().is_none();
        let line = (&history, &boundaries);
        let begin = joining::begin(context, (config, frame), line, &mut blocker, fresh).await?;
        let plan = match begin {
            Some(tip) => {
                let height = tip.header.height.get();
                tracing::info!(height, "taking the state of this block from other members");
                plan.set_floor(tip.finalization.0).await
            }
            None => plan,
        };
        Ok(Self {
            plan,
            boundaries,
            history,
            serving,
        })
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
        (frame, plan): (&Frame, Plan<E>),
        parts: &Parts<E>,
        (peers, blocker): (P, B),
        (broadcast, [fetch, sync]): (Channel<impl Sends, impl Receives>, [Channel<S, R>; 2]),
        tasks: &mut Vec<Handle<()>>,
    ) -> Result<Self, Fault> {
        let fetch = allowance::channel(context.child("allowance"), fetch);
        let fetch = backfill::init(
            context.child("backfill"),
            backfill_config(frame, &peers, &blocker),
            fetch,
        );
        let (buffering, buffer) =
            buffered::Engine::new(context.child("broadcast"), buffer_config(frame, &peers));
        tasks.push(buffering.start(broadcast));
        let syncs = plan.floor().is_some();
        let (certificates, blocks) = open_archives(context, frame).await?;
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
                prune_config: Some(frame.prune),
                strategy: Sequential,
            },
        );
        let (mailbox, finalised) = epoch::mailbox(frame.rosters.clone());
        tasks.push(actor.start(Reporters::from((state.clone(), mailbox)), buffer, fetch));
        if !syncs && let Some((_, block)) = marshal.get_anchor().await {
            parts.follow.resume(block.inner().header().clone());
        }
        tasks.push(stateful.start());
        let databases = state.subscribe_databases().await;
        if syncs {
            synced(context, &marshal, &databases, &parts.follow).await;
        }
        Ok(Self {
            marshal,
            state,
            databases,
            finalised,
        })
    }
}

/// Moves the tip to the block whose state was taken from peers.
async fn synced<E: Runtime>(
    context: &E,
    marshal: &Marshal,
    databases: &Databases<E>,
    follow: &Follow,
) {
    loop {
        let root = databases.0.read().await.root();
        // Blocks that were finalised since may have moved the tip already.
        if follow.with_state(&root).is_some() {
            return;
        }
        let processed = marshal.get_processed().await;
        let mut at = processed.map_or(Height::zero(), |processed| processed.height());
        let newest = marshal.get_info(Identifier::Latest).await;
        while newest.is_some_and(|(newest, _)| at <= newest) {
            if let Some(block) = marshal.get_block(at).await
                && block.inner().header().state_root == root
            {
                tracing::info!(height = at.get(), "the state is taken over");
                return follow.resume(block.inner().header().clone());
            }
            at = at.next();
        }
        context.sleep(SYNCED).await;
    }
}

impl<E: Runtime> Parts<E> {
    async fn open(context: &E, config: &Config, frame: &Frame) -> Result<Self, Fault> {
        let archive = context.child("archive");
        Ok(Self {
            rules: Rules::new(&config.genesis),
            verifier: Verifier::new(config.account.clone()),
            mempool: Mempool::new(config.mempool),
            rounds: Rounds::new(frame.rosters.clone()),
            follow: Follow::new(frame.genesis.header().clone()),
            cache: TipCache::new(config.cache.value_bytes),
            archive: Archive::open(archive, frame).await?,
            tray: Tray::new(frame.rosters.clone(), config.brief_from),
            recent: Recent::default(),
            account: config.account.clone(),
        })
    }

    /// Serves old blocks to peers, fetches those that are missing here, and keeps the headers of those that will be dropped.
    fn past<B: Blocks>(
        &self,
        context: &E,
        frame: &Frame,
        headers: Headers<E>,
        (serving, history, blocker): (&Shelf<E>, History, B),
        tasks: &mut Vec<Handle<()>>,
    ) {
        *serving.lock() = Some(Serving {
            headers: headers.clone(),
            archive: self.archive.clone(),
        });
        let tip = (self.follow.clone(), frame.rosters.clone());
        let line = Line::new(frame.network, tip, (history, blocker));
        let past = (headers.clone(), self.archive.clone());
        let fetcher = context.child("history_fetcher");
        tasks.push(Fetcher::new(fetcher, past.clone(), line.clone()).start());
        let certificates = context.child("certificate_fetcher");
        tasks.push(CertificateFetcher::new(certificates, past.clone(), line).start());
        if frame.keep != Keep::All {
            let keeper = context.child("headers_keeper");
            tasks.push(Keeper::new(keeper, past, self.follow.clone()).start());
        }
    }

    fn application(&self, frame: &Frame) -> Application<E> {
        Application::new(application::Parts {
            rules: self.rules.clone(),
            genesis: frame.genesis.clone(),
            mempool: self.mempool.clone(),
            verifier: self.verifier.clone(),
            archive: self.archive.clone(),
            follow: self.follow.clone(),
            cache: self.cache.clone(),
            rosters: frame.rosters.clone(),
            tray: self.tray.clone(),
            account: self.account.clone(),
        })
    }

    fn judge(&self, databases: Databases<E>) -> Judge<E> {
        Judge {
            verifier: self.verifier.clone(),
            rules: self.rules.clone(),
            databases,
            follow: self.follow.clone(),
            cache: self.cache.clone(),
        }
    }

    /// Starts what takes in and judges the transactions of peers.
    fn gossip<B: Blocks, S: Sends, R: Receives>(
        &self,
        context: &E,
        databases: Databases<E>,
        (channel, blocker): (Channel<S, R>, B),
        peers: &actor::Peers,
        tasks: &mut Vec<Handle<()>>,
    ) {
        let (intake, mempool) = (Intake::default(), self.mempool.clone());
        let relay = relay::Relay::new(
            context.child("relay"),
            (intake.clone(), mempool.clone()),
            self.judge(databases),
            (blocker.clone(), self.account.clone()),
        );
        tasks.push(relay.start());
        let shared = (mempool, intake, self.follow.clone(), peers.clone());
        let brief = (self.tray.clone(), self.recent.clone());
        let mempool = context.child("mempool");
        let gossip = actor::Actor::new(mempool, shared, brief, channel, blocker);
        tasks.push(gossip.start());
    }

    /// Starts what serves submissions and reads, and gives where to send them.
    fn serve<S: Sends>(
        &self,
        context: &E,
        (databases, headers, boundaries): (&Databases<E>, Headers<E>, Boundaries<E>),
        sender: S,
        tasks: &mut Vec<Handle<()>>,
    ) -> (mpsc::Sender<ingress::Submit>, mpsc::Sender<handle::Request>) {
        let (submit, submissions) = mpsc::channel(SUBMISSIONS);
        let parts = ingress::Parts {
            mempool: self.mempool.clone(),
            judge: self.judge(databases.clone()),
            archive: self.archive.clone(),
            follow: self.follow.clone(),
            rounds: self.rounds.clone(),
            tray: self.tray.clone(),
            recent: self.recent.clone(),
            account: self.account.clone(),
        };
        let ingress = ingress::Ingress::new(context.child("ingress"), parts, sender, submissions);
        tasks.push(ingress.start());
        let (desk, requests) = mpsc::channel(READS);
        let parts = desk::Parts {
            archive: self.archive.clone(),
            databases: databases.clone(),
            cache: self.cache.clone(),
            headers,
            follow: self.follow.clone(),
            rules: self.rules.clone(),
            boundaries,
        };
        tasks.push(Desk::new(context.child("desk"), parts, requests).start());
        (submit, desk)
    }
}
