//! Whether a transaction may enter the pool: its signatures, then admission by the state at the tip.
use crate::execution::Rules;
use crate::fault::Fault;
use crate::follow::Follow;
use crate::store::{self, Databases, Loaded, Runtime};
use crate::tip_cache::TipCache;
use crate::verify::{Subject, Verifier};
use amanat_types::block::{Header, Parcel};
use amanat_types::{Refusal, StateKey, TimestampMs};
use std::sync::Arc;

/// Judges transactions before they enter the pool. What was verified here is not verified again when its block comes.
#[derive(Clone)]
pub struct Judge<E: Runtime> {
    /// Signatures that were verified.
    pub verifier: Verifier,
    /// The rules.
    pub rules: Rules,
    /// The state.
    pub databases: Databases<E>,
    /// The tip.
    pub follow: Follow,
    /// Whom it is told what was read of.
    pub cache: TipCache,
}

impl<E: Runtime> Judge<E> {
    /// Verifies the signatures of all, in one batch; the answers stand in their order.
    ///
    /// Refusals: as [`Verifier::verify`].
    pub fn verify<'p>(
        &self,
        context: &mut E,
        parcels: impl Iterator<Item = &'p Parcel>,
    ) -> Vec<Result<(), Refusal>> {
        let subjects: Vec<Subject<'_>> = parcels.map(Subject::from).collect();
        self.verifier.verify(context, &subjects)
    }

    /// Asks the contracts, by the state at the tip, whether each may stand in the next block, alone; the answers stand in their order.
    pub async fn admit(
        &self,
        context: &E,
        parcels: Vec<&Parcel>,
    ) -> Result<Vec<Result<(), Refusal>>, Fault> {
        let transactions = parcels.iter().map(|parcel| &parcel.transaction);
        let keys = Rules::admission_keys(transactions.clone());
        let (tip, mut loaded) = self.state(keys).await?;
        let now = crate::application::now_ms(context);
        let time = TimestampMs::new(now.max(tip.time.plus(1).get()));
        let env = self.rules.env(&tip, time);
        self.rules.found(env.height, &mut loaded);
        transactions
            .map(|transaction| Rules::admit(&env, &loaded, transaction))
            .collect()
    }

    async fn state(&self, keys: Vec<StateKey>) -> Result<(Arc<Header>, Loaded), Fault> {
        let tip = self.follow.tip();
        loop {
            let read = store::values(&self.databases, &keys, |root, end| {
                let stands = self.follow.stands(root, end);
                let header = self.follow.with_state(root).filter(|_| stands);
                header.inspect(|header| self.cache.saw(header.height));
                stands
            });
            if let Some(loaded) = read.await? {
                return Ok((tip, loaded));
            }
            commonware_runtime::reschedule().await;
        }
    }
}
