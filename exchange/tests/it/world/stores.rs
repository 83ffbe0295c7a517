//! Vaults and custodians in memory.
use super::*;

impl Stores for World {
    async fn put(&self, holder: MemberId, blobs: Vec<BlobPut>) -> Result<StoredRoot, Failure> {
        let mut inside = self.inside.lock().unwrap();
        if inside.ills.down.contains(&holder.number()) {
            return Err(Fault::TimedOut {
                address: holder.to_string(),
                after_ms: 1,
            }
            .into());
        }
        let digests: Vec<_> = blobs.iter().map(|b| b.blob).collect();
        for blob in blobs {
            inside.vaults.insert((holder.number(), blob.record), blob);
        }
        Ok(sign_stored(&signer(holder), &network(), &digests))
    }
    async fn get(
        &self,
        holder: MemberId,
        request: ReleaseRequest,
    ) -> Result<(Height, Vec<BlobGot>), Failure> {
        let mut inside = self.inside.lock().unwrap();
        inside.gets += 1;
        if inside.ills.down.contains(&holder.number()) {
            return Err(Fault::TimedOut {
                address: holder.to_string(),
                after_ms: 1,
            }
            .into());
        }
        if let Some(refusal) = inside.ills.refuses.get(&holder.number()) {
            return Err((*refusal).into());
        }
        inside.released(self.me, &request)?;
        let flips = inside.ills.flips.contains(&holder.number());
        let unwrapped = inside.ills.wraps.contains(&holder.number());
        let mut got = Vec::new();
        for record in &request.records {
            let blob = inside
                .vaults
                .get(&(holder.number(), *record))
                .ok_or(Refusal::BlobUnknown)?;
            let mut bytes = blob.bytes.clone();
            bytes[3] ^= u8::from(flips);
            got.push(BlobGot {
                record: *record,
                wrap: match unwrapped {
                    true => vec![0; 3],
                    false => blob.wrap.clone(),
                },
                bytes,
            });
        }
        Ok((Height::new(1), got))
    }
    async fn keys(
        &self,
        custodian: MemberId,
        request: ReleaseRequest,
        wraps: Vec<(RecordId, Vec<u8>)>,
    ) -> Result<(Height, Vec<u8>), Failure> {
        let inside = self.inside.lock().unwrap();
        let ticket = inside.released(self.me, &request)?;
        let wraps: Vec<(RecordId, Wrap)> = wraps
            .into_iter()
            .map(|(id, w)| (id, Wrap::decode(w).unwrap()))
            .collect();
        let bundle = SingleCustodian::rewrap(
            &secret(custodian),
            &network(),
            request.ticket,
            &ticket.reader,
            &wraps,
            &mut rand::rng(),
        );
        Ok((Height::new(1), bundle.unwrap().encode().to_vec()))
    }
    async fn journal(&self, _: MemberId, _: JournalRequest) -> Result<JournalPage, Fault> {
        Ok(JournalPage {
            count: 0,
            head: JournalEntry::start(),
            entries: Vec::new(),
        })
    }
}
