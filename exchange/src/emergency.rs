//! Emergency: glass is broken at once, flagged, time-boxed, and justified afterwards.
use crate::card::Cosigner;
use crate::committed::WORDS;
use crate::id::check_caller_id;
use crate::{Accepted, Actor, Error, Exchange, Prepared};
use amanat_client::{Ledger, Stores};
use amanat_types::call::{BreakGlass, Call, Justify};
use amanat_types::{PatientId, PublicKey, TicketId, TimestampMs};

/// Glass to break.
#[derive(Clone, Debug)]
pub struct BreakGlassAsk {
    /// What the caller calls it; unique for ever.
    pub caller_id: Vec<u8>,
    /// Whose records.
    pub patient: PatientId,
    /// End, exclusive; at most 4 hours ahead.
    pub until_ms: TimestampMs,
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Breaks the glass; a clinical practitioner of this member co-signs. Read then with `Basis::Emergency(ticket)` and `ETREAT`.
    pub async fn break_glass(
        &self,
        actor: &Actor,
        ask: BreakGlassAsk,
        practitioner: &dyn Cosigner,
    ) -> Result<(TicketId, Accepted), Error> {
        let (ticket, call) = self.break_glass_call(actor, &ask)?;
        Ok((ticket, self.submit(vec![call], &[practitioner]).await?))
    }

    /// The transaction of [`Self::break_glass`], with the ticket that it gives.
    pub async fn prepare_break_glass(
        &self,
        actor: &Actor,
        ask: BreakGlassAsk,
        practitioner: PublicKey,
    ) -> Result<(TicketId, Prepared), Error> {
        let (ticket, call) = self.break_glass_call(actor, &ask)?;
        Ok((ticket, self.prepare(vec![call], &[practitioner]).await?))
    }

    fn break_glass_call(
        &self,
        actor: &Actor,
        ask: &BreakGlassAsk,
    ) -> Result<(TicketId, Call), Error> {
        self.admit(actor)?;
        check_caller_id("caller_id", &ask.caller_id)?;
        let local = self.local_id("emergency", &ask.caller_id);
        let call = Call::BreakGlass(BreakGlass {
            local,
            patient: ask.patient,
            until_ms: ask.until_ms,
            reader: *self.inner.config.sealing.public(),
        });
        Ok((TicketId::derive(self.member(), local), call))
    }

    /// Justifies broken glass: the text stays here, a salted commitment to it goes to the ledger.
    pub async fn justify(
        &self,
        actor: &Actor,
        ticket: TicketId,
        text: &str,
        practitioner: &dyn Cosigner,
    ) -> Result<Accepted, Error> {
        let call = self.justify_call(actor, ticket, text).await?;
        self.submit(vec![call], &[practitioner]).await
    }

    /// The transaction of [`Self::justify`].
    pub async fn prepare_justify(
        &self,
        actor: &Actor,
        ticket: TicketId,
        text: &str,
        practitioner: PublicKey,
    ) -> Result<Prepared, Error> {
        let call = self.justify_call(actor, ticket, text).await?;
        self.prepare(vec![call], &[practitioner]).await
    }

    /// Keeps the text, then commits to it.
    async fn justify_call(
        &self,
        actor: &Actor,
        ticket: TicketId,
        text: &str,
    ) -> Result<Call, Error> {
        self.admit(actor)?;
        let justification = self
            .commit(WORDS, ticket.as_bytes(), text.as_bytes())
            .await?;
        Ok(Call::Justify(Justify {
            ticket,
            justification,
        }))
    }
}
