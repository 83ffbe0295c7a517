//! Intents: what a deposit set out to do, kept durably until all of it stands on the ledger or all of it was taken back.
//!
//! An intent is written after the vaults have the bytes and before the ledger is asked. A crash or a fault in between leaves it
//! behind; it is settled when the exchange opens, or when the same records are deposited again: what does not stand yet is
//! submitted with the same calls (ids of records are unique for ever, so nothing is doubled), and if the ledger refuses any of it, what
//! had landed is retracted. The FHIR index shows nothing of an intent before it is settled.
use crate::exchange::{decode, lock};
use crate::fhir_index::IndexRow;
use crate::{Accepted, Error, Exchange};
use amanat_client::submit::Draft;
use amanat_client::{Ledger, Stores};
use amanat_projection::{Store, Table};
use amanat_types::call::{Call, Retract};
use amanat_types::code::RetractReason;
use amanat_types::codec::List;
use amanat_types::state::Record;
use amanat_types::stored::{ONE_PATH_SINCE, StoredRoot};
use amanat_types::{Height, RecordId, Refusal, StateKey, TransactionId, codec_struct, limits};
use commonware_codec::Encode as _;
use futures::future::join_all;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use tokio::sync::Notify;

/// First record of an intent -> [`Intent`].
const INTENT: Table = Table::new("intent");
/// Groups of one intent.
pub(crate) const GROUPS_MAX: usize = 64;

/// Deposits that are one transaction, with the holders' words on their blobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) calls: List<Call, { limits::CALLS_MAX }>,
    pub(crate) stored: List<StoredRoot, { limits::STORED_ROOTS_MAX }>,
    pub(crate) rows: List<IndexRow, { limits::CALLS_MAX }>,
}
codec_struct!(Group {
    calls,
    stored,
    rows
});

/// What is to stand on the ledger, all of it or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Intent {
    pub(crate) groups: List<Group, GROUPS_MAX>,
}
codec_struct!(Intent { groups });

impl Intent {
    fn records(&self) -> impl Iterator<Item = RecordId> {
        let rows = self.groups.iter().flat_map(|group| &group.rows);
        rows.map(|row| row.record)
    }
}

/// Intents that are not settled, and records that are being deposited now.
pub(crate) struct Unsettled {
    /// Record -> key of its intent.
    intents: Mutex<BTreeMap<RecordId, RecordId>>,
    busy: Mutex<BTreeSet<RecordId>>,
    freed: Notify,
}

/// Records that this task alone deposits.
pub(crate) struct Claim<'u> {
    unsettled: &'u Unsettled,
    records: Vec<RecordId>,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut busy = lock(&self.unsettled.busy);
        for record in &self.records {
            busy.remove(record);
        }
        self.unsettled.freed.notify_waiters();
    }
}

impl Unsettled {
    /// Reads what an earlier process left.
    pub(crate) fn load(store: &Store) -> Result<Self, Error> {
        let mut intents = BTreeMap::new();
        for row in store.view()?.scan(INTENT, b"")? {
            let key: RecordId = decode(&row.key)?;
            let intent: Intent = decode(&row.value)?;
            intents.extend(intent.records().map(|record| (record, key)));
        }
        Ok(Self {
            intents: Mutex::new(intents),
            busy: Mutex::default(),
            freed: Notify::new(),
        })
    }

    /// Waits until nobody else deposits any of these records, and takes them.
    pub(crate) async fn claim(&self, records: Vec<RecordId>) -> Claim<'_> {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            {
                let mut busy = lock(&self.busy);
                if !records.iter().any(|record| busy.contains(record)) {
                    busy.extend(&records);
                    break;
                }
            }
            freed.await;
        }
        Claim {
            unsettled: self,
            records,
        }
    }

    /// How many intents are not settled.
    pub(crate) fn count(&self) -> usize {
        let intents = lock(&self.intents);
        intents.values().collect::<BTreeSet<_>>().len()
    }

    /// Whether a record belongs to an intent that is not settled.
    pub(crate) fn holds(&self, record: &RecordId) -> bool {
        lock(&self.intents).contains_key(record)
    }

    fn keys(&self, records: Option<&[RecordId]>) -> BTreeSet<RecordId> {
        let intents = lock(&self.intents);
        match records {
            None => intents.values().copied().collect(),
            Some(records) => records
                .iter()
                .filter_map(|id| intents.get(id).copied())
                .collect(),
        }
    }
}

/// Where a group stands on the ledger; the transaction is not known if an earlier process submitted it.
type Landed = (Option<TransactionId>, Height);

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Keeps an intent, carries it out, and gives the rows of its records, in order.
    ///
    /// Errors: [`Error::Refused`] with nothing left standing; [`Error::Fault`] with the intent kept, to be settled later.
    pub(crate) async fn carry_out(&self, intent: Intent) -> Result<Vec<IndexRow>, Error> {
        let Some(key) = intent.records().next() else {
            return Ok(Vec::new());
        };
        let bytes = intent.encode().to_vec();
        self.write(move |batch| batch.put(INTENT, b"", key.as_bytes(), &bytes))
            .await?;
        let records: Vec<RecordId> = intent.records().collect();
        let mut held = BTreeMap::new();
        held.extend(records.iter().map(|record| (*record, key)));
        lock(&self.inner.unsettled.intents).append(&mut held);
        let fresh = vec![None; intent.groups.len()];
        self.finish(key, &intent, fresh).await
    }

    /// Settles whatever intents are left; what cannot be settled now stays for later.
    pub(crate) async fn settle_all(&self) {
        for key in self.inner.unsettled.keys(None) {
            if let Err(error) = self.settle(key).await {
                tracing::warn!(%error, "an unfinished deposit is settled later");
            }
        }
    }

    /// Settles the intents that hold any of these records.
    pub(crate) async fn settle_these(&self, records: &[RecordId]) -> Result<(), Error> {
        for key in self.inner.unsettled.keys(Some(records)) {
            match self.settle(key).await {
                // Taken back: the records are retracted, and the ledger says so to whoever asks.
                Ok(()) | Err(Error::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn settle(&self, key: RecordId) -> Result<(), Error> {
        let kept = self.inner.store.view()?.get(INTENT, b"", key.as_bytes())?;
        let Some(kept) = kept else {
            return Ok(());
        };
        let intent: Intent = decode(&kept)?;
        let mut landed = Vec::with_capacity(intent.groups.len());
        for group in &intent.groups {
            landed.push(self.stands(group).await?);
        }
        self.finish(key, &intent, landed).await.map(drop)
    }

    /// Where a group stands, if all of it does and none was taken back.
    async fn stands(&self, group: &Group) -> Result<Option<Landed>, Error> {
        let keys = group.rows.iter().map(|row| StateKey::record(&row.record));
        let states: Vec<Option<Record>> = self.states(keys.collect()).await?;
        let heights: Option<Vec<Height>> = states
            .iter()
            .map(|state| {
                let state = state.as_ref()?;
                state.retracted.is_none().then_some(state.height)
            })
            .collect();
        Ok(heights
            .and_then(|heights| heights.into_iter().max())
            .map(|height| (None, height)))
    }

    /// Submits what does not stand; then shows all of it, or takes all of it back.
    async fn finish(
        &self,
        key: RecordId,
        intent: &Intent,
        landed: Vec<Option<Landed>>,
    ) -> Result<Vec<IndexRow>, Error> {
        let groups = intent.groups.iter().zip(landed);
        let submitted = join_all(groups.map(|(group, landed)| self.land(group, landed))).await;
        let (mut rows, mut refusal, mut fault) = (Vec::new(), None, None);
        let mut standing = Vec::new();
        for (group, landed) in intent.groups.iter().zip(submitted) {
            match landed {
                Ok((transaction, height)) => {
                    standing.extend(group.rows.iter().map(|row| row.record));
                    rows.extend(group.rows.iter().map(|row| row.landed(transaction, height)));
                }
                Err(Error::Refused(no)) => refusal = refusal.or(Some(no)),
                Err(error) => fault = Some(error),
            }
        }
        // What a fault leaves open may land yet: nothing is taken back before its fate is known.
        if let Some(fault) = fault {
            return Err(fault);
        }
        if let Some(refusal) = refusal {
            self.take_back(standing).await?;
            self.close_intent(key, intent, Vec::new()).await?;
            return Err(refusal.into());
        }
        self.close_intent(key, intent, rows.clone()).await?;
        Ok(rows)
    }

    async fn land(&self, group: &Group, landed: Option<Landed>) -> Result<Landed, Error> {
        if let Some(landed) = landed {
            return Ok(landed);
        }
        let draft = Draft {
            calls: group.calls.to_vec(),
            stored: group.stored.to_vec(),
            shared: self.protocol().await? >= ONE_PATH_SINCE,
            cosigners: Vec::new(),
        };
        let submitted = self.inner.submitter.submit(draft).await;
        match submitted.map_err(Error::from).and_then(Accepted::of) {
            Ok(done) => Ok((Some(done.transaction), done.height)),
            // An earlier submission of these very calls may have landed without our hearing of it.
            Err(Error::Refused(Refusal::RecordExists | Refusal::RecordSuperseded)) => {
                let stands = self.stands(group).await?;
                stands.ok_or(Error::Refused(Refusal::RecordExists))
            }
            Err(error) => Err(error),
        }
    }

    /// Retracts records that landed although their siblings were refused.
    async fn take_back(&self, records: Vec<RecordId>) -> Result<(), Error> {
        for some in records.chunks(limits::CALLS_MAX) {
            let calls = some.iter().map(|record| {
                Call::Retract(Retract {
                    record: *record,
                    reason: RetractReason::EnteredInError,
                })
            });
            match self.submit(calls.collect(), &[]).await {
                Ok(_) | Err(Error::Refused(Refusal::RecordRetracted)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Shows the rows and forgets the intent, in one write.
    async fn close_intent(
        &self,
        key: RecordId,
        intent: &Intent,
        rows: Vec<IndexRow>,
    ) -> Result<(), Error> {
        self.write(move |batch| {
            rows.iter().try_for_each(|row| row.put(batch))?;
            batch.remove(INTENT, b"", key.as_bytes())
        })
        .await?;
        let mut intents = lock(&self.inner.unsettled.intents);
        for record in intent.records() {
            intents.remove(&record);
        }
        Ok(())
    }
}
