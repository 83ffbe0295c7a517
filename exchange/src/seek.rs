//! Copies of sealed records from whoever holds them, without a ticket: for their custodian, and for its successor.
use crate::Error;
use crate::fetch::Wanted;
use amanat_client::stores::{BlobGot, Holders};
use amanat_client::{Failure, Fault};
use amanat_types::{MemberId, RecordId};
use std::collections::BTreeMap;

/// Copies of `batch`, in its order, each with the bytes that the ledger names.
///
/// The holders are asked in turn for what is missing, `own` first; what no batch brought is asked for alone.
pub(crate) async fn copies<S: Holders>(
    stores: &S,
    own: MemberId,
    batch: &[Wanted],
) -> Result<Vec<BlobGot>, Error> {
    let mut got: BTreeMap<RecordId, BlobGot> = BTreeMap::new();
    let (mut last, mut silent) = (None, Vec::new());
    let mut holders: Vec<MemberId> = Vec::new();
    for holder in batch.iter().flat_map(|one| one.holders(own)) {
        if !holders.contains(&holder) {
            holders.push(holder);
        }
    }
    for holder in holders {
        let missing = batch
            .iter()
            .filter(|one| one.state.holders.contains(&holder) && !got.contains_key(&one.record));
        let missing: Vec<RecordId> = missing.map(|one| one.record).collect();
        if missing.is_empty() {
            continue;
        }
        match stores.copy(holder, missing).await {
            Ok(items) => got.extend(items.into_iter().map(|item| (item.record, item))),
            Err(failure) => {
                tracing::warn!(%holder, %failure, "no copies from this holder");
                if matches!(&failure, Failure::Fault(fault) if fault.is_passing()) {
                    silent.push(holder);
                }
                last = Some(Error::from(failure));
            }
        }
        got.retain(|record, item| {
            let one = batch.iter().find(|one| one.record == *record);
            one.is_some_and(|one| is_whole(one, item))
        });
    }
    for one in batch.iter() {
        if got.contains_key(&one.record) {
            continue;
        }
        let holders = one.holders(own).into_iter();
        for holder in holders.filter(|holder| !silent.contains(holder)) {
            match copy_of(stores, holder, one).await {
                Ok(item) => {
                    got.insert(one.record, item);
                    break;
                }
                Err(error) => last = Some(error),
            }
        }
    }
    let all = batch.iter().map(|one| got.remove(&one.record));
    let all: Option<Vec<BlobGot>> = all.collect();
    let missing = || last.unwrap_or_else(|| Error::damaged("a blob", "no holder has it whole"));
    all.ok_or_else(missing)
}

/// The copy of one record at one holder.
pub(crate) async fn copy_of<S: Holders>(
    stores: &S,
    holder: MemberId,
    one: &Wanted,
) -> Result<BlobGot, Error> {
    let items = stores.copy(holder, vec![one.record]).await?;
    let item = items.into_iter().find(|item| is_whole(one, item));
    let wrong = || Fault::protocol(holder.to_string(), "the copy has another digest");
    Ok(item.ok_or_else(wrong)?)
}

fn is_whole(one: &Wanted, item: &BlobGot) -> bool {
    let fits =
        item.record == one.record && amanat_envelope::blob_digest(&item.bytes) == one.state.blob;
    if !fits {
        tracing::warn!(record = %item.record, "a holder gave a blob that is not the ledger's");
    }
    fits
}
