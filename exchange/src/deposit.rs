//! Deposit: vault first, ledger last; idempotent by the caller's ids; all of a batch or none.
//!
//! A batch of at most [`limits::CALLS_MAX`] new records is one transaction, so the ledger itself makes it all or none. A larger one
//! is several transactions under one intent ([`crate::intent`]): they are shown together, or taken back together. A crash before the
//! ledger was asked leaves litter in vaults, never a record without bytes.
use crate::amendment::About;
use crate::fhir_index::IndexRow;
use crate::intent::{GROUPS_MAX, Group, Intent};
use crate::seal::{Plan, Planner, SealedPlan, Sealer};
use crate::{Actor, Error, Exchange, WriteContext};
use amanat_client::stores::BlobPut;
use amanat_client::{Ledger, Stores, disk};
use amanat_fhir::{Category, Checked};
use amanat_types::codec::List;
use amanat_types::state::Record;
use amanat_types::{Height, RecordId, Refusal, StateKey, TimestampMs, TransactionId, limits};
use futures::future::try_join_all;
use std::collections::BTreeMap;

/// Drafts of one batch: a Bundle's most entries.
pub const DRAFTS_MAX: usize = amanat_fhir::BUNDLE_ENTRIES_MAX;
/// Tasks over which the sealing of one batch is spread.
const SEAL_TASKS: usize = 2;
/// Ciphertext of one transaction's blobs: what one request to a vault may hold, with room to spare.
const GROUP_BYTES_MAX: usize = 40 * 1024 * 1024;

/// A resource on its way in.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The resource. Its id, `meta.versionId` and `meta.lastUpdated` are set here.
    pub resource: Checked,
    /// What the caller calls it: unique for ever within the member, 1 to 256 bytes. A repeat of its batch gives the same record.
    pub caller_id: Vec<u8>,
}

/// A record that stands on the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposited {
    /// Which.
    pub record: RecordId,
    /// Whether it stood there before this call.
    pub existed: bool,
    /// Its `meta.lastUpdated`: when it was sealed; for one that existed before, when that was, if this member still knows.
    pub updated_ms: TimestampMs,
    /// The transaction that anchored it, if this member still knows.
    pub transaction: Option<TransactionId>,
    /// Height of that transaction's block.
    pub height: Height,
}

impl Deposited {
    fn of(row: &IndexRow, existed: bool) -> Self {
        Self {
            record: row.record,
            existed,
            updated_ms: row.updated_ms,
            transaction: row.transaction,
            height: row.height,
        }
    }
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Deposits drafts, all or none; answers in their order once every one of them is final.
    ///
    /// Directory resources go to the member's own directory; all others need `context`, and go under the index of their
    /// category of that patient; a `Communication` that is about one record goes under that record's. May be repeated: what stands already is not doubled.
    ///
    /// Errors, in this order: [`Error::Invalid`] (no draft, too many, one about a record that is not known here, a caller's id empty, too long or twice, a resource too
    /// large), [`Error::Refused`] with `NoBasis` (no context) or `IndexOutsideBasis` (no key for a category),
    /// [`Error::Conflict`] (a caller's id with another content, or in a batch of another size), [`Error::Fault`] (a vault, the node), [`Error::Refused`] by the
    /// ledger. After an error nothing of the batch is shown to anyone.
    pub async fn deposit_bundle(
        &self,
        actor: &Actor,
        context: Option<&WriteContext>,
        drafts: Vec<Draft>,
    ) -> Result<Vec<Deposited>, Error> {
        let plans = self.plan(actor, context, drafts).await?;
        self.deposit_plans(plans).await
    }

    /// Deposits one draft: as [`Self::deposit_bundle`].
    pub async fn deposit(
        &self,
        actor: &Actor,
        context: Option<&WriteContext>,
        draft: Draft,
    ) -> Result<Deposited, Error> {
        let mut all = self.deposit_bundle(actor, context, vec![draft]).await?;
        all.pop().ok_or(Error::NotFound)
    }

    /// Decides record, index and basis of every draft.
    pub(crate) async fn plan(
        &self,
        actor: &Actor,
        context: Option<&WriteContext>,
        drafts: Vec<Draft>,
    ) -> Result<Vec<Plan>, Error> {
        self.admit(actor)?;
        if !(1..=DRAFTS_MAX).contains(&drafts.len()) {
            let rule = format!("a batch has 1 to {DRAFTS_MAX} drafts");
            return Err(Error::invalid("drafts", rule));
        }
        let mut indexes = BTreeMap::new();
        if let Some(context) = context {
            for category in Category::ALL {
                if let Some(index) = self.index_of(actor, &context.patient, category)? {
                    indexes.insert(category.number(), index);
                }
            }
        }
        let abouts = match context {
            Some(context) => self.abouts(actor, &drafts, &context.patient).await?,
            None => vec![About::Nothing; drafts.len()],
        };
        let planner = Planner {
            member: self.member(),
            secret: self.inner.secret.clone(),
            context: context.copied(),
            indexes,
        };
        disk::offload(move || planner.plan(drafts, &abouts)).await?
    }

    /// Deposits what does not stand yet.
    pub(crate) async fn deposit_plans(&self, plans: Vec<Plan>) -> Result<Vec<Deposited>, Error> {
        let records: Vec<RecordId> = plans.iter().map(|plan| plan.record).collect();
        let _claim = self.inner.unsettled.claim(records.clone()).await;
        self.settle_these(&records).await?;
        let mut done = self.standing(&plans).await?;
        let known = plans.iter().filter(|plan| done.contains_key(&plan.record));
        self.learn_likenesses(known.map(|plan| (plan.record, &plan.resource)))
            .await?;
        let fresh: Vec<Plan> = plans
            .into_iter()
            .filter(|plan| !done.contains_key(&plan.record))
            .collect();
        if !fresh.is_empty() {
            let likenesses = Self::likenesses(&fresh);
            let sealed = self.seal(fresh).await?;
            let intent = self.store_blobs(sealed).await?;
            // Before the ledger, so that no crash leaves one out; what does not land is not found.
            self.keep_likenesses(likenesses).await?;
            let rows = self.carry_out(intent).await?;
            done.extend(
                rows.iter()
                    .map(|row| (row.record, Deposited::of(row, false))),
            );
        }
        let answers = records.iter().map(|record| done.remove(record));
        let answers: Option<Vec<Deposited>> = answers.collect();
        answers.ok_or_else(|| Error::damaged("a deposit", "a record has no answer"))
    }

    /// Which of the plans stand on the ledger already. An own row says when and with what content.
    async fn standing(&self, plans: &[Plan]) -> Result<BTreeMap<RecordId, Deposited>, Error> {
        let records: Vec<RecordId> = plans.iter().map(|plan| plan.record).collect();
        let rows = self.index_rows(&records)?;
        let (mut done, mut unknown, mut found) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (plan, row) in plans.iter().zip(&rows) {
            match row {
                Some(row) if row.tag != plan.tag => return Err(Error::Conflict),
                Some(row) => drop(done.insert(plan.record, Deposited::of(row, true))),
                None => unknown.push(plan),
            }
        }
        for some in unknown.chunks(limits::STATE_KEYS_MAX) {
            let keys = some.iter().map(|plan| StateKey::record(&plan.record));
            let states: Vec<Option<Record>> = self.states(keys.collect()).await?;
            for (plan, state) in some.iter().zip(states) {
                let Some(state) = state else { continue };
                if state.retracted.is_some() {
                    return Err(Refusal::RecordRetracted.into());
                }
                // The index was lost, or an amendment superseded it: the row is written again, its time is not known.
                let unknown_ms = TimestampMs::new(0);
                let row = IndexRow::authored(self.member(), plan, unknown_ms, state.height);
                done.insert(plan.record, Deposited::of(&row, true));
                if state.superseded_by.is_none() {
                    found.push(row);
                }
            }
        }
        self.put_rows(found).await?;
        Ok(done)
    }

    async fn seal(&self, plans: Vec<Plan>) -> Result<Vec<SealedPlan>, Error> {
        let config = &self.inner.config;
        let sealer = Sealer {
            member: config.member,
            network: config.network,
            custodian: *config.sealing.public(),
            now: self.now(),
        };
        let share = plans.len().div_ceil(SEAL_TASKS).max(1);
        let mut plans = plans.into_iter();
        let tasks = (0..SEAL_TASKS).map(|_| {
            let some: Vec<Plan> = plans.by_ref().take(share).collect();
            async move { disk::offload(move || sealer.seal(some)).await? }
        });
        let tasks: Vec<_> = tasks.collect();
        Ok(try_join_all(tasks).await?.into_iter().flatten().collect())
    }

    /// Brings the blobs to their holders; each group's roots cover its blobs, those of a small one together with others' ([`crate::gather`]).
    async fn store_blobs(&self, sealed: Vec<SealedPlan>) -> Result<Intent, Error> {
        let groups = group(sealed).into_iter().map(|sealed| async move {
            let mut blobs: Vec<BlobPut> = Vec::with_capacity(sealed.len());
            let (mut calls, mut rows) = (Vec::new(), Vec::new());
            for one in sealed {
                blobs.push(one.put);
                calls.push(one.call);
                rows.push(one.row);
            }
            let covered = self.put_together(blobs).await?;
            let calls = covered.calls(calls)?;
            let too_many =
                |e: amanat_types::codec::TooMany| Error::invalid("drafts", e.to_string());
            Ok::<_, Error>(Group {
                calls: List::new(calls).map_err(too_many)?,
                stored: List::new(covered.stored).map_err(too_many)?,
                rows: List::new(rows).map_err(too_many)?,
            })
        });
        let groups = try_join_all(groups.collect::<Vec<_>>()).await?;
        let groups = List::new(groups);
        Ok(Intent {
            groups: groups.map_err(|_| {
                let rule = format!("a batch fits {GROUPS_MAX} transactions of 40 MiB");
                Error::invalid("drafts", rule)
            })?,
        })
    }
}

/// Splits what was sealed into transactions.
fn group(sealed: Vec<SealedPlan>) -> Vec<Vec<SealedPlan>> {
    let mut groups: Vec<Vec<SealedPlan>> = Vec::new();
    let mut bytes = 0usize;
    for one in sealed {
        let size = one.put.bytes.len();
        let full = bytes.saturating_add(size) > GROUP_BYTES_MAX;
        match groups.last_mut() {
            Some(last) if !full && last.len() < limits::CALLS_MAX => {
                bytes = bytes.saturating_add(size);
                last.push(one);
            }
            _ => {
                bytes = size;
                groups.push(vec![one]);
            }
        }
    }
    groups
}
