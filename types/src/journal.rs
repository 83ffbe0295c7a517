//! Entries of a release journal: hash-chained, fsynced before bytes leave, anchored on the ledger.
use crate::code::JournalKind;
use crate::codec::List;
use crate::id::{MemberId, RecordId, TicketId};
use crate::{Digest, Height, TimestampMs, digest, limits};
use commonware_codec::Encode as _;

/// One release: which records left under which ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// Position, from 0.
    pub number: u64,
    /// Hash of the entry before; all zero for the first.
    pub previous: Digest,
    /// Which journal.
    pub journal: JournalKind,
    /// Who released.
    pub releaser: MemberId,
    /// To whom.
    pub reader: MemberId,
    /// Under which ticket.
    pub ticket: TicketId,
    /// Finalised height at which the ticket was judged open.
    pub height: Height,
    /// When, by the releaser's clock.
    pub time_ms: TimestampMs,
    /// What.
    pub records: List<RecordId, { limits::RELEASE_RECORDS_MAX }>,
}
codec_struct!(JournalEntry {
    number,
    previous,
    journal,
    releaser,
    reader,
    ticket,
    height,
    time_ms,
    records
});

impl JournalEntry {
    /// Hash of this entry: what the next one names, and what an anchor holds.
    pub fn hash(&self) -> Digest {
        digest("amanat/journal", &[self.encode().as_ref()])
    }

    /// The `previous` of the first entry.
    pub fn start() -> Digest {
        commonware_cryptography::sha256::Digest([0; 32])
    }

    /// Whether `entries` follow one another from position `from` after `previous`.
    ///
    /// Gives the hash of the last entry, or the position of the first that does not fit.
    pub fn chain(from: u64, previous: Digest, entries: &[Self]) -> Result<Digest, u64> {
        let mut expected = previous;
        let mut number = from;
        for entry in entries {
            if entry.number != number || entry.previous != expected {
                return Err(number);
            }
            expected = entry.hash();
            number = number.saturating_add(1);
        }
        Ok(expected)
    }
}
