//! Members' vaults and custodians over HTTP, asked in the name of one's own member.
use crate::Clock;
use crate::fault::{Failure, Fault};
use crate::http::{Bounds, HttpClient};
use crate::stores::{BlobGot, BlobPut, Holders, JournalPage, Predecessors, Stores};
use crate::wire::{
    self, BATCH_BYTES_MAX, BODY_BYTES_MAX, CopyAnswer, CopyRequest, GetAnswer, GetItem,
    HandOverAnswer, HandOverRequest, JournalAnswer, KeysAnswer, KeysRequest, PutBatch, PutItem,
    ScrubAnswer, WrapItem,
};
use amanat_types::code::JournalKind;
use amanat_types::codec::{List, TooMany};
use amanat_types::id::RecordId;
use amanat_types::key::{MemberSigner, PublicKey};
use amanat_types::release::{JournalRequest, ReleaseRequest, SignedRequest};
use amanat_types::stored::{StoredRoot, batch_root};
use amanat_types::{Digest, Height, MemberId};
use commonware_codec::{DecodeExt as _, Encode as _, Read};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Bounds of one exchange with a vault or a custodian.
const BOUNDS: Bounds = Bounds {
    time: Duration::from_secs(60),
    bytes_max: BODY_BYTES_MAX,
};
/// Time for a whole scrub.
const SCRUB_TIME: Duration = Duration::from_secs(24 * 3600);

/// Where one member's vault and custodian are: `host:port`, with `https://` if they speak TLS, else plain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doors {
    /// The key that both prove at addresses with `https://`, which are asked only if it is known: the member's vault key.
    pub key: Option<PublicKey>,
    /// Its vault.
    pub vault: String,
    /// Its custodian.
    pub custodian: String,
}

/// Who asks, and how it proves that.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Digest of the genesis.
    pub network: Digest,
    /// Own member.
    pub member: MemberId,
    /// A vault or transaction key of it.
    pub signer: MemberSigner,
    /// For the time of requests.
    pub clock: Clock,
}

/// Client of every member's vault and custodian.
#[derive(Clone, Debug)]
pub struct MemberClient {
    asker: Asker,
    others: Arc<RwLock<BTreeMap<MemberId, Other>>>,
}

/// A member, and the connections to it: each member has its own, because each proves another key.
#[derive(Clone, Debug)]
struct Other {
    doors: Doors,
    http: HttpClient,
}

fn others(doors: BTreeMap<MemberId, Doors>) -> Result<BTreeMap<MemberId, Other>, Fault> {
    let others = doors.into_iter().map(|(member, doors)| {
        let http = match &doors.key {
            Some(key) => HttpClient::proving(key, &member.to_string())?,
            None => HttpClient::new(),
        };
        Ok((member, Other { doors, http }))
    });
    others.collect()
}

impl MemberClient {
    /// Asks as `asker`; members are where `doors` says. Fault: [`Fault::Invalid`] if a key is not an Ed25519 key.
    pub fn new(asker: Asker, doors: BTreeMap<MemberId, Doors>) -> Result<Self, Fault> {
        Ok(Self {
            asker,
            others: Arc::new(RwLock::new(others(doors)?)),
        })
    }

    /// From now on members are where `doors` says, for every clone; what is under way goes on. Fault: as for [`Self::new`].
    pub fn moved(&self, doors: BTreeMap<MemberId, Doors>) -> Result<(), Fault> {
        let new = others(doors)?;
        *self.others.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// Walks the own member's vault for rotten blobs and heals them. Takes as long as reading everything at the vault's rate.
    pub async fn scrub(&self) -> Result<ScrubAnswer, Failure> {
        let other = self.other(self.asker.member)?;
        let bounds = Bounds {
            time: SCRUB_TIME,
            ..BOUNDS
        };
        let vault = (&other.http, &*other.doors.vault);
        self.ask(vault, wire::SCRUB, Vec::new(), bounds).await
    }

    fn other(&self, member: MemberId) -> Result<Other, Fault> {
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        let other = others.get(&member).cloned();
        other.ok_or_else(|| Fault::protocol(member.to_string(), "no address is known"))
    }

    async fn ask<T: Read<Cfg = ()>>(
        &self,
        (http, base): (&HttpClient, &str),
        route: &str,
        body: Vec<u8>,
        bounds: Bounds,
    ) -> Result<T, Failure> {
        let asker = &self.asker;
        let time = asker.clock.now();
        let signed = SignedRequest::sign(
            &asker.signer,
            &asker.network,
            route,
            asker.member,
            time,
            body,
        );
        let signed = signed.map_err(|error| too_many(&error))?.encode();
        let reply = http.post(base, route, signed, bounds).await?;
        if !reply.status.is_success() {
            let status = reply.status.as_u16();
            return Err(wire::failure(
                base,
                status,
                reply.retry_after_ms,
                &reply.body,
            ));
        }
        let answer = T::decode(reply.body);
        answer.map_err(|_| {
            Fault::protocol(base, format!("the answer of {route} does not decode")).into()
        })
    }
}

fn too_many(error: &TooMany) -> Fault {
    Fault::invalid(error.to_string())
}

fn got(items: List<GetItem, { amanat_types::limits::RELEASE_RECORDS_MAX }>) -> Vec<BlobGot> {
    let items = items.into_vec().into_iter();
    items
        .map(|item| BlobGot {
            record: item.record,
            wrap: item.wrap.into_vec(),
            bytes: item.bytes.into_vec(),
        })
        .collect()
}

/// Takes a batch into its wire shape; what the vault would refuse for its size is refused here.
fn batch(blobs: Vec<BlobPut>) -> Result<PutBatch, Fault> {
    let sizes = blobs.iter().map(|put| put.bytes.len() + put.wrap.len());
    let bytes: usize = sizes.sum();
    if bytes > BATCH_BYTES_MAX {
        return Err(too_many(&TooMany {
            count: bytes,
            max: BATCH_BYTES_MAX,
        }));
    }
    let items = blobs.into_iter().map(|put| {
        Ok(PutItem {
            blob: put.blob,
            record: put.record,
            wrap: List::new(put.wrap)?,
            bytes: List::new(put.bytes)?,
        })
    });
    let items = items
        .collect::<Result<Vec<_>, TooMany>>()
        .and_then(List::new);
    let items = items.map_err(|error| too_many(&error))?;
    Ok(PutBatch { items })
}

/// Wraps in their wire shape.
fn items<const MAX: usize>(wraps: Vec<(RecordId, Vec<u8>)>) -> Result<List<WrapItem, MAX>, Fault> {
    let wraps = wraps.into_iter().map(|(record, wrap)| {
        let wrap = List::new(wrap)?;
        Ok(WrapItem { record, wrap })
    });
    let wraps = wraps
        .collect::<Result<Vec<_>, TooMany>>()
        .and_then(List::new);
    wraps.map_err(|error| too_many(&error))
}

impl Stores for MemberClient {
    async fn put(&self, holder: MemberId, blobs: Vec<BlobPut>) -> Result<StoredRoot, Failure> {
        let other = self.other(holder)?;
        let base = &*other.doors.vault;
        let order: Vec<_> = blobs.iter().map(|put| put.blob).collect();
        let body = batch(blobs)?.encode().to_vec();
        let stored: StoredRoot = self
            .ask((&other.http, base), wire::BLOBS, body, BOUNDS)
            .await?;
        let check = stored.check(&self.asker.network);
        if stored.root != batch_root(&order) || check.verify().is_err() {
            return Err(Fault::protocol(base, "did not sign the root of this batch").into());
        }
        Ok(stored)
    }

    async fn get(
        &self,
        holder: MemberId,
        request: ReleaseRequest,
    ) -> Result<(Height, Vec<BlobGot>), Failure> {
        let other = self.other(holder)?;
        let base = &*other.doors.vault;
        let body = request.encode().to_vec();
        let answer: GetAnswer = self
            .ask((&other.http, base), wire::RELEASE, body, BOUNDS)
            .await?;
        for blob in &answer.healed {
            tracing::warn!(%holder, %blob, "a holder healed a rotten blob before serving it");
        }
        let records = answer.items.iter().map(|item| &item.record);
        if !records.eq(request.records.iter()) {
            return Err(Fault::protocol(base, "gave other records than were asked").into());
        }
        Ok((answer.height, got(answer.items)))
    }

    async fn keys(
        &self,
        custodian: MemberId,
        request: ReleaseRequest,
        wraps: Vec<(RecordId, Vec<u8>)>,
    ) -> Result<(Height, Vec<u8>), Failure> {
        let other = self.other(custodian)?;
        let base = &*other.doors.custodian;
        let wraps = items(wraps)?;
        let body = KeysRequest { request, wraps }.encode().to_vec();
        let answer: KeysAnswer = self
            .ask((&other.http, base), wire::KEYS, body, BOUNDS)
            .await?;
        Ok((answer.height, answer.bundle.into_vec()))
    }

    async fn journal(
        &self,
        member: MemberId,
        request: JournalRequest,
    ) -> Result<JournalPage, Fault> {
        let other = self.other(member)?;
        let base = match request.journal {
            JournalKind::Vault => &*other.doors.vault,
            JournalKind::Custodian => &*other.doors.custodian,
        };
        let body = request.encode().to_vec();
        let asked = self
            .ask((&other.http, base), wire::JOURNAL, body, BOUNDS)
            .await;
        let page: JournalAnswer = asked.map_err(|failure| match failure {
            Failure::Fault(fault) => fault,
            Failure::Refused(refusal) => {
                Fault::protocol(base, format!("refusal {}", refusal.number()))
            }
        })?;
        if page.releaser != member {
            return Err(Fault::protocol(base, "gave another member's journal"));
        }
        Ok(JournalPage {
            count: page.count,
            head: page.head,
            entries: page.entries.into_vec(),
        })
    }
}

impl Holders for MemberClient {
    async fn copy(
        &self,
        holder: MemberId,
        records: Vec<RecordId>,
    ) -> Result<Vec<BlobGot>, Failure> {
        let other = self.other(holder)?;
        let base = &*other.doors.vault;
        let records = List::new(records).map_err(|error| too_many(&error))?;
        let body = CopyRequest { records }.encode().to_vec();
        let answer: CopyAnswer = self
            .ask((&other.http, base), wire::HEAL, body, BOUNDS)
            .await?;
        Ok(got(answer.items))
    }
}

impl Predecessors for MemberClient {
    async fn hand_over(
        &self,
        custodian: MemberId,
        wraps: Vec<(RecordId, Vec<u8>)>,
    ) -> Result<Vec<(RecordId, Vec<u8>)>, Failure> {
        let other = self.other(custodian)?;
        let base = &*other.doors.custodian;
        let asked: Vec<RecordId> = wraps.iter().map(|(record, _)| *record).collect();
        let wraps = items(wraps)?;
        let body = HandOverRequest { wraps }.encode().to_vec();
        let answer: HandOverAnswer = self
            .ask((&other.http, base), wire::HAND_OVER, body, BOUNDS)
            .await?;
        if !answer.wraps.iter().map(|item| &item.record).eq(&asked) {
            return Err(Fault::protocol(base, "gave other records than were asked").into());
        }
        let wraps = answer.wraps.into_vec().into_iter();
        Ok(wraps
            .map(|item| (item.record, item.wrap.into_vec()))
            .collect())
    }
}
