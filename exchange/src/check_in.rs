//! Check-in: card and member sign together; the visit opens the record and may let the member write.
use crate::card::{Card, CardPaper};
use crate::id::check_caller_id;
use crate::register::CardCosigner;
use crate::{Accepted, Actor, Error, Exchange, Prepared};
use amanat_client::{Ledger, Stores};
use amanat_envelope::Context;
use amanat_fhir::Category;
use amanat_types::call::{Call, CheckIn};
use amanat_types::{EncounterId, Refusal, TicketId, TimestampMs};

/// A visit to open.
#[derive(Clone, Debug)]
pub struct CheckInAsk {
    /// What the caller calls the visit; unique for ever.
    pub caller_id: Vec<u8>,
    /// Whether the member may deposit.
    pub write: bool,
    /// End of the visit at the latest, exclusive.
    pub until_ms: TimestampMs,
    /// End of the first ticket, exclusive; at most 24 hours ahead.
    pub ticket_until_ms: TimestampMs,
}

/// A visit that is open.
#[derive(Clone, Debug)]
pub struct CheckedIn {
    /// The visit: `Basis::Treatment`, and a basis to write.
    pub encounter: EncounterId,
    /// Its first ticket.
    pub ticket: TicketId,
    /// The transaction.
    pub accepted: Accepted,
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Opens a visit on these categories of the card's patient. Idempotent by the caller's id.
    pub async fn check_in(
        &self,
        actor: &Actor,
        card: &dyn Card,
        categories: &[Category],
        ask: CheckInAsk,
    ) -> Result<CheckedIn, Error> {
        let paper = card.paper(categories);
        let call = self.check_in_call(actor, &paper, &ask)?;
        let encounter = EncounterId::derive(self.member(), call.local);
        let ticket = TicketId::derive(self.member(), call.local);
        self.keep_paper(&paper).await?;
        let cosigner = CardCosigner(card);
        let submitted = self.submit(vec![Call::CheckIn(call)], &[&cosigner]).await;
        let accepted = match submitted {
            Err(Error::Refused(Refusal::EncounterExists)) => {
                self.encounter_opened(&paper.patient, encounter).await?
            }
            other => other?,
        };
        let context = Context::Encounter(encounter);
        let own = self.inner.config.sealing.public();
        let letter = card.letter(categories, own, &self.network(), &context)?;
        self.accept_letter(actor, &letter).await?;
        Ok(CheckedIn {
            encounter,
            ticket,
            accepted,
        })
    }

    /// The transaction of [`Self::check_in`].
    pub async fn prepare_check_in(
        &self,
        actor: &Actor,
        paper: &CardPaper,
        ask: CheckInAsk,
    ) -> Result<Prepared, Error> {
        let call = self.check_in_call(actor, paper, &ask)?;
        self.keep_paper(paper).await?;
        self.prepare(vec![Call::CheckIn(call)], &[paper.key]).await
    }

    fn check_in_call(
        &self,
        actor: &Actor,
        paper: &CardPaper,
        ask: &CheckInAsk,
    ) -> Result<CheckIn, Error> {
        self.admit(actor)?;
        check_caller_id("caller_id", &ask.caller_id)?;
        Ok(CheckIn {
            local: self.local_id("encounter", &ask.caller_id),
            patient: paper.patient,
            openings: paper.openings()?,
            write: ask.write,
            until_ms: ask.until_ms,
            ticket_until_ms: ask.ticket_until_ms,
            reader: *self.inner.config.sealing.public(),
        })
    }
}
