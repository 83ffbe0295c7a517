//! Heals a rotten or missing blob: from its own sound parts, or from another holder.
//!
//! The ledger names the digest of a blob, not of its wrap. A holder that lies about a blob is found out and the next one is asked; one
//! that lies about a wrap, when this vault's own is rotten, costs readers a refusal (`WrapWrong`) at the custodian, and they turn
//! to another holder. A wrap that is sound here is never replaced.
use crate::erase;
use crate::store::{Key, Sealed, Unwritten};
use crate::vault::{Vault, count, rotten};
use amanat_client::Ledger;
use amanat_client::disk::offload;
use amanat_client::fault::{Failure, Fault};
use amanat_client::stores::Holders;
use amanat_client::wire::{GetItem, WRAP_BYTES_MAX, blob_digest};
use amanat_types::id::BlobDigest;
use amanat_types::{MemberId, Refusal};

/// Blobs that one release may heal on its way; more are left to the scrubber.
const HEAL_MAX: usize = 64;

impl<L: Ledger, H: Holders> Vault<L, H> {
    /// Reads every key whole, healing what is rotten or missing; gives also what was healed.
    ///
    /// A blob that this vault need not hold is [`Refusal::BlobUnknown`]; one that it must hold and cannot heal is named.
    pub(crate) async fn read_all(
        &self,
        keys: &[Key],
    ) -> Result<(Vec<GetItem>, Vec<BlobDigest>), Failure> {
        let mut items = Vec::with_capacity(keys.len());
        let mut healed = Vec::new();
        for key in keys {
            if let Some(item) = self.read(*key).await? {
                items.push(item);
                continue;
            }
            if healed.len() >= HEAL_MAX || !self.heal(*key).await? {
                return Err(rotten(key).into());
            }
            healed.push(key.blob);
            match self.read(*key).await? {
                Some(item) => items.push(item),
                None => return Err(rotten(key).into()),
            }
        }
        Ok((items, healed))
    }

    /// Names a rotten or missing blob and writes it afresh; whether that was possible.
    ///
    /// Refusals: [`Refusal::BlobErased`]; [`Refusal::BlobUnknown`] if it is not here and finalised state does not want it here.
    pub(crate) async fn heal(&self, key: Key) -> Result<bool, Failure> {
        let store = self.inner.store.clone();
        let (parts, place) = offload(move || (store.read(&key), store.place(&key))).await?;
        let is_here = parts.is_some();
        let parts = parts.unwrap_or_default();
        if parts.whole {
            return Ok(true);
        }
        let holders = self.holders_of(&key).await?;
        if holders.is_none() && !is_here {
            return Err(Refusal::BlobUnknown.into());
        }
        count(&self.inner.counters.rotten, 1);
        let blob = key.blob;
        tracing::error!(%blob, record = %key.record, ?place, "a blob is rotten or missing");
        if let (Some(wrap), Some(blob)) = (&parts.wrap, &parts.blob) {
            return self.rewrite(key, wrap.clone(), blob.clone()).await;
        }
        for holder in holders.unwrap_or_default() {
            match self.fetch(holder, &key).await {
                Ok(item) => {
                    let wrap = parts.wrap.unwrap_or_else(|| item.wrap.clone());
                    return self.rewrite(key, wrap, item.bytes).await;
                }
                Err(failure) => {
                    tracing::warn!(%blob, %holder, %failure, "no copy from this holder")
                }
            }
        }
        Ok(false)
    }

    /// Other holders of the blob, if finalised state names this vault's member as a holder of it too.
    async fn holders_of(&self, key: &Key) -> Result<Option<Vec<MemberId>>, Failure> {
        let (_, mut records) = self.records(&[key.record]).await?;
        let Some(Some(record)) = records.pop() else {
            return Ok(None);
        };
        if record.is_erased() {
            return Err(Refusal::BlobErased.into());
        }
        let own = self.inner.config.member;
        let is_it = record.blob == key.blob && record.member == key.depositor;
        if !is_it || !record.holders.contains(&own) {
            return Ok(None);
        }
        let others = record.holders.iter().filter(|holder| **holder != own);
        Ok(Some(others.copied().collect()))
    }

    /// One copy from `holder`, checked against the digest.
    async fn fetch(
        &self,
        holder: MemberId,
        key: &Key,
    ) -> Result<amanat_client::stores::BlobGot, Failure> {
        let copies = self.inner.holders.copy(holder, vec![key.record]).await?;
        let item = copies.into_iter().next();
        let sound = item.filter(|item| {
            item.record == key.record
                && item.wrap.len() <= WRAP_BYTES_MAX
                && blob_digest(&item.bytes) == key.blob
        });
        sound.ok_or_else(|| {
            Fault::protocol(holder.to_string(), "the copy has another digest").into()
        })
    }

    async fn rewrite(&self, key: Key, wrap: Vec<u8>, blob: Vec<u8>) -> Result<bool, Failure> {
        let sealed = Sealed {
            key,
            wrap,
            blob,
            again: true,
        };
        let store = self.inner.store.clone();
        let written = offload(move || {
            let written = store.queue(vec![sealed]);
            store.flush();
            written
        });
        let done = written
            .await?
            .await
            .unwrap_or(Err(Unwritten::Disk(std::io::ErrorKind::Other)));
        erase::written(done, "write a healed blob")?;
        count(&self.inner.counters.healed, 1);
        tracing::info!(blob = %key.blob, "healed a blob");
        Ok(true)
    }
}
