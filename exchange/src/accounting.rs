//! Accounting of disclosures: to whom records of a patient went, when, what for and on which basis.
//!
//! After 45 CFR 164.528(b)(2) and (3): date, who received, what, purpose; several disclosures to one recipient under one ticket are one line with
//! its first and last date. A disclosure is a key that left its custodian for another member: a sealed blob without its key tells nothing. The rule
//! leaves out treatment, payment, operations and the patient's own requests; nothing is left out here, and the purpose stands beside each.
use crate::{Actor, Error, Exchange};
use amanat_client::{Ledger, Stores};
use amanat_fhir::Category;
use amanat_projection::{AccessEntry, Act};
use amanat_types::code::{BasisKind, JournalKind};
use amanat_types::{
    BlindIndex, MemberId, PatientId, Purpose, RecordId, TicketId, TimestampMs, TransactionId,
};
use std::collections::{BTreeMap, BTreeSet};

/// How far back an accounting reaches: six years (45 CFR 164.528(a)(1)).
pub const ACCOUNTING_MS_MAX: u64 = 6 * 366 * 24 * 3_600_000;

/// One line: what went to one member under one ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// The first time, by the custodian's clock.
    pub first_ms: TimestampMs,
    /// The last time.
    pub last_ms: TimestampMs,
    /// To whom.
    pub recipient: MemberId,
    /// What for, as the ticket says; none if the ticket is not in the log.
    pub purpose: Option<Purpose>,
    /// On which basis.
    pub basis: Option<BasisKind>,
    /// Different records.
    pub records: usize,
    /// Of which categories, as far as they are known here.
    pub categories: Vec<Category>,
    /// Under which ticket.
    pub ticket: TicketId,
    /// The transaction whose receipt proves the ticket.
    pub transaction: Option<TransactionId>,
}

/// What is gathered for one line.
#[derive(Default)]
struct Line {
    first_ms: Option<TimestampMs>,
    last_ms: TimestampMs,
    records: BTreeSet<RecordId>,
    transaction: Option<TransactionId>,
}

/// Lines by ticket and recipient.
type Lines = BTreeMap<(TicketId, MemberId), Line>;
/// What tickets say.
type Tickets = BTreeMap<TicketId, (Purpose, BasisKind)>;

/// Gathers the lines, and what the tickets say.
fn gather(
    entries: &[AccessEntry],
    (from_ms, to_ms): (TimestampMs, TimestampMs),
) -> (Lines, Tickets) {
    let mut lines = Lines::new();
    let mut tickets = BTreeMap::new();
    for entry in entries {
        match &entry.act {
            Act::TicketIssued(issued) => {
                tickets.insert(issued.ticket, (issued.purpose, issued.basis));
            }
            Act::Released(one)
                if one.journal == JournalKind::Custodian
                    && one.reader != one.releaser
                    && from_ms <= entry.time_ms
                    && entry.time_ms < to_ms =>
            {
                let line = lines.entry((one.ticket, one.reader)).or_default();
                line.first_ms.get_or_insert(entry.time_ms);
                line.last_ms = line.last_ms.max(entry.time_ms);
                line.records.extend(one.records.iter().copied());
                line.transaction = entry.transaction;
            }
            _ => {}
        }
    }
    (lines, tickets)
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// The accounting of a patient's disclosures from `from_ms` on until before `to_ms`, by their first dates.
    ///
    /// Reads the release journals of all members, as [`Exchange::access_log`] does. Errors: [`Error::Invalid`] (`from`) if it is not before `to` or reaches back
    /// more than six years, [`Error::Fault`].
    pub async fn accounting(
        &self,
        actor: &Actor,
        patient: &PatientId,
        (from_ms, to_ms): (TimestampMs, TimestampMs),
    ) -> Result<Vec<Disclosure>, Error> {
        self.admit(actor)?;
        if from_ms >= to_ms {
            return Err(Error::invalid("from", "must be before the end"));
        }
        if self.now().since(from_ms) > ACCOUNTING_MS_MAX {
            return Err(Error::invalid("from", "reaches back six years at most"));
        }
        let log = self.access_log(actor, patient).await?;
        self.disclosures(&log.entries, (from_ms, to_ms))
    }

    /// The lines that an access log gives, by their first dates.
    pub(crate) fn disclosures(
        &self,
        entries: &[AccessEntry],
        between: (TimestampMs, TimestampMs),
    ) -> Result<Vec<Disclosure>, Error> {
        let (lines, tickets) = gather(entries, between);
        let mut disclosures = Vec::with_capacity(lines.len());
        for ((ticket, recipient), line) in lines {
            let told = tickets.get(&ticket);
            disclosures.push(Disclosure {
                first_ms: line.first_ms.unwrap_or(line.last_ms),
                last_ms: line.last_ms,
                recipient,
                purpose: told.map(|(purpose, _)| *purpose),
                basis: told.map(|(_, basis)| *basis),
                records: line.records.len(),
                categories: self.categories_of(self.indexes_of(&line.records)?.iter())?,
                ticket,
                transaction: line.transaction,
            });
        }
        disclosures.sort_by_key(|one| (one.first_ms, one.ticket));
        Ok(disclosures)
    }

    fn indexes_of(&self, records: &BTreeSet<RecordId>) -> Result<BTreeSet<BlindIndex>, Error> {
        let mut indexes = BTreeSet::new();
        for record in records {
            indexes.extend(self.inner.model.record(record)?.map(|row| row.index));
        }
        Ok(indexes)
    }
}

#[cfg(test)]
mod tests {
    use super::gather;
    use amanat_projection::{AccessEntry, Act, Place, Released};
    use amanat_types::call::Scope;
    use amanat_types::code::{BasisKind, JournalKind};
    use amanat_types::codec::List;
    use amanat_types::event::TicketIssued;
    use amanat_types::{Height, MemberId, Purpose, RecordId, TicketId, TimestampMs};

    const TICKET: TicketId = TicketId::new([1; 16]);

    fn entry(time: u64, act: Act) -> AccessEntry {
        AccessEntry {
            place: Place {
                height: Height::new(time),
                rank: 1,
                transaction: 0,
                event: 0,
            },
            time_ms: TimestampMs::new(time),
            transaction: None,
            act,
        }
    }

    fn released(time: u64, journal: JournalKind, reader: u16, record: u8) -> AccessEntry {
        let act = Act::Released(Released {
            ticket: TICKET,
            releaser: MemberId::new(1),
            reader: MemberId::new(reader),
            journal,
            number: time,
            records: List::new(vec![RecordId::new([record; 16])]).expect("one"),
        });
        entry(time, act)
    }

    #[test]
    fn keys_that_left_for_another_member_are_a_line_a_ticket_and_recipient() {
        let issued = Act::TicketIssued(TicketIssued {
            ticket: TICKET,
            member: MemberId::new(2),
            practitioner: None,
            patient: None,
            basis: BasisKind::Treatment,
            purpose: Purpose::Treat,
            scope: Scope::Records(List::empty()),
            until_ms: TimestampMs::new(99),
        });
        let log = [
            entry(1, issued),
            released(2, JournalKind::Vault, 2, 7),
            released(3, JournalKind::Custodian, 2, 7),
            released(4, JournalKind::Custodian, 2, 8),
            released(5, JournalKind::Custodian, 2, 8),
            released(6, JournalKind::Custodian, 3, 8),
            // Its own: no disclosure.
            released(7, JournalKind::Custodian, 1, 8),
        ];
        let all = (TimestampMs::new(0), TimestampMs::new(100));
        let (lines, tickets) = gather(&log, all);
        let told = tickets.get(&TICKET).copied();
        assert_eq!(told, Some((Purpose::Treat, BasisKind::Treatment)));
        assert_eq!(lines.len(), 2);
        let to_two = lines.get(&(TICKET, MemberId::new(2))).expect("a line");
        assert_eq!(to_two.first_ms, Some(TimestampMs::new(3)));
        assert_eq!(to_two.last_ms, TimestampMs::new(5));
        assert_eq!(to_two.records.len(), 2);
        // From is inclusive, the end is not.
        let (lines, _) = gather(&log, (TimestampMs::new(4), TimestampMs::new(6)));
        assert_eq!(lines.len(), 1);
        let to_two = lines.get(&(TICKET, MemberId::new(2))).expect("a line");
        assert_eq!(to_two.records.len(), 1);
    }
}
