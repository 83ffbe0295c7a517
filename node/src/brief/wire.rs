//! What is said of blocks in brief, on the channel on which whole blocks travel.
//!
//! A whole block begins with the version of its header, whose first byte is 0; what is said in brief begins with [`MARK`].
use crate::mempool::wire::Frame;
use amanat_types::block::Header;
use amanat_types::codec::List;
use amanat_types::{Digest, limits};

/// First byte of every message in brief.
pub const MARK: u8 = 0xb7;

const TRANSACTIONS: usize = limits::BLOCK_TRANSACTIONS_MAX;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time is decoded and taken apart"
)]
pub enum Message {
    /// A block is proposed.
    Brief(Brief),
    /// Its transactions at these positions are missing here.
    Ask(Ask),
    /// Here they are.
    Rest(Rest),
}
amanat_types::codec_enum!(Message { 1 => Brief, 2 => Ask, 3 => Rest });

/// A block without its transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    /// Its header.
    pub header: Header,
    /// Fingerprints of its transactions, in their order.
    pub fingerprints: List<Digest, TRANSACTIONS>,
}
amanat_types::codec_struct!(Brief {
    header,
    fingerprints
});

/// A question for transactions of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Digest of the header.
    pub block: Digest,
    /// Positions in the block, ascending.
    pub positions: List<u16, TRANSACTIONS>,
}
amanat_types::codec_struct!(Ask { block, positions });

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// Digest of the header.
    pub block: Digest,
    /// The transactions that were asked for, in their order.
    pub frames: List<Frame, TRANSACTIONS>,
}
amanat_types::codec_struct!(Rest { block, frames });

/// Upper bound on an encoded message: all transactions of the fullest block, or what they are called.
pub const MESSAGE_SIZE_MAX: usize =
    2 + Header::ENCODE_SIZE_MAX + 5 + TRANSACTIONS * 37 + limits::BLOCK_BYTES_MAX;
