//! Restrictions: what a patient denies, whoever else would allow it.
use crate::card::Cosigner;
use crate::id::check_caller_id;
use crate::{Accepted, Actor, Error, Exchange, Prepared};
use amanat_client::{Ledger, Stores};
use amanat_types::call::{Call, LiftRestriction, Restrict, Restriction};
use amanat_types::{Event, PatientId, PublicKey, Refusal, RestrictionId};

/// A restriction to set.
#[derive(Clone, Debug)]
pub struct RestrictAsk {
    /// What the caller calls it; unique for ever.
    pub caller_id: Vec<u8>,
    /// Who denies.
    pub patient: PatientId,
    /// What.
    pub restriction: Restriction,
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Denies, from the height of the answer on, under open tickets too. Who speaks for the patient co-signs. Idempotent by the caller's id.
    pub async fn restrict(
        &self,
        actor: &Actor,
        ask: RestrictAsk,
        speaker: &dyn Cosigner,
    ) -> Result<(RestrictionId, Accepted), Error> {
        let patient = ask.patient;
        let (id, call) = self.restrict_call(actor, ask)?;
        let accepted = match self.submit(vec![call], &[speaker]).await {
            Err(Error::Refused(Refusal::RestrictionExists)) => {
                let happened = |event: &Event| matches!(event, Event::RestrictionSet(set) if set.restriction == id);
                self.happened(&patient, happened, Refusal::RestrictionExists)
                    .await?
            }
            other => other?,
        };
        Ok((id, accepted))
    }

    /// The transaction of [`Self::restrict`], with the restriction that it sets.
    pub async fn prepare_restrict(
        &self,
        actor: &Actor,
        ask: RestrictAsk,
        speaker: PublicKey,
    ) -> Result<(RestrictionId, Prepared), Error> {
        let (id, call) = self.restrict_call(actor, ask)?;
        Ok((id, self.prepare(vec![call], &[speaker]).await?))
    }

    /// Ends a restriction now. Who speaks for the patient co-signs.
    pub async fn lift_restriction(
        &self,
        actor: &Actor,
        call: LiftRestriction,
        speaker: &dyn Cosigner,
    ) -> Result<Accepted, Error> {
        self.admit(actor)?;
        self.submit(vec![Call::LiftRestriction(call)], &[speaker])
            .await
    }

    /// The transaction of [`Self::lift_restriction`].
    pub async fn prepare_lift_restriction(
        &self,
        actor: &Actor,
        call: LiftRestriction,
        speaker: PublicKey,
    ) -> Result<Prepared, Error> {
        self.admit(actor)?;
        self.prepare(vec![Call::LiftRestriction(call)], &[speaker])
            .await
    }

    pub(crate) fn restrict_call(
        &self,
        actor: &Actor,
        ask: RestrictAsk,
    ) -> Result<(RestrictionId, Call), Error> {
        self.admit(actor)?;
        check_caller_id("caller_id", &ask.caller_id)?;
        let local = self.local_id("restriction", &ask.caller_id);
        let call = Call::Restrict(Restrict {
            local,
            patient: ask.patient,
            restriction: ask.restriction,
        });
        Ok((RestrictionId::derive(self.member(), local), call))
    }
}
