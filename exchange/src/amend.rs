//! Amend: a new record of the same category supersedes an old one.
use crate::{Actor, Deposited, Draft, Error, Exchange, WriteContext};
use amanat_client::{Ledger, Stores};
use amanat_types::RecordId;

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Supersedes `record` of this member by a draft of the same category. Idempotent by the draft's caller's id.
    ///
    /// Errors: those of [`Exchange::deposit_bundle`]; by the ledger also `RecordUnknown`, `RecordNotYours`, `RecordRetracted`,
    /// `RecordSuperseded`, `IndexChanged`.
    pub async fn amend(
        &self,
        actor: &Actor,
        context: Option<&WriteContext>,
        record: RecordId,
        draft: Draft,
    ) -> Result<Deposited, Error> {
        let mut plans = self.plan(actor, context, vec![draft]).await?;
        for plan in &mut plans {
            plan.supersedes = Some(record);
        }
        let mut done = self.deposit_plans(plans).await?;
        self.forget_records(vec![record]).await?;
        done.pop().ok_or(Error::NotFound)
    }
}
