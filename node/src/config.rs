//! What a node is configured with, and what follows from it before anything is opened.
use crate::fault::Fault;
use crate::mempool;
use crate::pace::Pace;
use crate::rosters::Rosters;
use amanat_types::block::{Block, Header, Payload, Roster};
use amanat_types::{Digest, Genesis, MemberId};
use commonware_consensus::types::FixedEpocher;
use commonware_cryptography::{Signer as _, ed25519};
use commonware_runtime::buffer::paged::CacheRef;
use commonware_utils::{NZU16, NZUsize};
use std::num::{NonZeroU16, NonZeroU64, NonZeroUsize};
use std::sync::Arc;

/// Page of the cache: with its checksum it fills a disk page.
const PAGE: NonZeroU16 = NZU16!(4084);

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
    /// Pages of 4 KiB in the cache.
    pub cache_pages: NonZeroUsize,
}

impl Config {
    /// Usual settings.
    pub fn new(genesis: Arc<Genesis>, member: MemberId, signer: ed25519::PrivateKey) -> Self {
        Self {
            genesis,
            member,
            signer,
            prefix: "amanat".into(),
            pace: Pace::default(),
            mempool: mempool::Limits::default(),
            cache_pages: NZUsize!(4096),
        }
    }
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
}

impl Frame {
    /// Derives it from the settings.
    pub fn new(config: &Config) -> Result<Self, Fault> {
        let genesis = &config.genesis;
        let network = genesis.digest();
        let roster =
            Roster::new(genesis.validators()).map_err(|error| Fault::Config(error.to_string()))?;
        let length = NonZeroU64::new(genesis.epoch_blocks)
            .filter(|length| length.get() > 1)
            .ok_or_else(|| Fault::Config("an epoch has at least two blocks".into()))?;
        let header = Header::genesis(network, genesis.time_ms, genesis.protocol, &roster);
        Ok(Self {
            me: config.signer.public_key(),
            network,
            rosters: Rosters::new(network, config.signer.clone(), roster),
            epocher: FixedEpocher::new(length),
            genesis: Block::new(header, Payload::empty()),
            prefix: config.prefix.clone(),
            cache: CacheRef::new(PAGE, config.cache_pages),
        })
    }
}
