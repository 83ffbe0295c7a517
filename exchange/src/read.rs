//! Read: ledger first, vault last. No open ticket, no bytes.
//!
//! A read finds or asks for tickets that cover what is wanted, reads on the ledger where the blobs are and what they must hash
//! to, and only then asks holders and custodians, who judge the ticket in their own nodes' state.
use crate::fetch::{Wanted, ticket_is_over};
use crate::fhir_index::IndexRow;
use crate::ticket::Covered;
use crate::withheld::is_of_records;
use crate::{Actor, Basis, Error, Exchange, ReadContext};
use amanat_client::{Ledger, Stores};
use amanat_fhir::Checked;
use amanat_types::state::Record;
use amanat_types::{BlindIndex, Height, MemberId, RecordId, Refusal, StateKey, TicketId};
use std::collections::{BTreeMap, BTreeSet};

/// Records in one read.
pub const READ_RECORDS_MAX: usize = 1024;

/// A record that was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Which.
    pub record: RecordId,
    /// Who deposited it.
    pub member: MemberId,
    /// Its category's blind index.
    pub index: BlindIndex,
    /// The height at which it was anchored.
    pub height: Height,
    /// The resource, with its final id.
    pub resource: Checked,
}

/// What becomes of records that a ticket covers and does not release: what the patient restricts, or a narrower basis does not reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    /// The read is refused.
    All,
    /// They are left out.
    Released,
}

/// Records that were opened, and under which tickets.
#[derive(Clone, Debug, Default)]
pub struct ReadSet {
    /// In the order asked.
    pub opened: Vec<Opened>,
    /// The tickets used.
    pub tickets: Vec<TicketId>,
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Opens one record.
    ///
    /// A record that does not exist takes the same road as one that may not be seen: the request goes to the ledger and is
    /// refused there. Errors: [`Error::Refused`] (the ledger's, a vault's or a custodian's; `RecordErased`, whatever was refused, if finalised
    /// state says so), [`Error::NotFound`] (it was retracted), [`Error::Fault`].
    pub async fn read(
        &self,
        actor: &Actor,
        context: &ReadContext,
        record: RecordId,
    ) -> Result<Opened, Error> {
        match self.read_many(actor, context, &[record]).await {
            Ok(mut set) => set.opened.pop().ok_or(Error::NotFound),
            Err(Error::Refused(_) | Error::NotFound) if self.is_erased(&record).await? => {
                Err(Refusal::RecordErased.into())
            }
            Err(error) => Err(error),
        }
    }

    /// Opens records, all or none; at most [`READ_RECORDS_MAX`].
    pub async fn read_many(
        &self,
        actor: &Actor,
        context: &ReadContext,
        records: &[RecordId],
    ) -> Result<ReadSet, Error> {
        self.read_as(actor, context, records, Wants::All).await
    }

    /// Opens records; what they want says what becomes of those that their ticket does not release.
    pub(crate) async fn read_as(
        &self,
        actor: &Actor,
        context: &ReadContext,
        records: &[RecordId],
        wants: Wants,
    ) -> Result<ReadSet, Error> {
        self.admit(actor)?;
        if records.len() > READ_RECORDS_MAX {
            let rule = format!("a read opens at most {READ_RECORDS_MAX} records");
            return Err(Error::invalid("records", rule));
        }
        if records.is_empty() {
            return Ok(ReadSet::default());
        }
        match self.read_once(actor, context, records, wants).await {
            // A kept ticket ended before its time: the ledger is asked once more, and says why if it is a no.
            Err(Error::Refused(refusal)) if ticket_is_over(refusal) => {
                self.drop_tickets(|ticket| ticket.context.basis == context.basis);
                match context.basis {
                    Basis::Emergency(_) => Err(refusal.into()),
                    _ => self.read_once(actor, context, records, wants).await,
                }
            }
            // Restricted since the own node was asked.
            Err(Error::Refused(refusal)) if wants == Wants::Released && is_of_records(refusal) => {
                self.read_once(actor, context, records, wants).await
            }
            other => other,
        }
    }

    async fn read_once(
        &self,
        actor: &Actor,
        context: &ReadContext,
        records: &[RecordId],
        wants: Wants,
    ) -> Result<ReadSet, Error> {
        let mut covered = self.tickets_for(actor, context, records).await?;
        if wants == Wants::Released {
            for (ticket, part) in &mut covered {
                *part = self.released(ticket, std::mem::take(part)).await?;
            }
        }
        let open: BTreeSet<RecordId> = covered
            .iter()
            .flat_map(|(_, part)| part.iter().copied())
            .collect();
        let records: Vec<RecordId> = records
            .iter()
            .filter(|record| open.contains(record))
            .copied()
            .collect();
        let keys = records.iter().map(StateKey::record).collect();
        let states: Vec<Option<Record>> = self.states(keys).await?;
        let mut wanted = BTreeMap::new();
        for (record, state) in records.iter().zip(states) {
            let state = state.filter(|state| state.retracted.is_none());
            let state = state.ok_or(Error::NotFound)?;
            wanted.insert(
                *record,
                Wanted {
                    record: *record,
                    state,
                },
            );
        }
        let mut opened = BTreeMap::new();
        for (ticket, part) in &covered {
            let part = part.iter().filter_map(|record| wanted.get(record).cloned());
            for (record, resource) in self.fetch(ticket, part.collect()).await? {
                opened.insert(record, resource);
            }
        }
        let mut set = ReadSet {
            opened: Vec::with_capacity(records.len()),
            tickets: covered.iter().map(|(ticket, _)| ticket.ticket).collect(),
        };
        for record in &records {
            let (Some(one), Some(resource)) = (wanted.get(record), opened.get(record)) else {
                return Err(Error::NotFound);
            };
            // The state names the custodian, who may have taken the record over.
            let told = self.inner.model.record(record)?;
            set.opened.push(Opened {
                record: *record,
                member: told.map_or(one.state.member, |told| told.member),
                index: one.state.index,
                height: one.state.height,
                resource: resource.clone(),
            });
        }
        self.index_borrowed(&covered, &set.opened).await?;
        let own = set.opened.iter().filter(|one| one.member == self.member());
        self.learn_likenesses(own.map(|one| (one.record, &one.resource)))
            .await?;
        Ok(set)
    }

    /// Notes other members' records in the FHIR index, for as long as their ticket is open.
    async fn index_borrowed(&self, covered: &[Covered], opened: &[Opened]) -> Result<(), Error> {
        let mut rows = Vec::new();
        for one in opened.iter().filter(|one| one.member != self.member()) {
            let ticket = covered.iter().find(|(_, part)| part.contains(&one.record));
            let Some((ticket, _)) = ticket else { continue };
            let known = self.index_row(&one.record)?.and_then(|row| row.until_ms);
            if known.is_none_or(|until_ms| until_ms < ticket.until_ms) {
                let patient = ticket.context.patient;
                rows.push(IndexRow::borrowed(one, patient, ticket.until_ms));
            }
        }
        self.put_rows(rows).await
    }
}
