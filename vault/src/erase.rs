//! Erasure (P6): forgets what finalised state calls erased, and says so on the ledger.
//!
//! State decides, not the event that told of it: a vault that was restored from an old copy forgets again. An erased record stays erased at every height
//! above, so that the tip need not be recent. Only what is gone from the disk is confirmed.
use crate::store::Unwritten;
use crate::vault::{Vault, count};
use amanat_client::Ledger;
use amanat_client::disk::offload;
use amanat_client::fault::{Failure, Fault};
use amanat_client::judge::value;
use amanat_client::stores::Holders;
use amanat_client::submit::{Submitter, accepted};
use amanat_types::call::ConfirmErased;
use amanat_types::codec::List;
use amanat_types::limits::HELD_RECORDS_MAX;
use amanat_types::state::{ErasureState, Record};
use amanat_types::{Call, RecordId, Refusal, StateKey};
use std::collections::BTreeSet;

/// Records that are asked for at once.
pub const ASK_RECORDS: usize = 1024;

impl<L: Ledger, H: Holders> Vault<L, H> {
    /// Forgets those of `records` that finalised state calls erased, whether this vault has to hold them or not; durable when it returns.
    /// Gives, sorted, those of which the own member is to say so and has not.
    ///
    /// At most [`ASK_RECORDS`] at a time. May be cancelled and repeated.
    pub async fn forget(&self, records: &[RecordId]) -> Result<Vec<RecordId>, Failure> {
        let own = self.inner.config.member;
        let states: Vec<Option<Record>> = self.finalised(records, StateKey::record).await?;
        let erased = records.iter().zip(states).filter_map(|(id, state)| {
            let state = state.filter(Record::is_erased)?;
            Some((*id, state.is_kept_by(own)))
        });
        let erased: Vec<(RecordId, bool)> = erased.collect();
        self.forget_all(erased.iter().map(|(id, _)| *id).collect())
            .await?;
        let kept = erased.iter().filter(|(_, kept)| *kept).map(|(id, _)| *id);
        let kept: BTreeSet<RecordId> = kept.collect();
        let kept: Vec<RecordId> = kept.into_iter().collect();
        let said: Vec<Option<ErasureState>> = self.finalised(&kept, StateKey::erasure).await?;
        let owed = kept.into_iter().zip(said).filter(|(_, said)| {
            let has = |said: &ErasureState| said.confirmed.contains(&own);
            !said.as_ref().is_some_and(has)
        });
        Ok(owed.map(|(id, _)| id).collect())
    }

    /// Says for the own member, whom `submitter` signs for, that it has deleted `records`: those that [`Self::forget`] gave.
    pub async fn confirm(
        &self,
        records: &[RecordId],
        submitter: &Submitter<L>,
    ) -> Result<(), Failure> {
        for some in records.chunks(HELD_RECORDS_MAX) {
            let records = List::new(some.to_vec());
            let records = records.map_err(|error| Fault::invalid(error.to_string()))?;
            let call = Call::ConfirmErased(ConfirmErased { records });
            submitter.submit(call).await.and_then(accepted)?;
        }
        Ok(())
    }

    /// Which of `records` finalised state calls erased.
    pub(crate) async fn erased(&self, records: &[RecordId]) -> Result<BTreeSet<RecordId>, Failure> {
        let states: Vec<Option<Record>> = self.finalised(records, StateKey::record).await?;
        let states = records.iter().zip(states);
        let erased = states.filter(|(_, state)| state.as_ref().is_some_and(Record::is_erased));
        Ok(erased.map(|(id, _)| *id).collect())
    }

    /// Forgets these records, whose erasure is final.
    pub(crate) async fn forget_all(&self, records: BTreeSet<RecordId>) -> Result<usize, Failure> {
        if records.is_empty() {
            return Ok(0);
        }
        let store = self.inner.store.clone();
        let forgotten = offload(move || store.forget(&records)).await?;
        let forgotten = forgotten.map_err(|source| Fault::storage("forget records", source))?;
        if forgotten > 0 {
            count(&self.inner.counters.forgotten, forgotten);
            tracing::info!(entries = forgotten, "forgot what was erased");
        }
        Ok(forgotten)
    }

    /// What finalised state holds under the keys of `records`, however old the tip is.
    async fn finalised<T: commonware_codec::Read<Cfg = ()>>(
        &self,
        records: &[RecordId],
        key: impl Fn(&RecordId) -> StateKey,
    ) -> Result<Vec<Option<T>>, Failure> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let keys = records.iter().map(key).collect();
        let answer = self.inner.judge.ledger().state(keys).await?;
        let values = answer.values.iter().map(|bytes| value(bytes.as_deref()));
        Ok(values.collect::<Result<_, Fault>>()?)
    }
}

/// What the store says to a write: a record that was forgotten is refused.
pub(crate) fn written(result: Result<(), Unwritten>, what: &'static str) -> Result<(), Failure> {
    match result {
        Ok(()) => Ok(()),
        Err(Unwritten::Erased) => Err(Refusal::BlobErased.into()),
        Err(Unwritten::Disk(kind)) => Err(Fault::storage(what, kind.into()).into()),
    }
}
