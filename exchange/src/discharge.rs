//! Discharge: a visit ends, and every ticket that stands on it.
use crate::{Accepted, Actor, Basis, Error, Exchange};
use amanat_client::{Ledger, Stores};
use amanat_types::EncounterId;
use amanat_types::call::{Call, Discharge};

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Ends an encounter of this member now. Refusals by the ledger: `EncounterUnknown`, `EncounterNotYours`, `EncounterEnded`.
    pub async fn discharge(
        &self,
        actor: &Actor,
        encounter: EncounterId,
    ) -> Result<Accepted, Error> {
        self.admit(actor)?;
        let call = Call::Discharge(Discharge { encounter });
        let accepted = self.submit(vec![call], &[]).await?;
        self.drop_tickets(|ticket| match ticket.context.basis {
            Basis::Treatment(visit) => visit == encounter,
            Basis::Care(care) => care.encounter == encounter,
            _ => false,
        });
        Ok(accepted)
    }
}
