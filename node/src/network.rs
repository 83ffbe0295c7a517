//! Channels between nodes: their numbers, quotas and the largest message.
//!
//! Inbound mailboxes are allocated ahead: peers x quota for every channel. So quotas are what the protocol needs
//! and little more. The network itself is injected: TCP in `run`, a simulated one in tests and the simulator.
use crate::brief;
use crate::history;
use crate::mempool::wire;
use amanat_types::block::{Block, Scheme};
use amanat_types::{Digest, limits};
use commonware_codec::FixedSize as _;
use commonware_consensus::marshal::standard::Standard;
use commonware_consensus::{marshal, simplex};
use commonware_cryptography::ed25519;
use commonware_glue::stateful::db::p2p as sync;
use commonware_p2p::utils::mux::prefixed;
use commonware_p2p::{Blocker, Provider, Receiver, Sender, max_message_size};
use commonware_runtime::Quota;
use commonware_storage::merkle::mmr;
use commonware_storage::qmdb::any::ordered::fixed::Operation;
use commonware_utils::{NZU32, NZU64};
use std::num::NonZeroU64;

/// Votes of one epoch, muxed by epoch.
pub const VOTES: u64 = 0;
/// Certificates, muxed by epoch.
pub const CERTIFICATES: u64 = 1;
/// Fetching of missing certificates, muxed by epoch.
pub const RESOLVER: u64 = 2;
/// Blocks as they are proposed.
pub const BROADCAST: u64 = 3;
/// Fetching of missing blocks.
pub const BACKFILL: u64 = 4;
/// State sync, muxed by database.
pub const SYNC: u64 = 5;
/// Transactions on their way to a leader.
pub const MEMPOOL: u64 = 6;
/// What lies behind the tip.
pub const HISTORY: u64 = 7;

/// Every channel with its quota a peer.
pub const CHANNELS: [(u64, Quota); 8] = [
    (VOTES, Quota::per_second(NZU32!(256))),
    (CERTIFICATES, Quota::per_second(NZU32!(256))),
    (RESOLVER, Quota::per_second(NZU32!(128))),
    (BROADCAST, Quota::per_second(NZU32!(64))),
    // An answer above it is dropped, and whoever asked waits for its time-out; bytes are bounded by `allowance`.
    (BACKFILL, Quota::per_second(NZU32!(1024))),
    (SYNC, Quota::per_second(NZU32!(64))),
    (MEMPOOL, Quota::per_second(NZU32!(512))),
    (HISTORY, Quota::per_second(NZU32!(32))),
];

/// Operations served in one state sync request.
pub const SYNC_BATCH: NonZeroU64 = NZU64!(256);

/// One channel's two ends.
pub type Channel<S, R> = (S, R);

/// Everything that a node needs of a network.
pub struct Network<P, B, S, R> {
    /// Says which peers there are.
    pub peers: P,
    /// Cuts a peer off that sends what no honest node sends.
    pub blocker: B,
    /// [`VOTES`].
    pub votes: Channel<S, R>,
    /// [`CERTIFICATES`].
    pub certificates: Channel<S, R>,
    /// [`RESOLVER`].
    pub resolver: Channel<S, R>,
    /// [`BROADCAST`].
    pub broadcast: Channel<S, R>,
    /// [`BACKFILL`].
    pub backfill: Channel<S, R>,
    /// [`SYNC`].
    pub sync: Channel<S, R>,
    /// [`MEMPOOL`].
    pub mempool: Channel<S, R>,
    /// [`HISTORY`].
    pub history: Channel<S, R>,
}

/// A network that names peers by their consensus keys.
pub trait Peers: Provider<PublicKey = ed25519::PublicKey> + Sync {}
impl<T: Provider<PublicKey = ed25519::PublicKey> + Sync> Peers for T {}
/// A blocker of that network.
pub trait Blocks: Blocker<PublicKey = ed25519::PublicKey> + Sync {}
impl<T: Blocker<PublicKey = ed25519::PublicKey> + Sync> Blocks for T {}
/// A sender of that network.
pub trait Sends: Sender<PublicKey = ed25519::PublicKey> {}
impl<T: Sender<PublicKey = ed25519::PublicKey>> Sends for T {}
/// A receiver of that network.
pub trait Receives: Receiver<PublicKey = ed25519::PublicKey> {}
impl<T: Receiver<PublicKey = ed25519::PublicKey>> Receives for T {}

/// Largest message that a network carries: a roster may grow to [`limits::MEMBERS_MAX`].
pub fn message_size_max() -> u32 {
    let validators = u32::try_from(limits::MEMBERS_MAX).unwrap_or(u32::MAX);
    let record = Operation::<mmr::Family, Digest, amanat_types::proof::RecordBytes>::SIZE;
    let body = 16 + 32 + limits::STATE_VALUE_BYTES_MAX;
    max_message_size(&[
        prefixed(simplex::max_payload_size::<Scheme, Digest>(validators)),
        marshal::max_payload_size::<Standard<Block>, Scheme>(validators, &()),
        prefixed(sync::max_payload_size::<mmr::Family, Digest>(
            SYNC_BATCH,
            record.max(body),
        )),
        wire::MESSAGE_SIZE_MAX,
        history::MESSAGE_SIZE_MAX,
        brief::MESSAGE_SIZE_MAX,
    ])
}
