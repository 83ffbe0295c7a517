//! Messages about what lies behind the tip.
use amanat_types::Height;
use amanat_types::block::Header;
use amanat_types::codec::List;
use amanat_types::proof::{BOUNDARIES_MAX, Finalization, FinalizedHeader};
use amanat_types::wire::BlockEvents;
use commonware_codec::EncodeSize as _;

/// Bytes of one answer, unless one item alone is larger.
pub const ANSWER_BYTES: usize = 1024 * 1024;
/// Blocks in one answer.
pub const BLOCKS_MAX: usize = 1_024;

/// Where the ledger stands at a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Boundary headers from the epoch that was asked for on, as many as fit.
    pub boundaries: List<FinalizedHeader, BOUNDARIES_MAX>,
    /// Its newest finalised block that has a certificate of its own; none before the first.
    pub tip: List<FinalizedHeader, 1>,
}
amanat_types::codec_struct!(Standing { boundaries, tip });

/// One old block without its transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastBlock {
    /// Its header.
    pub header: Header,
    /// Its certificate, if it has one of its own.
    pub finalization: List<Finalization, 1>,
    /// What it did.
    pub outcome: BlockEvents,
}
amanat_types::codec_struct!(PastBlock {
    header,
    finalization,
    outcome
});

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Where the ledger stands, with the boundary headers from this epoch on.
    Standing(u64),
    /// Old blocks from this height downwards.
    Blocks(Height),
}
amanat_types::codec_enum!(Ask { 1 => Standing, 2 => Blocks });

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tell {
    /// Where the ledger stands.
    Standing(Standing),
    /// Old blocks, descending; none if the peer does not have the first of them.
    Blocks(List<PastBlock, BLOCKS_MAX>),
}
amanat_types::codec_enum!(Tell { 1 => Standing, 2 => Blocks });

/// A question with the number by which its answer is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Chosen by who asks.
    pub number: u64,
    /// The question.
    pub ask: Ask,
}
amanat_types::codec_struct!(Asked { number, ask });

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The question's number.
    pub number: u64,
    /// The answer.
    pub tell: Tell,
}
amanat_types::codec_struct!(Told { number, tell });

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A question.
    Ask(Asked),
    /// An answer.
    Tell(Told),
}
amanat_types::codec_enum!(Message { 1 => Ask, 2 => Tell });

/// Upper bound on an encoded message: an answer that is full but for one byte, and one more block with all that it may hold.
pub const MESSAGE_SIZE_MAX: usize = 4 * ANSWER_BYTES;

/// Takes items while the answer has room: the first always.
#[derive(Default)]
pub struct Room(usize);

impl Room {
    /// Whether an item of this kind still fits; it then counts.
    pub fn takes(&mut self, item: &PastBlock) -> bool {
        let first = self.0 == 0;
        self.0 = self.0.saturating_add(item.encode_size());
        first || self.0 <= ANSWER_BYTES
    }
}
