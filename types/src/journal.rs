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

#[cfg(test)]
mod tests {
    use super::JournalEntry;
    use crate::code::JournalKind;
    use crate::codec::List;
    use crate::id::{MemberId, TicketId};
    use crate::{Height, TimestampMs};

    /// `count` entries from `number` on, each naming the one before.
    fn entries(number: u64, count: u64) -> Vec<JournalEntry> {
        let mut previous = JournalEntry::start();
        let mut entries = Vec::new();
        for number in number..number + count {
            let entry = JournalEntry {
                number,
                previous,
                journal: JournalKind::Vault,
                releaser: MemberId::new(1),
                reader: MemberId::new(2),
                ticket: TicketId::new([3; 16]),
                height: Height::new(4),
                time_ms: TimestampMs::new(5),
                records: List::empty(),
            };
            previous = entry.hash();
            entries.push(entry);
        }
        entries
    }

    #[test]
    fn entries_that_follow_are_a_chain() {
        let all = entries(7, 3);
        let chain = |from, entries: &[JournalEntry]| {
            JournalEntry::chain(from, JournalEntry::start(), entries)
        };
        assert_eq!(chain(7, &all), Ok(all[2].hash()));
        assert_eq!(chain(7, &[]), Ok(JournalEntry::start()));
        let second = JournalEntry::chain(8, all[0].hash(), &all[1..]);
        assert_eq!(second, Ok(all[2].hash()));
    }

    #[test]
    fn the_first_that_does_not_fit_is_named() {
        let all = entries(7, 3);
        let start = JournalEntry::start();
        // One left out, an altered one, a number alone, a predecessor alone.
        let gap = [all[0].clone(), all[2].clone()];
        assert_eq!(JournalEntry::chain(7, start, &gap), Err(8));
        let mut altered = all.clone();
        altered[1].height = Height::new(9);
        assert_eq!(JournalEntry::chain(7, start, &altered), Err(9));
        assert_eq!(JournalEntry::chain(6, start, &all), Err(6));
        assert_eq!(JournalEntry::chain(7, all[0].hash(), &all), Err(7));
    }
}
