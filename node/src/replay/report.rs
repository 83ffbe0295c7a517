//! What a replay reads from, and what it says.
use amanat_types::Digest;
use amanat_types::proof::{Finalization, FinalizedHeader};
use bytes::Bytes;
use futures::future::BoxFuture;

/// What a source will answer.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, Unread>>;

/// Where blocks come from. It is not trusted.
pub trait Source: Send {
    /// The highest height that it holds.
    fn tip(&mut self) -> Answer<'_, u64>;
    /// The encoded block at a height; none if it does not hold it.
    fn block(&mut self, height: u64) -> Answer<'_, Option<Bytes>>;
    /// The certificate that names the block at a height, if that block has one of its own.
    fn certificate(&mut self, height: u64) -> Answer<'_, Option<Finalization>>;
    /// The lowest height above `height` at which it holds a block, as far as it can tell.
    fn next(&mut self, height: u64) -> Answer<'_, Option<u64>>;
    /// The last header of an epoch with its certificate; none if it does not hold it.
    fn boundary(&mut self, epoch: u64) -> Answer<'_, Option<FinalizedHeader>>;
}

/// A source did not give what it should hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// What it holds is damaged: which file or answer, and where.
    #[error("{0}")]
    Damaged(String),
    /// It could not be read, or did not answer.
    #[error("{0}")]
    Silent(String),
}

/// What did not hold of a block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The stored block, or its certificate, is damaged.
    #[error("it is damaged where it is stored: {0}")]
    Damaged(String),
    /// It does not decode, or its transactions have another root than its header says.
    #[error("it does not decode: {0}")]
    Shape(String),
    /// It is the block of another height or of another network.
    #[error("it is another block than the one of this height and network")]
    Other,
    /// Its header names another parent.
    #[error("its parent is not the block before it")]
    Parent,
    /// Its header is of another epoch than its height.
    #[error("its epoch is not the one of its height")]
    Epoch,
    /// Its header breaks a rule beside its parent: version, time, protocol version, next epoch.
    #[error("its header does not follow from its parent's: version, time, protocol or next epoch")]
    Header,
    /// A signature in it does not hold.
    #[error("a signature of its transactions does not hold")]
    Signature,
    /// It holds a transaction that may not stand in a block.
    #[error("it holds a transaction that may not stand in a block")]
    Inadmissible,
    /// Executing it leads to another root.
    #[error("executing it leads to another {0}")]
    Root(&'static str),
    /// Its certificate does not hold.
    #[error("its certificate does not hold: {0}")]
    Certificate(String),
    /// The state from which it should be executed is not that of its header.
    #[error("the state after it is not the one of its header: {0}")]
    State(String),
    /// The last block of an epoch has no certificate of its own, though the next epoch began.
    #[error("no certificate finalises the last block of its epoch")]
    Boundary,
}

/// How a replay ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every block held.
    Held,
    /// The block at a height did not hold.
    Broken(u64, Broken),
    /// It could not be told from a height on, and why.
    Unknown(u64, String),
}

/// What a replay found, up to where it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Height of the block after whose state it began; 0 is the genesis.
    pub from: u64,
    /// Values of that state that were checked under its root.
    pub values: u64,
    /// Height of the last block that held.
    pub height: u64,
    /// Blocks that were executed and held.
    pub blocks: u64,
    /// Transactions in them.
    pub transactions: u64,
    /// Certificates that held.
    pub certificates: u64,
    /// Height of the highest block whose certificate held; it finalises all before it.
    pub finalised: u64,
    /// Epoch of the last block that held.
    pub epoch: u64,
    /// State root after it.
    pub state_root: Digest,
    /// Digest of its header.
    pub header: Digest,
    /// How it ended.
    pub ended: Ended,
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Height of the last block that held.
    pub height: u64,
    /// The highest height that the source holds.
    pub tip: u64,
    /// Blocks of the last seconds, in a second.
    pub blocks_per_second: u64,
}

/// Hears how far it is, every few seconds.
pub type Hear = Box<dyn FnMut(Progress) + Send>;
