//! Vaults and custodians in memory.
use super::*;

/// Who holds the blob of a deposit, by the ledger's rule: roots over exactly the transaction's blobs, or one path to a root that all signed.
pub fn holders(body: &transaction::Body, deposit: &Deposit) -> List<MemberId, 16> {
    let blobs = body.calls.iter().filter_map(Call::deposit);
    let blobs: Vec<_> = blobs.map(|deposit| deposit.blob).collect();
    let covered = |root: &Digest| match &deposit.stored[..] {
        [] => *root == stored::batch_root(&blobs),
        [path] => path.root == 0 && path.leads(&deposit.blob, root),
        _ => false,
    };
    assert!(body.stored.iter().all(|stored| covered(&stored.root)));
    assert!(body.stored.len() >= 2, "f+1 holders");
    let members = (1..=MEMBERS).map(MemberId::new);
    let signed = |member: &MemberId| {
        let key = signer(*member).public_key();
        body.stored.iter().any(|stored| stored.holder == key)
    };
    List::new(members.filter(signed).collect()).unwrap()
}

impl Stores for World {
    async fn put(&self, holder: MemberId, blobs: Vec<BlobPut>) -> Result<StoredRoot, Failure> {
        let bytes = blobs.iter().map(|blob| blob.bytes.len()).sum();
        let slow = self.ill(|ills| {
            ills.puts.push((holder.number(), blobs.len(), bytes));
            ills.slow_ms.get(&holder.number()).copied()
        });
        tokio::time::sleep(std::time::Duration::from_millis(slow.unwrap_or(0))).await;
        let mut inside = self.inside.lock().unwrap();
        let refuses = inside.ills.no_batches && blobs.len() > 1;
        if refuses || inside.ills.down.contains(&holder.number()) {
            return Err(silent(holder));
        }
        let digests: Vec<_> = blobs.iter().map(|b| b.blob).collect();
        for blob in blobs {
            let key = (holder.number(), blob.record, self.me);
            // The same blob again: what lies there stays.
            let lies = inside.vaults.get(&key).map(|lies| lies.blob);
            if lies != Some(blob.blob) {
                inside.vaults.insert(key, blob);
            }
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
            let custodian = inside
                .get::<Record>(&StateKey::record(record))
                .unwrap()
                .member;
            let blob = inside
                .vaults
                .get(&(holder.number(), *record, custodian))
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
        if inside.ills.down.contains(&custodian.number()) {
            return Err(silent(custodian));
        }
        let ticket = inside.released(self.me, &request)?;
        for record in &request.records {
            let state: Record = inside.get(&StateKey::record(record)).unwrap();
            if state.member != custodian {
                return Err(Refusal::RecordNotYours.into());
            }
        }
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

fn silent(member: MemberId) -> Failure {
    let fault = Fault::TimedOut {
        address: member.to_string(),
        after_ms: 1,
    };
    fault.into()
}

impl Holders for World {
    async fn copy(
        &self,
        holder: MemberId,
        records: Vec<RecordId>,
    ) -> Result<Vec<BlobGot>, Failure> {
        let inside = self.inside.lock().unwrap();
        if inside.ills.down.contains(&holder.number()) {
            return Err(silent(holder));
        }
        let flips = inside.ills.flips.contains(&holder.number());
        let copied = records.iter().map(|record| {
            let state: Record = inside.get(&StateKey::record(record)).unwrap();
            let named: Option<Succession> = inside.get(&StateKey::succession(state.member));
            let heir = named.and_then(|named| named.successor) == Some(self.me);
            if !state.holders.contains(&self.me) && state.member != self.me && !heir {
                return Err(Refusal::HolderUnknown.into());
            }
            let key = (holder.number(), *record, state.member);
            let blob = inside.vaults.get(&key).ok_or(Refusal::BlobUnknown)?;
            let mut bytes = blob.bytes.clone();
            bytes[3] ^= u8::from(flips);
            Ok(BlobGot {
                record: *record,
                wrap: match inside.ills.wraps.contains(&holder.number()) {
                    true => vec![0; 3],
                    false => blob.wrap.clone(),
                },
                bytes,
            })
        });
        copied.collect()
    }
}

impl Predecessors for World {
    async fn hand_over(
        &self,
        custodian: MemberId,
        wraps: Vec<(RecordId, Vec<u8>)>,
    ) -> Result<Vec<(RecordId, Vec<u8>)>, Failure> {
        let mut inside = self.inside.lock().unwrap();
        if inside.ills.down.contains(&custodian.number())
            || inside
                .ills
                .hands
                .is_some_and(|hands| inside.handed >= hands)
        {
            return Err(silent(custodian));
        }
        let named: Option<Succession> = inside.get(&StateKey::succession(custodian));
        if named.and_then(|named| named.successor) != Some(self.me) {
            return Err(Refusal::NotSuccessor.into());
        }
        if wraps
            .iter()
            .any(|(record, _)| inside.ills.unopened.contains(record))
        {
            return Err(Refusal::WrapWrong.into());
        }
        inside.handed += 1;
        let parsed = wraps.iter().map(|(record, wrap)| {
            let wrap = Wrap::decode(wrap.clone()).map_err(|_| Refusal::WrapWrong)?;
            Ok((*record, wrap))
        });
        let parsed = parsed.collect::<Result<Vec<_>, Refusal>>()?;
        let to = secret(self.me);
        let anew = SingleCustodian::hand_over(
            &secret(custodian),
            &network(),
            to.public(),
            &parsed,
            &mut rand::rng(),
        );
        let anew = anew.unwrap().into_iter().zip(parsed);
        Ok(anew
            .map(|(wrap, (record, _))| (record, wrap.encode().to_vec()))
            .collect())
    }
}
