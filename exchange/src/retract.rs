//! Retract: a record of this member is taken back and not released any more.
use crate::{Accepted, Actor, Error, Exchange};
use amanat_client::{Ledger, Stores};
use amanat_types::RecordId;
use amanat_types::call::{Call, Retract};
use amanat_types::code::RetractReason;

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Takes `record` back. Refusals by the ledger: `RecordUnknown`, `RecordNotYours`, `RecordRetracted`.
    pub async fn retract(
        &self,
        actor: &Actor,
        record: RecordId,
        reason: RetractReason,
    ) -> Result<Accepted, Error> {
        self.admit(actor)?;
        let call = Call::Retract(Retract { record, reason });
        let accepted = self.submit(vec![call], &[]).await?;
        self.forget_records(vec![record]).await?;
        Ok(accepted)
    }
}
