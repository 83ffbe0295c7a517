//! The scrubber: forgets what was erased, reads every other entry at a bounded rate, names what is rotten, heals it.
use crate::erase::ASK_RECORDS;
use crate::store::Key;
use crate::vault::Vault;
use amanat_client::fault::{Failure, Fault};
use amanat_client::stores::Holders;
use amanat_client::wire::{self, ScrubAnswer};
use amanat_client::{Clock, Ledger};
use amanat_types::codec::List;
use amanat_types::id::BlobDigest;
use amanat_types::release::SignedRequest;
use amanat_types::{RecordId, Refusal};
use std::collections::BTreeSet;
use std::time::Duration;

/// Bytes that are read before the scrubber looks at its rate.
const STEP_BYTES: u64 = 1024 * 1024;

/// A rotten blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotten {
    /// Its digest.
    pub blob: BlobDigest,
    /// Which record it is.
    pub record: RecordId,
    /// Whether it was healed.
    pub healed: bool,
}

/// What one walk found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScrubReport {
    /// Entries read.
    pub checked: u64,
    /// Entries forgotten, because finalised state calls their records erased.
    pub forgotten: u64,
    /// The rotten ones, in the order of the disk.
    pub rotten: Vec<Rotten>,
}

impl ScrubReport {
    /// The report's wire shape; names the first blobs if there are very many.
    pub fn answer(&self) -> ScrubAnswer {
        fn first<const MAX: usize>(
            blobs: impl Iterator<Item = BlobDigest>,
        ) -> List<BlobDigest, MAX> {
            List::new(blobs.take(MAX).collect()).unwrap_or_else(|_| List::empty())
        }
        let healed = self.rotten.iter().filter(|rotten| rotten.healed);
        ScrubAnswer {
            checked: self.checked,
            rotten: first(self.rotten.iter().map(|rotten| rotten.blob)),
            healed: first(healed.map(|rotten| rotten.blob)),
        }
    }
}

impl<L: Ledger, H: Holders> Vault<L, H> {
    /// One walk for a signed request of the own member.
    ///
    /// Refusals: those of `Judge::member_now`, [`Refusal::HolderUnknown`] (another member asks).
    pub async fn scrub(&self, signed: SignedRequest) -> Result<ScrubReport, Failure> {
        let known = self.inner.judge.member_now(&signed, wire::SCRUB).await?;
        if known.member != self.inner.config.member {
            return Err(Refusal::HolderUnknown.into());
        }
        self.scrub_once().await
    }

    /// One walk over everything that is stored. [`Fault::Unavailable`] while another walks.
    ///
    /// A node that does not answer keeps it from nothing but forgetting.
    pub async fn scrub_once(&self) -> Result<ScrubReport, Failure> {
        let alone = self.inner.scrubbing.try_lock();
        let _alone = alone.map_err(|_| Fault::Unavailable {
            address: "the scrubber".into(),
            retry_after_ms: 60_000,
        })?;
        let mut report = ScrubReport::default();
        let mut pace = Pace::new(self.inner.config.scrub_bytes_per_s);
        for keys in self.inner.store.keys().chunks(ASK_RECORDS) {
            let erased = self.forget_erased(keys, &mut report).await?;
            for key in keys.iter().filter(|key| !erased.contains(&key.record)) {
                let bytes = self.inner.store.bytes_of(key).unwrap_or(0);
                pace.step(&self.inner.clock, bytes).await;
                report.checked = report.checked.saturating_add(1);
                if self.read(*key).await?.is_none() {
                    report.rotten.push(self.found(*key).await);
                }
            }
        }
        Ok(report)
    }

    /// Forgets what is erased of these entries: also what came back with an old copy of the vault. Gives which records that were.
    async fn forget_erased(
        &self,
        keys: &[Key],
        report: &mut ScrubReport,
    ) -> Result<BTreeSet<RecordId>, Failure> {
        let records: Vec<RecordId> = keys.iter().map(|key| key.record).collect();
        let erased = self.erased(&records).await.unwrap_or_else(|failure| {
            tracing::warn!(%failure, "could not ask what was erased");
            BTreeSet::new()
        });
        let forgotten = self.forget_all(erased.clone()).await?;
        let forgotten = u64::try_from(forgotten).unwrap_or(u64::MAX);
        report.forgotten = report.forgotten.saturating_add(forgotten);
        Ok(erased)
    }

    async fn found(&self, key: Key) -> Rotten {
        let healed = self.heal(key).await.unwrap_or_else(|failure| {
            tracing::warn!(blob = %key.blob, %failure, "could not heal a blob");
            false
        });
        Rotten {
            blob: key.blob,
            record: key.record,
            healed,
        }
    }

    /// Walks for ever, with `period` between walks.
    pub async fn scrub_every(&self, period: Duration) {
        loop {
            self.inner.clock.sleep(period).await;
            match self.scrub_once().await {
                Ok(report) => {
                    let rotten = report.rotten.len();
                    let forgotten = report.forgotten;
                    tracing::info!(checked = report.checked, rotten, forgotten, "scrubbed");
                }
                Err(failure) => tracing::warn!(%failure, "could not scrub"),
            }
        }
    }
}

/// Keeps to a rate.
struct Pace {
    bytes_per_s: u64,
    owed: u64,
}

impl Pace {
    const fn new(bytes_per_s: u64) -> Self {
        Self {
            bytes_per_s,
            owed: 0,
        }
    }

    async fn step(&mut self, clock: &Clock, bytes: usize) {
        self.owed = self
            .owed
            .saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        if self.owed >= STEP_BYTES && self.bytes_per_s > 0 {
            let ms = self.owed.saturating_mul(1000) / self.bytes_per_s;
            clock.sleep(Duration::from_millis(ms)).await;
            self.owed = 0;
        }
    }
}
