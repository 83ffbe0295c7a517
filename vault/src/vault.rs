//! What a vault does, without HTTP.
//!
//! **Bytes leave in two ways.** Under a ticket ([`Vault::get`]): P1, no ticket, no bytes of a record opened. And as a copy
//! ([`Vault::copy`]) to whom finalised state itself names: a co-holder, who must keep the ciphertext anyway; the custodian, who had it
//! before all others; the successor that this custodian named, who is about to keep it. That copy opens nothing by itself (its key is given by
//! the custodian, under a ticket or to its successor only), and is journalled all the same, with a ticket id of zeros. What was erased leaves in
//! neither way, and is forgotten ([`crate::erase`]).
//!
//! **Limit.** Entries that were healed leave their rotten forerunner behind, and what was forgotten its room: both count against the capacity.
use crate::store::{Key, Size, Store};
use amanat_client::disk::{Disk, offload};
use amanat_client::fault::{Failure, Fault};
use amanat_client::judge::{Known, value};
use amanat_client::serve::{Room, Tally};
use amanat_client::stores::{Holders, JournalPage};
use amanat_client::wire::{self, BATCH_BYTES_MAX, CopyRequest, GetAnswer, GetItem};
use amanat_client::{Clock, Departure, Journal, Judge, Ledger};
use amanat_types::code::JournalKind;
use amanat_types::codec::List;
use amanat_types::id::TicketId;
use amanat_types::key::MemberSigner;
use amanat_types::release::{JournalRequest, ReleaseRequest, SignedRequest};
use amanat_types::state::{Record, Succession};
use amanat_types::{Digest, MemberId, RecordId, Refusal, StateKey};
use commonware_codec::{DecodeExt as _, Read};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::OwnedSemaphorePermit;

/// How a vault is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of segments and journal; made if it is not there.
    pub folder: PathBuf,
    /// Digest of the genesis.
    pub network: Digest,
    /// Own member.
    pub member: MemberId,
    /// Its vault key: signs `Stored`.
    pub signer: MemberSigner,
    /// Bytes that segments may take.
    pub capacity_bytes: u64,
    /// Bytes at which a segment is full; 64 MiB is usual.
    pub segment_bytes: u64,
    /// Bytes a second that the scrubber reads.
    pub scrub_bytes_per_s: u64,
    /// Bounds of the door, and room for bytes under way.
    pub limits: amanat_client::serve::Limits,
}

/// A vault: the store, the journal, and who judges. Cheap to clone.
#[derive(Debug)]
pub struct Vault<L, H> {
    pub(crate) inner: Arc<Inner<L, H>>,
}

impl<L, H> Clone for Vault<L, H> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
        }
    }
}

pub(crate) struct Inner<L, H> {
    pub(crate) config: Config,
    pub(crate) store: Arc<Store>,
    pub(crate) journal: Journal,
    pub(crate) judge: Judge<L>,
    pub(crate) holders: H,
    pub(crate) clock: Clock,
    pub(crate) room: Room,
    pub(crate) scrubbing: tokio::sync::Mutex<()>,
    pub(crate) counters: Counters,
    pub(crate) tally: Tally,
}

impl<L, H> std::fmt::Debug for Inner<L, H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({})", self.config.member)
    }
}

/// What happened since the start: the vault's metrics.
#[derive(Debug, Default)]
pub struct Counters {
    /// Rotten or missing blobs that were met.
    pub rotten: AtomicU64,
    /// Those that were healed.
    pub healed: AtomicU64,
    /// Records released under a ticket.
    pub released: AtomicU64,
    /// Records copied to co-holders.
    pub copied: AtomicU64,
    /// Entries that were forgotten because their records are erased.
    pub forgotten: AtomicU64,
}

/// Released bytes, and the room that they take until they are sent.
#[derive(Debug)]
pub struct Released {
    /// The records.
    pub answer: GetAnswer,
    /// Their room.
    pub room: OwnedSemaphorePermit,
}

impl<L: Ledger, H: Holders> Vault<L, H> {
    /// Opens the vault in its folder, or begins one; blocking. `holders` is how it asks other holders for copies.
    pub fn open(
        config: Config,
        disk: Arc<dyn Disk>,
        ledger: L,
        holders: H,
        clock: Clock,
    ) -> Result<Self, Fault> {
        let size = Size {
            capacity_bytes: config.capacity_bytes,
            segment_bytes: config.segment_bytes,
        };
        let store = Store::open(&config.folder.join("segments"), size, disk.clone())?;
        let path = config.folder.join("journal");
        let journal = Journal::open(&path, JournalKind::Vault, config.member, disk.as_ref())?;
        let inner = Inner {
            judge: Judge::new(ledger, config.network, clock.clone()),
            room: Room::new(&config.limits),
            store: Arc::new(store),
            journal,
            holders,
            clock,
            scrubbing: tokio::sync::Mutex::default(),
            counters: Counters::default(),
            tally: Tally::default(),
            config,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The release journal, for whoever anchors it.
    pub fn journal(&self) -> &Journal {
        &self.inner.journal
    }

    /// How it is set up.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// What happened since the start.
    pub fn counters(&self) -> &Counters {
        &self.inner.counters
    }

    /// Connections and refusals at its door since the start.
    pub fn tally(&self) -> &Tally {
        &self.inner.tally
    }

    /// What it holds.
    pub async fn holding(&self) -> Result<crate::Holding, Fault> {
        let store = self.inner.store.clone();
        offload(move || store.holding()).await
    }

    /// Releases blobs for a signed `ReleaseRequest`; see [`Self::get_for`].
    ///
    /// Refusals: those of [`Judge::member_now`], [`Refusal::Malformed`], those of [`Self::get_for`].
    pub async fn get(&self, signed: SignedRequest) -> Result<Released, Failure> {
        let known = self.inner.judge.member_now(&signed, wire::RELEASE).await?;
        let request = message::<ReleaseRequest>(signed)?;
        self.get_for(known.member, request).await
    }

    /// Releases blobs to `reader` under the ticket that `request` names: all or none.
    ///
    /// The journal entry is durable before this returns. Refusals: those of [`Judge::release`], [`Refusal::TooManyRecords`]
    /// (more bytes than one answer holds), [`Refusal::BlobUnknown`]. [`Fault::Damaged`] names a rotten blob that could not be healed.
    pub async fn get_for(
        &self,
        reader: MemberId,
        request: ReleaseRequest,
    ) -> Result<Released, Failure> {
        let mut release = self.inner.judge.release(reader, &request).await?;
        let keys = release.records.iter().map(|released| Key {
            blob: released.blob,
            record: released.record,
            depositor: released.custodian,
        });
        let keys: Vec<Key> = keys.collect();
        let room = self.room_for(&keys).await?;
        let (items, healed) = self.read_all(&keys).await?;
        if !healed.is_empty() {
            // Healing may have taken seconds: the ticket is judged again.
            release = self.inner.judge.release(reader, &request).await?;
        }
        let departure = Departure {
            reader,
            ticket: request.ticket,
            height: release.height,
            time_ms: self.inner.judge.now(),
            records: request.records,
        };
        self.inner.journal.append(departure).await?;
        count(&self.inner.counters.released, keys.len());
        let answer = GetAnswer {
            height: release.height,
            healed: bounded(healed)?,
            items: bounded(items)?,
        };
        Ok(Released { answer, room })
    }

    /// Copies ciphertext to a co-holder for a signed [`CopyRequest`]; see the module's text and [`Self::copy_for`].
    ///
    /// Refusals: those of [`Judge::member_now`], [`Refusal::Malformed`], those of [`Self::copy_for`].
    pub async fn copy(&self, signed: SignedRequest) -> Result<Released, Failure> {
        let known = self.inner.judge.member_now(&signed, wire::HEAL).await?;
        let request = message::<CopyRequest>(signed)?;
        self.copy_for(known, request).await
    }

    /// Copies ciphertext to `asker`, which finalised state must name as holder or custodian of every record, or as its custodian's
    /// successor (which gets no retracted one): all or none.
    ///
    /// Refusals: [`Refusal::RecordUnknown`], [`Refusal::RecordErased`] (whoever asks), [`Refusal::HolderUnknown`] (the asker is none of these), [`Refusal::TooManyRecords`],
    /// [`Refusal::BlobUnknown`]. A rotten blob is [`Fault::Damaged`]; it is not healed on this road, so that two vaults never wait for
    /// each other.
    pub async fn copy_for(&self, asker: Known, request: CopyRequest) -> Result<Released, Failure> {
        let (height, records) = self.records(&request.records).await?;
        let mut keys = Vec::with_capacity(records.len());
        let mut heir = Heir::new(asker.member);
        for (record, state) in request.records.iter().zip(records) {
            let state = state.ok_or(Refusal::RecordUnknown)?;
            if state.is_erased() {
                return Err(Refusal::RecordErased.into());
            }
            let named = state.is_kept_by(asker.member);
            if !named && (state.retracted.is_some() || !heir.of(self, state.member).await?) {
                return Err(Refusal::HolderUnknown.into());
            }
            keys.push(Key {
                blob: state.blob,
                record: *record,
                depositor: state.member,
            });
        }
        let room = self.room_for(&keys).await?;
        let mut items = Vec::with_capacity(keys.len());
        for key in &keys {
            match self.read(*key).await? {
                Some(item) => items.push(item),
                None if self.inner.store.bytes_of(key).is_none() => {
                    return Err(Refusal::BlobUnknown.into());
                }
                None => return Err(rotten(key).into()),
            }
        }
        let departure = Departure {
            reader: asker.member,
            ticket: TicketId::new([0; 16]),
            height,
            time_ms: self.inner.judge.now(),
            records: request.records,
        };
        self.inner.journal.append(departure).await?;
        count(&self.inner.counters.copied, keys.len());
        let answer = GetAnswer {
            height,
            healed: List::empty(),
            items: bounded(items)?,
        };
        Ok(Released { answer, room })
    }

    /// A page of the release journal for a signed `JournalRequest` of any active member.
    ///
    /// Refusals: those of [`Judge::member_now`], [`Refusal::Malformed`] (also when another journal is asked for).
    pub async fn journal_page(&self, signed: SignedRequest) -> Result<JournalPage, Failure> {
        self.inner.judge.member_now(&signed, wire::JOURNAL).await?;
        let request = message::<JournalRequest>(signed)?;
        if request.journal != JournalKind::Vault {
            return Err(Refusal::Malformed.into());
        }
        Ok(self.inner.journal.page(request.from, request.limit).await?)
    }

    /// The records as they stand in the own node's finalised state, and its height.
    pub(crate) async fn records(
        &self,
        records: &[RecordId],
    ) -> Result<(amanat_types::Height, Vec<Option<Record>>), Failure> {
        let keys = records.iter().map(StateKey::record).collect();
        let answer = self.inner.judge.ledger().state(keys).await?;
        self.inner.judge.recent(answer.time_ms)?;
        let values = answer.values.iter().map(|bytes| value(bytes.as_deref()));
        let values = values.collect::<Result<Vec<Option<Record>>, Fault>>()?;
        Ok((answer.height, values))
    }

    /// Room for the bytes under `keys`.
    async fn room_for(&self, keys: &[Key]) -> Result<OwnedSemaphorePermit, Failure> {
        let store = &self.inner.store;
        let bytes = keys.iter().map(|key| store.bytes_of(key).unwrap_or(0));
        let bytes: usize = bytes.sum();
        if bytes > BATCH_BYTES_MAX {
            return Err(Refusal::TooManyRecords.into());
        }
        Ok(self.inner.room.take(bytes).await?)
    }

    /// Reads an entry whole; nothing if a byte of it is wrong, or it is not there.
    pub(crate) async fn read(&self, key: Key) -> Result<Option<GetItem>, Failure> {
        let store = self.inner.store.clone();
        let parts = offload(move || store.read(&key)).await?;
        let Some(parts) = parts.filter(|parts| parts.whole) else {
            return Ok(None);
        };
        let (Some(wrap), Some(blob)) = (parts.wrap, parts.blob) else {
            return Ok(None);
        };
        Ok(Some(GetItem {
            record: key.record,
            wrap: bounded(wrap)?,
            bytes: bounded(blob)?,
        }))
    }
}

/// Of which custodians a member is the named successor; each is asked for once.
struct Heir {
    member: MemberId,
    known: BTreeMap<MemberId, bool>,
}

impl Heir {
    const fn new(member: MemberId) -> Self {
        Self {
            member,
            known: BTreeMap::new(),
        }
    }

    async fn of<L: Ledger, H: Holders>(
        &mut self,
        vault: &Vault<L, H>,
        custodian: MemberId,
    ) -> Result<bool, Failure> {
        if let Some(known) = self.known.get(&custodian) {
            return Ok(*known);
        }
        let judge = &vault.inner.judge;
        let key = StateKey::succession(custodian);
        let answer = judge.ledger().state(vec![key]).await?;
        judge.recent(answer.time_ms)?;
        let named: Option<Succession> = match answer.values.first() {
            Some(bytes) => value(bytes.as_deref())?,
            None => None,
        };
        let is_it = named.and_then(|named| named.successor) == Some(self.member);
        self.known.insert(custodian, is_it);
        Ok(is_it)
    }
}

/// Decodes the body of a request whose signature was checked.
pub(crate) fn message<T: Read<Cfg = ()>>(signed: SignedRequest) -> Result<T, Refusal> {
    T::decode(signed.body.into_vec()).map_err(|_| Refusal::Malformed)
}

/// The fault that names a blob.
pub(crate) fn rotten(key: &Key) -> Fault {
    Fault::damaged(
        format!("blob {}", key.blob),
        "its bytes are not what was stored",
    )
}

pub(crate) fn count(counter: &AtomicU64, more: usize) {
    counter.fetch_add(u64::try_from(more).unwrap_or(u64::MAX), Ordering::Relaxed);
}

pub(crate) fn bounded<T, const MAX: usize>(items: Vec<T>) -> Result<List<T, MAX>, Fault> {
    List::new(items).map_err(|error| Fault::invalid(error.to_string()))
}
