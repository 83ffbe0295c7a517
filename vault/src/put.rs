//! Takes batches in: checks every rule, stores, signs `Stored`.
use crate::erase;
use crate::store::{Key, Sealed, Store, Unwritten};
use crate::vault::{Vault, message};
use amanat_client::Ledger;
use amanat_client::disk::offload;
use amanat_client::fault::{Failure, Fault};
use amanat_client::stores::Holders;
use amanat_client::wire::{self, BATCH_BYTES_MAX, PutBatch, PutItem, blob_digest, is_blob_size};
use amanat_types::MemberId;
use amanat_types::id::BlobDigest;
use amanat_types::release::SignedRequest;
use amanat_types::stored::{StoredRoot, sign_stored};

impl<L: Ledger, H: Holders> Vault<L, H> {
    /// Stores a signed [`PutBatch`] for its signer; see [`Self::put_for`].
    ///
    /// Refusals: those of `Judge::member`, `Refusal::Malformed`, those of [`Self::put_for`].
    pub async fn put(&self, signed: SignedRequest) -> Result<StoredRoot, Failure> {
        let known = self.inner.judge.member(&signed, wire::BLOBS).await?;
        let batch = message::<PutBatch>(signed)?;
        self.put_for(known.member, batch).await
    }

    /// Stores a batch for `depositor` and signs its root once all of it is durable. Idempotent by digest; may be
    /// cancelled and repeated.
    ///
    /// Refusal: [`Refusal::BlobErased`](amanat_types::Refusal::BlobErased), of the whole batch, if a record of it was forgotten since the vault was opened; one that was forgotten before is
    /// found by the next walk of the scrubber. Faults, in this order: [`Fault::Invalid`] (names entry, field and rule), [`Fault::Full`], [`Fault::Storage`]. Nothing
    /// half-stored is acknowledged.
    pub async fn put_for(
        &self,
        depositor: MemberId,
        batch: PutBatch,
    ) -> Result<StoredRoot, Failure> {
        let store = self.inner.store.clone();
        let (order, written) = offload(move || {
            let order: Vec<BlobDigest> = batch.items.iter().map(|item| item.blob).collect();
            let sealed = check_batch(depositor, batch)?;
            let sealed = sealed.into_iter().map(|sealed| freshen(&store, sealed));
            let written = store.queue(sealed.collect());
            store.flush();
            Ok::<_, Fault>((order, written))
        })
        .await??;
        let done = written
            .await
            .unwrap_or(Err(Unwritten::Disk(std::io::ErrorKind::Other)));
        erase::written(done, "write blobs")?;
        let config = &self.inner.config;
        Ok(sign_stored(&config.signer, &config.network, &order))
    }
}

/// Every rule of a batch; the fault names the entry, the field and the rule.
fn check_batch(depositor: MemberId, batch: PutBatch) -> Result<Vec<Sealed>, Fault> {
    if batch.items.is_empty() {
        return Err(Fault::invalid("items: the batch is empty"));
    }
    let sizes = batch
        .items
        .iter()
        .map(|item| item.bytes.len() + item.wrap.len());
    let bytes: usize = sizes.sum();
    if bytes > BATCH_BYTES_MAX {
        return Err(Fault::invalid(format!(
            "items: {bytes} bytes, where at most {BATCH_BYTES_MAX} are allowed"
        )));
    }
    let items = batch.items.into_vec().into_iter().enumerate();
    items
        .map(|(at, item)| check_item(depositor, at, item))
        .collect()
}

fn check_item(depositor: MemberId, at: usize, item: PutItem) -> Result<Sealed, Fault> {
    let bytes = item.bytes.len();
    if !is_blob_size(bytes) {
        return Err(Fault::invalid(format!(
            "items[{at}].bytes: {bytes} bytes are not a size bucket and 16 bytes"
        )));
    }
    if blob_digest(&item.bytes) != item.blob {
        return Err(Fault::invalid(format!(
            "items[{at}].blob: it is not the SHA-256 of the bytes"
        )));
    }
    Ok(Sealed {
        key: Key {
            blob: item.blob,
            record: item.record,
            depositor,
        },
        wrap: item.wrap.into_vec(),
        blob: item.bytes.into_vec(),
        again: false,
    })
}

/// A repeat is stored again if what is there has rotted: `Stored` is never signed over bytes that nobody looked at.
fn freshen(store: &Store, mut sealed: Sealed) -> Sealed {
    sealed.again = store.read(&sealed.key).is_some_and(|parts| !parts.whole);
    sealed
}

#[cfg(test)]
mod tests {
    use super::check_batch;
    use amanat_client::wire::{BATCH_BYTES_MAX, PutBatch, PutItem, WRAP_BYTES_MAX, blob_digest};
    use amanat_types::codec::List;
    use amanat_types::{MemberId, RecordId, limits};

    /// A batch that holds exactly so many bytes: the largest blobs that fit, and wraps for the rest.
    fn of_size(mut bytes: usize) -> PutBatch {
        let sizes = limits::SIZE_BUCKETS.iter().rev();
        let mut items = Vec::new();
        for size in sizes.map(|size| usize::try_from(*size).unwrap() + 16) {
            let blob = vec![0; size];
            while bytes >= size {
                bytes -= size;
                items.push(PutItem {
                    blob: blob_digest(&blob),
                    record: RecordId::new([1; 16]),
                    wrap: List::empty(),
                    bytes: List::new(blob.clone()).unwrap(),
                });
            }
        }
        for item in &mut items {
            let some = bytes.min(WRAP_BYTES_MAX);
            item.wrap = List::new(vec![0; some]).unwrap();
            bytes -= some;
        }
        assert_eq!(bytes, 0);
        PutBatch {
            items: List::new(items).unwrap(),
        }
    }

    #[test]
    fn the_bound_of_a_batch_is_inside() {
        let of = |bytes| check_batch(MemberId::new(1), of_size(bytes));
        assert!(of(BATCH_BYTES_MAX).is_ok());
        let error = of(BATCH_BYTES_MAX + 1).unwrap_err().to_string();
        assert!(error.contains("items: "), "{error}");
    }
}
