//! Blocks in brief: a proposer sends the header and what the transactions are called, not the transactions.
//!
//! A block of a megabyte to twenty-four peers is twenty-four megabytes from one uplink, and the network waits for them. So in a large
//! roster whoever takes a transaction in sends it to all validators at once, each over its own uplink, and a block names the transactions
//! by their fingerprints ([`wire`]). A peer puts the block together from what it has heard ([`Recent`]), asks the proposer for what it
//! has not, and hands the whole block on ([`line`]): behind the channel nothing is different. The header's transactions root covers the
//! fingerprints in their order, so that a block that was put together wrongly is no block.
//!
//! What stays whole: every block that another sends than its proposer, and all in a roster that is small ([`Config::brief_from`]).
//!
//! [`Config::brief_from`]: crate::Config::brief_from
mod line;
mod recent;
#[cfg(test)]
mod tests;
mod tray;
pub(crate) mod wire;

pub use line::channel;
pub use recent::Recent;
pub use tray::Tray;
pub use wire::MESSAGE_SIZE_MAX;

use amanat_types::block::Header;
use commonware_codec::{DecodeExt as _, ReadExt as _};
use commonware_runtime::IoBuf;

/// The header of the block that a message on the channel proposes, whole or in brief.
pub fn header(message: &IoBuf) -> Option<Header> {
    if message.as_ref().first() != Some(&wire::MARK) {
        return Header::read(&mut message.clone()).ok();
    }
    match wire::Message::decode(message.slice(1..)).ok()? {
        wire::Message::Brief(brief) => Some(brief.header),
        wire::Message::Ask(_) | wire::Message::Rest(_) => None,
    }
}
