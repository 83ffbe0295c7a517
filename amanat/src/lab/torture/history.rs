//! What clients were told, and what the members' ledgers hold at the end: all that the checker judges.
use amanat_types::id::RecordId;
use amanat_types::receipt::{Receipt, TransactionEvents};
use amanat_types::{Digest, TransactionId, digest};
use std::collections::BTreeMap;

/// What became of one final transaction, as somebody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Height of its block.
    pub height: u64,
    /// Position in the block, counted from 0; an answer to a submission does not say it.
    pub position: Option<u32>,
    /// Digest of its receipt and its events ([`outcome`]).
    pub outcome: Digest,
    /// Whether it took effect, rather than being refused on the ledger.
    pub accepted: bool,
}

/// One digest of a receipt and the events beside it.
pub fn outcome(receipt: &Receipt, events: &TransactionEvents) -> Digest {
    digest("amanat-lab/outcome", &[&receipt.leaf().0, &events.leaf().0])
}

/// What a node told a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The transaction is final.
    Final(TransactionId, Place),
    /// Its last height had passed, and after that there was no receipt: it never becomes final.
    Dead(TransactionId),
    /// The node's finalised tip.
    Tip {
        /// Height.
        height: u64,
        /// State root at that height.
        root: Digest,
    },
    /// A receipt with its proof, which verified offline from the genesis file; or why it did not.
    Proof(TransactionId, Result<Place, String>),
}

/// One answer in a client's log. Times are of the lab's own clock, in microseconds since the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Number of the client.
    pub client: usize,
    /// Member whose node answered.
    pub member: u16,
    /// When it was asked.
    pub asked_us: u64,
    /// When the answer was there.
    pub answered_us: u64,
    /// The answer.
    pub heard: Heard,
}

impl Line {
    /// One line of text: client, member, both times in microseconds, and the answer.
    pub fn words(&self) -> String {
        let place = |place: &Place| {
            let position = place.position.map_or("?".to_owned(), |at| at.to_string());
            let word = if place.accepted {
                "accepted"
            } else {
                "refused"
            };
            let outcome = hex::encode(place.outcome);
            format!("{}/{position} {word} {outcome}", place.height)
        };
        let heard = match &self.heard {
            Heard::Final(id, at) => format!("final {id} {}", place(at)),
            Heard::Dead(id) => format!("dead {id}"),
            Heard::Tip { height, root } => format!("tip {height} {}", hex::encode(root)),
            Heard::Proof(id, Ok(at)) => format!("proof {id} {}", place(at)),
            Heard::Proof(id, Err(why)) => format!("proof {id} fails: {why}"),
        };
        let (client, member) = (self.client, self.member);
        let (asked, answered) = (self.asked_us, self.answered_us);
        format!("client {client} member {member} {asked} {answered} {heard}")
    }
}

/// The ledger of one member at the end, up to one height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Member.
    pub member: u16,
    /// The height.
    pub height: u64,
    /// State root of the block at that height.
    pub root: Digest,
    /// Every final transaction up to that height, in the order in which the member gives them.
    pub entries: Vec<(TransactionId, Place)>,
}

/// All that is known of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Members whose ledger there must be at the end.
    pub members: Vec<u16>,
    /// Which record each transaction of a client deposits. Two may deposit the same: then one at most takes effect.
    pub records: BTreeMap<TransactionId, RecordId>,
    /// The clients' logs, in any order.
    pub lines: Vec<Line>,
    /// The ledgers at the end.
    pub ledgers: Vec<Ledger>,
}
