//! Settings of the parts that a node is assembled from, and the opening of its archives.
use crate::archive;
use crate::block_archive::BlockArchive;
use crate::boundaries::Boundaries;
use crate::config::Frame;
use crate::epoch;
use crate::fault::Fault;
use crate::keeping::Keeping;
use crate::network::{Blocks, Channel, Peers, Receives, SYNC_BATCH, Sends};
use crate::rosters::Rosters;
use crate::store::{Bodies, Records, Runtime};
use amanat_types::block::{Block, Scheme};
use amanat_types::{Digest, limits};
use commonware_broadcast::buffered;
use commonware_consensus::marshal::{
    self, core::Mailbox as MarshalMailbox, resolver::p2p as backfill, standard::Standard,
};
use commonware_consensus::simplex::types::Finalization;
use commonware_consensus::types::{FixedEpocher, ViewDelta};
use commonware_cryptography::certificate::Verifier as _;
use commonware_cryptography::{Digested, Digestible as _, ed25519};
use commonware_glue::stateful::SyncPlan;
use commonware_glue::stateful::db::{Shared, SyncEngineConfig, p2p as sync};
use commonware_p2p::utils::mux::Muxer;
use commonware_parallel::Sequential;
use commonware_runtime::Handle;
use commonware_storage::archive::prunable;
use commonware_storage::merkle::mmr;
use commonware_storage::qmdb::sync::Source;
use commonware_storage::translator::EightCap;
use commonware_utils::{NZDuration, NZU64, NZUsize};
use std::num::NonZeroUsize;
use std::time::Duration;

/// Messages that wait for one part.
pub const MAILBOX: NonZeroUsize = NZUsize!(256);
/// Blocks handed to the application ahead of its acknowledgements; twice as many are kept decoded.
const PENDING: NonZeroUsize = NZUsize!(8);
/// Proposed blocks of each validator that are kept decoded, a megabyte or two each under load: those of a term.
///
/// A block that a node on a loaded machine has not come to yet must still be here: what is gone is fetched
/// again, and waiting for that was measured in seconds (among four, with two of each kept, and four pending).
const PROPOSED: usize = 6;
/// The same among as many as send blocks in brief, which may be twice as large: as many as a leader may be ahead of a quorum, and one.
const PROPOSED_OF_MANY: usize = 4;
const BUFFER: NonZeroUsize = NZUsize!(64 * 1024);
const REPLAY: NonZeroUsize = NZUsize!(1024 * 1024);

type CertificateStore<E> = prunable::Archive<EightCap, E, Digest, Finalization<Scheme, Digest>>;
type Certificates<E> = Keeping<CertificateStore<E>>;
type KeptBlocks<E> = Keeping<BlockArchive<E>>;
/// Where a node starts from.
pub type Plan<E> = SyncPlan<E, Scheme, Standard<Block>>;
/// Blocks and certificates.
pub type Marshal = MarshalMailbox<Scheme, Standard<Block>>;

/// How this node fetches state from peers when it joins late.
pub const SYNC_ENGINE: SyncEngineConfig = SyncEngineConfig {
    fetch_batch_size: SYNC_BATCH,
    apply_batch_size: NZU64!(1024),
    max_outstanding_requests: NZUsize!(4),
};

/// Settings of the fetching of blocks.
pub fn backfill_config<P: Peers, B: Blocks>(
    frame: &Frame,
    peers: &P,
    blocker: &B,
) -> backfill::Config<ed25519::PublicKey, P, B> {
    backfill::Config {
        public_key: frame.me.clone(),
        peer_provider: peers.clone(),
        blocker: blocker.clone(),
        mailbox_size: MAILBOX,
        fetch_timeout: NZDuration!(Duration::from_secs(2)),
        fetch_retry_delay: Duration::from_millis(100),
        priority_requests: false,
        priority_responses: false,
    }
}

/// How many proposed blocks of each validator are kept, by how many validate when the node starts.
fn proposed(frame: &Frame) -> usize {
    match frame.rosters.count(frame.rosters.last()) >= limits::BRIEF_VALIDATORS_MIN {
        true => PROPOSED_OF_MANY,
        false => PROPOSED,
    }
}

/// Settings of the buffer of proposed blocks.
pub fn buffer_config<P: Peers>(
    frame: &Frame,
    peers: &P,
) -> buffered::Config<ed25519::PublicKey, (), P, Sequential> {
    buffered::Config {
        public_key: frame.me.clone(),
        mailbox_size: MAILBOX,
        deque_size: proposed(frame),
        priority: false,
        codec_config: (),
        peer_provider: peers.clone(),
        strategy: Sequential,
    }
}

/// Opens the archives of certificates and blocks.
pub async fn open_archives<E: Runtime>(
    context: &E,
    frame: &Frame,
) -> Result<(Certificates<E>, KeptBlocks<E>), Fault> {
    let unbounded = Scheme::certificate_codec_config_unbounded();
    let certificates = CertificateStore::init(
        context.child("certificates"),
        archive::config(frame, "certificates", unbounded),
    );
    let certificates = certificates
        .await
        .map_err(|error| Fault::storage("certificates", error))?;
    let blocks = BlockArchive::open(context.child("blocks"), frame).await?;
    Ok((
        Keeping::new(certificates, frame.keep),
        Keeping::new(blocks, frame.keep),
    ))
}

/// Settings of the marshal.
pub type MarshalConfig = marshal::Config<Rosters, FixedEpocher, Sequential, Block, Digested<Block>>;

/// Settings of the marshal.
pub fn marshal_config<E: Runtime>(frame: &Frame, plan: &Plan<E>) -> MarshalConfig {
    let genesis = Digested::precomputed(frame.genesis.clone(), frame.genesis.digest());
    marshal::Config {
        provider: frame.rosters.clone(),
        epocher: frame.epocher.clone(),
        start: plan.marshal_start(genesis),
        partition_prefix: format!("{}-marshal", frame.prefix),
        mailbox_size: MAILBOX,
        view_retention: ViewDelta::new(64),
        prunable_items_per_section: NZU64!(32),
        page_cache: frame.cache.clone(),
        replay_buffer: REPLAY,
        key_write_buffer: BUFFER,
        value_write_buffer: BUFFER,
        block_codec_config: (),
        max_repair: NZUsize!(32),
        max_pending_acks: PENDING,
        strategy: Sequential,
    }
}

/// Settings of the engines.
pub fn epoch_settings<E: Runtime, A, B>(
    frame: &Frame,
    application: A,
    blocker: B,
    (marshal, boundaries): (Marshal, Boundaries<E>),
) -> epoch::Settings<E, A, B> {
    epoch::Settings {
        application,
        blocker,
        boundaries,
        rosters: frame.rosters.clone(),
        marshal,
        epocher: frame.epocher.clone(),
        genesis: frame.genesis.header().clone(),
        prefix: frame.prefix.clone(),
        cache: frame.cache.clone(),
    }
}

/// Where one database's sync requests go.
pub type SyncMailbox<DB> = sync::Mailbox<DB, mmr::Family, <Shared<DB> as Source>::Op, Digest>;
/// Both databases' mailboxes.
pub type Resolvers<E> = (SyncMailbox<Records<E>>, SyncMailbox<Bodies<E>>);

/// Serves both databases to peers that sync; one channel, one subchannel each.
pub async fn resolvers<E: Runtime, P: Peers, B: Blocks, S: Sends, R: Receives>(
    context: &E,
    frame: &Frame,
    (peers, blocker): (P, B),
    channel: Channel<S, R>,
    tasks: &mut Vec<Handle<()>>,
) -> Result<Resolvers<E>, Fault> {
    let (mux, mut databases) = Muxer::new(context.child("sync_mux"), channel.0, channel.1);
    let mux_task = context.child("sync_mux_task");
    // A mux that ends has lost its channel; its users then end with it.
    tasks.push(mux_task.spawn(move |_| async move { drop(mux.run().await) }));
    let closed = |_| Fault::Config("the state sync channel is closed".into());
    let config = sync_config::<P, B, Records<E>>(frame, &peers, &blocker);
    let (records_actor, records) =
        sync::Actor::<_, _, _, _, mmr::Family, _>::new(context.child("records_sync"), config);
    tasks.push(records_actor.start(databases.register(0).await.map_err(closed)?));
    let config = sync_config::<P, B, Bodies<E>>(frame, &peers, &blocker);
    let (bodies_actor, bodies) =
        sync::Actor::<_, _, _, _, mmr::Family, _>::new(context.child("bodies_sync"), config);
    tasks.push(bodies_actor.start(databases.register(1).await.map_err(closed)?));
    Ok((records, bodies))
}

fn sync_config<P: Peers, B: Blocks, DB>(
    frame: &Frame,
    peers: &P,
    blocker: &B,
) -> sync::Config<ed25519::PublicKey, P, B, DB> {
    sync::Config {
        peer_provider: peers.clone(),
        blocker: blocker.clone(),
        database: None,
        mailbox_size: MAILBOX,
        me: Some(frame.me.clone()),
        fetch_timeout: NZDuration!(Duration::from_secs(2)),
        fetch_retry_delay: Duration::from_millis(100),
        max_serve_ops: SYNC_BATCH,
        priority_requests: false,
        priority_responses: false,
    }
}
