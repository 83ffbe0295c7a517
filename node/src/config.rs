//! What a node is configured with, and what follows from it before anything is opened.
use crate::fault::Fault;
use crate::mempool;
use crate::pace::Pace;
use amanat_types::block::{Block, Header, Payload, Roster, Scheme};
use amanat_types::code::KeyPurpose;
use amanat_types::{Digest, Genesis, MemberId, PublicKey};
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
    /// The member's consensus key; it stands in the genesis.
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
    pub fn new(genesis: Arc<Genesis>, signer: ed25519::PrivateKey) -> Self {
        Self {
            genesis,
            signer,
            prefix: "amanat".into(),
            pace: Pace::default(),
            mempool: mempool::Limits::default(),
            cache_pages: NZUsize!(4096),
        }
    }

    /// The member whose consensus key this is.
    pub fn member(&self) -> Result<MemberId, Fault> {
        let key = PublicKey::from(&self.signer.public_key());
        let mut members = self.genesis.members.iter();
        let member = members.find(|member| {
            let mut keys = member.keys.iter();
            keys.any(|own| own.purpose == KeyPurpose::Consensus && own.key == key)
        });
        let member = member.map(|member| member.member);
        member.ok_or_else(|| Fault::Config("the consensus key stands in no member's keys".into()))
    }
}

/// What every part of a node needs and nothing changes.
pub struct Frame {
    pub(crate) me: ed25519::PublicKey,
    pub(crate) network: Digest,
    pub(crate) roster: Roster,
    pub(crate) scheme: Scheme,
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
        let scheme = roster
            .signer(&network, config.signer.clone())
            .ok_or_else(|| Fault::Config("the consensus key is not a validator's".into()))?;
        let length = NonZeroU64::new(genesis.epoch_blocks)
            .filter(|length| length.get() > 1)
            .ok_or_else(|| Fault::Config("an epoch has at least two blocks".into()))?;
        let header = Header::genesis(network, genesis.time_ms, genesis.protocol, &roster);
        Ok(Self {
            me: config.signer.public_key(),
            network,
            roster,
            scheme,
            epocher: FixedEpocher::new(length),
            genesis: Block::new(header, Payload::empty()),
            prefix: config.prefix.clone(),
            cache: CacheRef::new(PAGE, config.cache_pages),
        })
    }
}
