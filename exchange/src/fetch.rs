//! Brings released blobs and keys together: bytes from any holder, keys from each custodian, digests checked against the ledger.
use crate::ticket::OpenTicket;
use crate::withheld::is_of_records;
use crate::{Error, Exchange};
use amanat_client::stores::BlobGot;
use amanat_client::{Failure, Fault, Ledger, Stores, disk};
use amanat_envelope::wrap::Bundle;
use amanat_envelope::{Custody as _, RecordKey, SingleCustodian, Wrap};
use amanat_fhir::{Checked, Limits};
use amanat_types::codec::List;
use amanat_types::release::ReleaseRequest;
use amanat_types::state::Record;
use amanat_types::{Height, MemberId, RecordId, Refusal, limits};
use commonware_codec::{Copying, DecodeExt as _};
use futures::future::try_join_all;
use std::collections::BTreeMap;
use std::time::Duration;

/// Ciphertext asked of a holder in one request.
const CHUNK_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Records asked for in one request.
const CHUNK_RECORDS_MAX: usize = 512;
/// Times that a releaser which is a block behind is asked again, and the pause before each.
const BEHIND_MAX: u32 = 40;
const BEHIND_PAUSE: Duration = Duration::from_millis(50);

/// A record that is to be fetched, as it stands on the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) record: RecordId,
    pub(crate) state: Record,
}

impl Wanted {
    pub(crate) fn bytes(&self) -> u64 {
        let bucket = limits::SIZE_BUCKETS.get(usize::from(self.state.bucket));
        u64::from(bucket.copied().unwrap_or(u32::MAX))
    }

    /// The holders in the order in which they are asked: the own vault first.
    pub(crate) fn holders(&self, own: MemberId) -> Vec<MemberId> {
        let mut holders = self.state.holders.to_vec();
        holders.sort_by_key(|holder| *holder != own);
        holders
    }
}

/// Whether the ticket itself is over, so that another holder would say no as well.
pub(crate) const fn ticket_is_over(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::TicketEnded | Refusal::BasisEnded | Refusal::TicketUnknown
    )
}

pub(crate) fn request(
    ticket: &OpenTicket,
    seen: Height,
    records: &[RecordId],
) -> Result<ReleaseRequest, Error> {
    let records = List::new(records.to_vec());
    Ok(ReleaseRequest {
        ticket: ticket.ticket,
        seen,
        records: records.map_err(|e| Error::invalid("records", e.to_string()))?,
    })
}

/// Splits records into requests of bounded size.
fn chunks(wanted: Vec<Wanted>) -> Vec<Vec<Wanted>> {
    let mut chunks: Vec<Vec<Wanted>> = Vec::new();
    let mut bytes = 0u64;
    for one in wanted {
        let size = one.bytes();
        let full = bytes.saturating_add(size) > CHUNK_BYTES_MAX;
        match chunks.last_mut() {
            Some(last) if !full && last.len() < CHUNK_RECORDS_MAX => {
                bytes = bytes.saturating_add(size);
                last.push(one);
            }
            _ => {
                bytes = size;
                chunks.push(vec![one]);
            }
        }
    }
    chunks
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Opens records under a ticket that covers them; in the order asked.
    pub(crate) async fn fetch(
        &self,
        ticket: &OpenTicket,
        wanted: Vec<Wanted>,
    ) -> Result<Vec<(RecordId, Checked)>, Error> {
        let order: Vec<RecordId> = wanted.iter().map(|one| one.record).collect();
        let heights = wanted.iter().map(|one| one.state.height);
        let seen = heights.fold(ticket.height, Height::max);
        let parts = chunks(wanted).into_iter();
        let parts = parts.map(|part| self.fetch_chunk(ticket, seen, part));
        let parts = try_join_all(parts.collect::<Vec<_>>()).await?;
        let mut opened: BTreeMap<RecordId, Checked> = parts.into_iter().flatten().collect();
        let all = order.iter().map(|id| Some((*id, opened.remove(id)?)));
        let all: Option<Vec<_>> = all.collect();
        all.ok_or_else(|| Error::damaged("a read", "a record has no content"))
    }

    async fn fetch_chunk(
        &self,
        ticket: &OpenTicket,
        seen: Height,
        wanted: Vec<Wanted>,
    ) -> Result<Vec<(RecordId, Checked)>, Error> {
        let custodians: BTreeMap<RecordId, MemberId> = wanted
            .iter()
            .map(|one| (one.record, one.state.member))
            .collect();
        let blobs = self.blobs(ticket, seen, wanted).await?;
        let mut by_custodian: BTreeMap<MemberId, Vec<BlobGot>> = BTreeMap::new();
        for blob in blobs {
            if let Some(custodian) = custodians.get(&blob.record) {
                by_custodian.entry(*custodian).or_default().push(blob);
            }
        }
        let opened = by_custodian
            .into_iter()
            .map(|(custodian, blobs)| async move {
                let keys = self.keys(ticket, seen, custodian, &blobs).await?;
                let open = move || open_all(&blobs, &keys);
                disk::offload(open).await?
            });
        let opened = try_join_all(opened.collect::<Vec<_>>()).await?;
        Ok(opened.into_iter().flatten().collect())
    }

    /// The blobs, each from the first holder who has it whole.
    async fn blobs(
        &self,
        ticket: &OpenTicket,
        seen: Height,
        wanted: Vec<Wanted>,
    ) -> Result<Vec<BlobGot>, Error> {
        let own = self.member();
        let mut got = Vec::with_capacity(wanted.len());
        // Each record with the holders that were not asked yet. A batch that fails is asked of the next holder; a
        // record that no batch brought is asked for alone, since one bad blob spoils its batch.
        let mut open: Vec<(Wanted, Vec<MemberId>)> = wanted
            .into_iter()
            .map(|one| {
                let holders = one.holders(own);
                (one, holders)
            })
            .collect();
        let mut last = None;
        for alone in [false, true] {
            if alone {
                open.iter_mut()
                    .for_each(|(one, left)| *left = one.holders(own));
            }
            while open.iter().any(|(_, left)| !left.is_empty()) {
                let round = next_round(&mut open, alone);
                let asked = round.into_iter().map(|(holder, part)| async move {
                    let result = self.blobs_of(ticket, seen, holder, &part).await;
                    (part, result)
                });
                for (part, result) in futures::future::join_all(asked.collect::<Vec<_>>()).await {
                    match result {
                        Ok(blobs) => {
                            let whole = whole(&part, blobs);
                            open.retain(|(one, _)| !whole.iter().any(|b| b.record == one.record));
                            got.extend(whole);
                        }
                        Err(Error::Refused(refusal)) if ticket_is_over(refusal) => {
                            return Err(refusal.into());
                        }
                        // What the own node keeps back too, no other holder gives.
                        Err(Error::Refused(refusal)) if is_of_records(refusal) => {
                            let ids: Vec<RecordId> = part.iter().map(|one| one.record).collect();
                            if self.judged(ticket, seen, &ids).await? == Some(refusal) {
                                return Err(refusal.into());
                            }
                            last = Some(refusal.into());
                        }
                        Err(error) => last = Some(error),
                    }
                }
            }
        }
        if open.is_empty() {
            return Ok(got);
        }
        let damaged = || Error::damaged("a blob", "no holder has it whole");
        Err(last.unwrap_or_else(damaged))
    }

    async fn blobs_of(
        &self,
        ticket: &OpenTicket,
        seen: Height,
        holder: MemberId,
        part: &[Wanted],
    ) -> Result<Vec<BlobGot>, Error> {
        let records: Vec<RecordId> = part.iter().map(|one| one.record).collect();
        let request = request(ticket, seen, &records)?;
        let ask = || self.inner.stores.get(holder, request.clone());
        Ok(self.when_reached(ask).await?.1)
    }

    /// The keys of blobs of one custodian, in their order.
    async fn keys(
        &self,
        ticket: &OpenTicket,
        seen: Height,
        custodian: MemberId,
        blobs: &[BlobGot],
    ) -> Result<Vec<RecordKey>, Error> {
        let records: Vec<RecordId> = blobs.iter().map(|blob| blob.record).collect();
        let wraps: Vec<(RecordId, Vec<u8>)> = blobs
            .iter()
            .map(|blob| (blob.record, blob.wrap.clone()))
            .collect();
        let request = request(ticket, seen, &records)?;
        let ask = || {
            self.inner
                .stores
                .keys(custodian, request.clone(), wraps.clone())
        };
        let (_, bundle) = self.when_reached(ask).await?;
        let config = &self.inner.config;
        let keeper = self.sealing(custodian).await?;
        let wrong = |why: String| Fault::protocol(format!("the custodian {custodian}"), why);
        let bundle = Bundle::decode(bundle).map_err(|e| wrong(e.to_string()))?;
        let opened = SingleCustodian::open_bundles(
            &keeper,
            &config.sealing,
            &config.network,
            ticket.ticket,
            &records,
            std::slice::from_ref(&bundle),
        );
        Ok(opened.map_err(|e| wrong(e.to_string()))?)
    }

    /// Asks again while the releaser has not reached the height that we show.
    async fn when_reached<T, F>(&self, ask: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        for _ in 0..BEHIND_MAX {
            match ask().await {
                Err(Failure::Refused(Refusal::TipBehindReader)) => {
                    self.inner.config.clock.sleep(BEHIND_PAUSE).await;
                }
                other => return Ok(other?),
            }
        }
        Err(Refusal::TipBehindReader.into())
    }
}

/// The next holder's share of each open record; in batches, or each record alone.
fn next_round(open: &mut [(Wanted, Vec<MemberId>)], alone: bool) -> Vec<(MemberId, Vec<Wanted>)> {
    let mut round: Vec<(MemberId, Vec<Wanted>)> = Vec::new();
    for (one, left) in open.iter_mut().filter(|(_, left)| !left.is_empty()) {
        let holder = left.remove(0);
        match round
            .iter_mut()
            .find(|(other, _)| *other == holder && !alone)
        {
            Some((_, part)) => part.push(one.clone()),
            None => round.push((holder, vec![one.clone()])),
        }
    }
    round
}

/// Those blobs that were asked for and are what the ledger says.
fn whole(part: &[Wanted], blobs: Vec<BlobGot>) -> Vec<BlobGot> {
    let asked: BTreeMap<RecordId, &Wanted> = part.iter().map(|one| (one.record, one)).collect();
    let mut seen = std::collections::BTreeSet::new();
    let mut blobs = blobs;
    blobs.retain(|blob| {
        let expected = asked.get(&blob.record).map(|one| one.state.blob);
        match expected == Some(amanat_envelope::blob_digest(&blob.bytes)) {
            true => Wrap::decode(Copying(&blob.wrap)).is_ok() && seen.insert(blob.record),
            false => {
                tracing::warn!(record = %blob.record, "a holder gave a blob that is not the ledger's");
                false
            }
        }
    });
    blobs
}

/// Opens blobs with their keys and reads the resources.
fn open_all(blobs: &[BlobGot], keys: &[RecordKey]) -> Result<Vec<(RecordId, Checked)>, Error> {
    let pairs = blobs.iter().zip(keys);
    pairs.map(|(blob, key)| open_one(blob, key)).collect()
}

fn open_one(blob: &BlobGot, key: &RecordKey) -> Result<(RecordId, Checked), Error> {
    let what = || format!("record {}", blob.record);
    let bytes = amanat_envelope::open(blob.record, key, &blob.bytes);
    let bytes = bytes.map_err(|e| Error::damaged(what(), e))?;
    let resource = amanat_fhir::parse(&bytes, Limits::RESOURCE);
    let checked = resource.and_then(amanat_fhir::check);
    // A depositor who sealed what is no resource: the flaw names a place and a rule, never a value.
    Ok((blob.record, checked.map_err(|e| Error::damaged(what(), e))?))
}
