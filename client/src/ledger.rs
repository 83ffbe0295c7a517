//! The ledger as its users see it: one's own member's node, which is trusted as one trusts oneself.
use crate::Fault;
use amanat_types::explain::{ExplainQuestion, Explanation};
use amanat_types::proof::{ReceiptProof, StateProof};
use amanat_types::wire::{
    EventPage, ReleaseAnswer, ReleaseQuestion, StateAnswer, StateValue, Status, Submitted,
};
use amanat_types::{Height, StateKey, Transaction, TransactionId, limits};
use std::future::Future;

/// Operations of a member's own node. Every one may be repeated.
pub trait Ledger: Clone + Send + Sync + 'static {
    /// Submits and waits until each transaction is final, refused at admission, or the node's waiting time is over.
    ///
    /// Answers stand in the order of `transactions`. Submitting the same bytes again gives the first receipt.
    fn submit(
        &self,
        transactions: Vec<Transaction>,
    ) -> impl Future<Output = Result<Vec<Submitted>, Fault>> + Send;

    /// The receipt of a final transaction with everything an offline verifier needs; none if it is not final.
    ///
    /// Of one that is, the node may not have what proves it: [`Fault::Unavailable`], as if it could not say.
    fn receipt(
        &self,
        id: TransactionId,
    ) -> impl Future<Output = Result<Option<ReceiptProof>, Fault>> + Send;

    /// Consecutive blocks of receipts and events from a height; waits up to `wait_ms` if there is none yet.
    fn events(
        &self,
        from: Height,
        limit: u32,
        wait_ms: u64,
    ) -> impl Future<Output = Result<EventPage, Fault>> + Send;

    /// Values at the finalised tip.
    fn state(&self, keys: Vec<StateKey>)
    -> impl Future<Output = Result<StateAnswer, Fault>> + Send;

    /// One value, or its absence, with a proof.
    fn state_proof(&self, key: StateKey) -> impl Future<Output = Result<StateProof, Fault>> + Send;

    /// Whether a reader may have records now, judged in finalised state.
    fn release(
        &self,
        question: ReleaseQuestion,
    ) -> impl Future<Output = Result<ReleaseAnswer, Fault>> + Send;

    /// What would become of a request, and why, in finalised state.
    fn explain(
        &self,
        question: ExplainQuestion,
    ) -> impl Future<Output = Result<Explanation, Fault>> + Send;

    /// Where the node stands.
    fn status(&self) -> impl Future<Output = Result<Status, Fault>> + Send;
}

/// One state of the ledger: that at the own node's finalised tip, or the one after a block of the past up to which a ledger was executed again.
/// What asks only this of a ledger says the same of both.
pub trait LedgerState: Sync {
    /// Values, in the order of their keys.
    fn values(
        &self,
        keys: Vec<StateKey>,
    ) -> impl Future<Output = Result<Vec<Option<StateValue>>, Fault>> + Send;

    /// What would become of a request by it, and why.
    fn explained(
        &self,
        question: ExplainQuestion,
    ) -> impl Future<Output = Result<Explanation, Fault>> + Send;
}

impl<L: Ledger> LedgerState for L {
    async fn values(&self, keys: Vec<StateKey>) -> Result<Vec<Option<StateValue>>, Fault> {
        let mut values = Vec::with_capacity(keys.len());
        for some in keys.chunks(limits::STATE_KEYS_MAX) {
            let answer = self.state(some.to_vec()).await?;
            if answer.values.len() != some.len() {
                let what = "not one value for each key";
                return Err(Fault::protocol("the own node", what));
            }
            values.extend(answer.values.into_vec());
        }
        Ok(values)
    }

    async fn explained(&self, question: ExplainQuestion) -> Result<Explanation, Fault> {
        self.explain(question).await
    }
}
