//! Orders: a test that another member performs, a referral to it.
use crate::id::check_caller_id;
use crate::{Actor, Error, Exchange, Prepared};
use amanat_client::{Ledger, Stores};
use amanat_envelope::Context;
use amanat_fhir::Category;
use amanat_types::call::{Call, EndOrder, PlaceOrder, Work};
use amanat_types::codec::List;
use amanat_types::state::Encounter;
use amanat_types::{
    EncounterId, MemberId, OrderId, PatientId, PublicKey, Refusal, StateKey, TimestampMs,
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

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// The transaction that orders a test or refers, out of an open visit of this member; a practitioner of its care team co-signs if that is strict.
    ///
    /// With it go the order that it places, and the letter for its performer, to be sent off the ledger and given to `accept_letter` there.
    ///
    /// Errors: [`Error::Invalid`] (`caller_id`; `categories`, of which this member must hold the patient's letter), [`Error::Refused`] with
    /// `EncounterUnknown`, [`Error::Fault`].
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

    /// The transaction that ends an order: of this member if it placed it, else co-signed by who speaks for the patient.
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
