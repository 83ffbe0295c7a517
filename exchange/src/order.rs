//! Orders: a test that another member performs, a referral to it.
use crate::card::Cosigner;
use crate::id::check_caller_id;
use crate::{Accepted, Actor, Error, Exchange, Prepared};
use amanat_client::{Ledger, Stores};
use amanat_envelope::Context;
use amanat_fhir::Category;
use amanat_types::call::{Call, EndOrder, PlaceOrder, Work};
use amanat_types::codec::List;
use amanat_types::state::Encounter;
use amanat_types::{
    EncounterId, Event, MemberId, OrderId, PatientId, PublicKey, Refusal, StateKey, TimestampMs,
};

/// An order to place.
#[derive(Clone, Debug)]
pub struct OrderAsk {
    /// What the caller calls it; unique for ever.
    pub caller_id: Vec<u8>,
    /// Out of which visit of this member.
    pub encounter: EncounterId,
    /// Who performs it, or receives the referral.
    pub performer: MemberId,
    /// What.
    pub work: Work,
    /// On which categories of the visit.
    pub categories: Vec<Category>,
    /// End, exclusive; at most 180 days ahead.
    pub until_ms: TimestampMs,
}

/// An order that stands on the ledger.
#[derive(Clone, Debug)]
pub struct Ordered {
    /// Which: a basis to write for whoever performs it, to read for whom it is said.
    pub order: OrderId,
    /// The letter for the performer, sealed to it: to be sent off the ledger, and given to `accept_letter` there.
    pub letter: Vec<u8>,
    /// The transaction.
    pub accepted: Accepted,
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Orders a test or refers, out of an open visit of this member; a practitioner of its care team co-signs if that is strict. Idempotent by the
    /// caller's id.
    ///
    /// Errors: [`Error::Invalid`] (`caller_id`; `categories`, of which this member must hold the patient's letter), [`Error::Refused`],
    /// [`Error::Fault`].
    pub async fn place_order(
        &self,
        actor: &Actor,
        ask: OrderAsk,
        cosigners: &[&dyn Cosigner],
    ) -> Result<Ordered, Error> {
        let (order, patient, call) = self.order_call(actor, &ask).await?;
        let letter = self.order_letter(actor, patient, order, &ask).await?;
        let accepted = match self.submit(vec![call], cosigners).await {
            Err(Error::Refused(Refusal::OrderExists)) => {
                let happened = |event: &Event| matches!(event, Event::OrderPlaced(placed) if placed.order == order);
                self.happened(&patient, happened, Refusal::OrderExists)
                    .await?
            }
            other => other?,
        };
        Ok(Ordered {
            order,
            letter,
            accepted,
        })
    }

    /// The transaction of [`Self::place_order`], with the order that it places and the letter for its performer.
    pub async fn prepare_order(
        &self,
        actor: &Actor,
        ask: OrderAsk,
        cosigners: &[PublicKey],
    ) -> Result<(OrderId, Vec<u8>, Prepared), Error> {
        let (order, patient, call) = self.order_call(actor, &ask).await?;
        let letter = self.order_letter(actor, patient, order, &ask).await?;
        Ok((order, letter, self.prepare(vec![call], cosigners).await?))
    }

    /// Ends an order now: signed by this member if it placed it, else co-signed by who speaks for the patient.
    pub async fn end_order(
        &self,
        actor: &Actor,
        order: OrderId,
        speaker: Option<&dyn Cosigner>,
    ) -> Result<Accepted, Error> {
        self.admit(actor)?;
        let cosigners: Vec<&dyn Cosigner> = speaker.into_iter().collect();
        self.submit(vec![Call::EndOrder(EndOrder { order })], &cosigners)
            .await
    }

    /// The transaction of [`Self::end_order`].
    pub async fn prepare_end_order(
        &self,
        actor: &Actor,
        order: OrderId,
        speaker: Option<PublicKey>,
    ) -> Result<Prepared, Error> {
        self.admit(actor)?;
        let call = Call::EndOrder(EndOrder { order });
        self.prepare(vec![call], speaker.as_slice()).await
    }

    async fn order_call(
        &self,
        actor: &Actor,
        ask: &OrderAsk,
    ) -> Result<(OrderId, PatientId, Call), Error> {
        self.admit(actor)?;
        check_caller_id("caller_id", &ask.caller_id)?;
        let visit: Option<Encounter> = self.state(StateKey::encounter(&ask.encounter)).await?;
        let patient = visit.ok_or(Refusal::EncounterUnknown)?.patient;
        let mut indexes = Vec::with_capacity(ask.categories.len());
        for category in &ask.categories {
            let index = self.index_of(actor, &patient, *category)?;
            let unknown = || Error::invalid("categories", "must be categories of the visit");
            indexes.push(index.ok_or_else(unknown)?);
        }
        indexes.sort_unstable();
        indexes.dedup();
        let local = self.local_id("order", &ask.caller_id);
        let call = Call::PlaceOrder(PlaceOrder {
            local,
            encounter: ask.encounter,
            performer: ask.performer,
            work: ask.work.clone(),
            indexes: List::new(indexes).map_err(|e| Error::invalid("categories", e.to_string()))?,
            until_ms: ask.until_ms,
        });
        Ok((OrderId::derive(self.member(), local), patient, call))
    }

    async fn order_letter(
        &self,
        actor: &Actor,
        patient: PatientId,
        order: OrderId,
        ask: &OrderAsk,
    ) -> Result<Vec<u8>, Error> {
        let context = Context::Order(order);
        self.letter_on(actor, patient, &ask.categories, (ask.performer, context))
            .await
    }
}
