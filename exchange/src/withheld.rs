//! What a ticket does not release: listings pass over it without a sign, a read by name is refused.
//!
//! Vaults and custodians refuse a request whole. Which of its records may leave is asked of the own node before, whose answer is theirs: the
//! judgement is the same function of the same state. It costs one request to the own node if nothing is kept back.
use crate::fetch::request;
use crate::ticket::OpenTicket;
use crate::{Error, Exchange};
use amanat_client::{Ledger, Stores};
use amanat_types::wire::{ReleaseAnswer, ReleaseQuestion};
use amanat_types::{BlindIndex, Height, RecordId, Refusal, limits};

/// Whether a refusal is of some records and not of the ticket: a restriction of the patient, or a basis that is narrower than its indexes.
pub(crate) const fn is_of_records(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::RestrictedByPatient | Refusal::RecordOutsideBasis
    )
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Why the own node would not release these records under a ticket of this member now; nothing if it would.
    pub(crate) async fn judged(
        &self,
        ticket: &OpenTicket,
        seen: Height,
        records: &[RecordId],
    ) -> Result<Option<Refusal>, Error> {
        let question = ReleaseQuestion {
            requester: self.member(),
            request: request(ticket, seen, records)?,
        };
        Ok(match self.inner.ledger.release(question).await? {
            ReleaseAnswer::Released(_) => None,
            ReleaseAnswer::Refused(refusal) => Some(refusal),
        })
    }

    /// Those records that the own node would release: halves are asked until a half is released whole or refused alone. Restrictions go by index, so
    /// that records are asked in the order of their indexes.
    pub(crate) async fn released(
        &self,
        ticket: &OpenTicket,
        records: Vec<RecordId>,
    ) -> Result<Vec<RecordId>, Error> {
        let mut sorted: Vec<(Option<BlindIndex>, RecordId)> = Vec::with_capacity(records.len());
        for record in records {
            let row = self.inner.model.record(&record)?;
            sorted.push((row.map(|row| row.index), record));
        }
        sorted.sort_unstable();
        let sorted: Vec<RecordId> = sorted.into_iter().map(|(_, record)| record).collect();
        let mut open: Vec<&[RecordId]> = sorted.chunks(limits::RELEASE_RECORDS_MAX).collect();
        let mut may = Vec::with_capacity(sorted.len());
        while let Some(part) = open.pop() {
            match self.judged(ticket, ticket.height, part).await? {
                None => may.extend_from_slice(part),
                Some(refusal) if !is_of_records(refusal) => return Err(refusal.into()),
                Some(_) if part.len() > 1 => {
                    let (one, other) = part.split_at(part.len() / 2);
                    open.extend([one, other]);
                }
                Some(_) => {}
            }
        }
        Ok(may)
    }
}
