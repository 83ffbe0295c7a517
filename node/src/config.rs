//! What a node is configured with, and what follows from it before anything is opened.
use crate::fault::Fault;
use crate::keeping::Keep;
use crate::mempool;
use crate::pace::Pace;
use crate::rosters::Rosters;
use crate::work::Account;
use amanat_types::block::{Block, Header, Payload, Roster};
use amanat_types::{Digest, Genesis, MemberId, limits};
use commonware_consensus::types::FixedEpocher;
use commonware_cryptography::{Signer as _, ed25519};
use commonware_glue::stateful::PruneConfig;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_utils::{NZU16, NZU64, NZUsize};
use std::num::{NonZeroU16, NonZeroU64, NonZeroUsize};
use std::sync::Arc;

/// Page of the cache: with its checksum it fills a disk page.
pub(crate) const PAGE: NonZeroU16 = NZU16!(4084);

/// Blocks between two times that old ones are dropped.
const PRUNE_EVERY: NonZeroUsize = NZUsize!(16);
/// Blocks whose changes of the state are kept: an hour of an idle network, minutes of a busy one.
const STATE_BLOCKS: usize = 4_096;

/// What is known of the votes that the consensus key gave before this start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PastVotes {
    /// It never voted: the key is new.
    None,
    /// Those that it gave are in the journals of this disk, unless the disk is empty.
    Here,
    /// Some may be missing here: the disk came back from a copy.
    Elsewhere,
}

/// Settings of a node.
#[derive(Clone)]
pub struct Config {
    /// The network.
    pub genesis: Arc<Genesis>,
    /// The member whose node this is. One that the genesis does not name follows without voting until it is admitted.
    pub member: MemberId,
    /// The member's consensus key.
    pub signer: ed25519::PrivateKey,
    /// Prefix of everything on disk, so that several nodes share a storage in simulation.
    pub prefix: String,
    /// How blocks are spaced.
    pub pace: Pace,
    /// How much may wait.
    pub mempool: mempool::Limits,
    /// Memory for pages of the disk and for values of the state.
    pub cache: Cache,
    /// What is known of earlier votes. A key whose votes are not here does not vote before the epochs in which it may have are over.
    pub past_votes: PastVotes,
    /// Called once it is durable in which epochs this node votes, and before it votes: `past_votes` is [`PastVotes::Here`] from then on.
    pub settled: Arc<dyn Fn() + Send + Sync>,
    /// How many blocks below the tip keep their transactions; without it all. Headers, receipts, events and the state itself are never
    /// dropped.
    pub keep_blocks: Option<usize>,
    /// Blocks whose changes of the state are kept, for others that take the state of one of them over; at most `keep_blocks` of them.
    /// A node that was just started drops nothing until it has seen so many.
    pub state_blocks: usize,
    /// Blocks in one file of each archive; whole files are dropped. It never changes once a disk was written.
    pub archive_section: NonZeroU64,
    /// An empty disk takes the state by state sync if the ledger stands at this height or above, and has the transactions of no older
    /// block then; without it every block is fetched and executed.
    pub sync_above: Option<u64>,
    /// Validators from which on blocks travel in brief and transactions to every validator ([`crate::brief`]).
    pub brief_from: usize,
    /// Whom this node tells what it computes: nobody, but in the simulator.
    pub account: Account,
}

/// Memory in which a node keeps what it read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cache {
    /// Pages of 4 KiB.
    pub pages: NonZeroUsize,
    /// Bytes for values of the state at the tip ([`crate::tip_cache`]).
    pub value_bytes: usize,
}

impl Cache {
    /// So many MiB, a quarter of them for values.
    pub fn of_mib(mib: u32) -> Self {
        const PAGES_OF_MIB: usize = 256;
        let mib = usize::try_from(mib).unwrap_or(usize::MAX);
        let value_bytes = mib.saturating_mul(1024 * 1024) / 4;
        let pages = mib.saturating_mul(PAGES_OF_MIB) / 4 * 3;
        Self {
            pages: NonZeroUsize::new(pages).unwrap_or(NonZeroUsize::MIN),
            value_bytes,
        }
    }
}

impl Config {
    /// Usual settings.
    pub fn new(genesis: Arc<Genesis>, member: MemberId, signer: ed25519::PrivateKey) -> Self {
        Self {
            genesis,
            member,
            signer,
            prefix: crate::disk::PREFIX.into(),
            pace: Pace::default(),
            mempool: mempool::Limits::default(),
            cache: Cache::of_mib(16),
            past_votes: PastVotes::Here,
            settled: Arc::new(|| {}),
            keep_blocks: None,
            state_blocks: STATE_BLOCKS,
            archive_section: NZU64!(4096),
            sync_above: None,
            brief_from: limits::BRIEF_VALIDATORS_MIN,
            account: Account::default(),
        }
    }
}

/// The block of height 0, and who signs in the first epoch.
pub(crate) fn genesis_block(genesis: &Genesis) -> Result<(Block, Roster), Fault> {
    let roster =
        Roster::new(genesis.validators()).map_err(|error| Fault::Config(error.to_string()))?;
    let network = genesis.digest();
    let header = Header::genesis(network, genesis.time_ms, genesis.protocol, &roster);
    Ok((Block::new(header, Payload::empty()), roster))
}

/// What every part of a node needs and nothing changes.
pub struct Frame {
    pub(crate) me: ed25519::PublicKey,
    pub(crate) network: Digest,
    pub(crate) rosters: Rosters,
    pub(crate) epocher: FixedEpocher,
    pub(crate) genesis: Block,
    pub(crate) prefix: String,
    pub(crate) cache: CacheRef,
    pub(crate) prune: PruneConfig,
    pub(crate) keep: Keep,
    pub(crate) section: NonZeroU64,
}

impl Frame {
    /// Derives it from the settings.
    pub fn new(config: &Config) -> Result<Self, Fault> {
        let genesis = &config.genesis;
        let network = genesis.digest();
        let (first, roster) = genesis_block(genesis)?;
        let length = NonZeroU64::new(genesis.epoch_blocks)
            .filter(|length| length.get() > 1)
            .ok_or_else(|| Fault::Config("an epoch has at least two blocks".into()))?;
        let state = config
            .state_blocks
            .min(config.keep_blocks.unwrap_or(usize::MAX));
        Ok(Self {
            me: config.signer.public_key(),
            network,
            rosters: Rosters::new(network, config.signer.clone(), roster),
            epocher: FixedEpocher::new(length),
            genesis: first,
            prefix: config.prefix.clone(),
            cache: CacheRef::new(PAGE, config.cache.pages),
            section: config.archive_section,
            prune: PruneConfig {
                maintenance_interval: PRUNE_EVERY,
                retained_marshal_blocks: state,
                retained_qmdb_blocks: state,
            },
            keep: match config.keep_blocks {
                None => Keep::All,
                Some(blocks) => {
                    let more = blocks.saturating_sub(state);
                    Keep::Blocks(u64::try_from(more).unwrap_or(u64::MAX))
                }
            },
        })
    }
}
