//! Restrictions: what a patient denies, whoever else would allow it.
use crate::id::check_caller_id;
use crate::{Actor, Error, Exchange, Prepared};
use amanat_client::{Ledger, Stores};
use amanat_types::call::{Call, LiftRestriction, Restrict, Restriction};
use amanat_types::{PatientId, PublicKey, RestrictionId};

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
    /// The transaction that denies, from its block on, under open tickets too; with the restriction that it sets. Who speaks for the patient co-signs.
    pub async fn prepare_restrict(
        &self,
        actor: &Actor,
        ask: RestrictAsk,
        speaker: PublicKey,
    ) -> Result<(RestrictionId, Prepared), Error> {
        let (id, call) = self.restrict_call(actor, ask)?;
        Ok((id, self.prepare(vec![call], &[speaker]).await?))
    }

    /// The transaction that ends a restriction. Who speaks for the patient co-signs.
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
