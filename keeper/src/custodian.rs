//! What a custodian does, without HTTP.
use amanat_client::disk::{Disk, offload};
use amanat_client::fault::{Failure, Fault};
use amanat_client::serve::{Limits, Room, Tally};
use amanat_client::stores::JournalPage;
use amanat_client::wire::{self, KeysAnswer, KeysRequest, WrapItem};
use amanat_client::{Clock, Departure, Journal, Judge, Ledger};
use amanat_envelope::{BundleError, Custody as _, SealingSecret, SingleCustodian, Wrap};
use amanat_types::code::JournalKind;
use amanat_types::codec::List;
use amanat_types::release::{JournalRequest, Release, SignedRequest};
use amanat_types::{Digest, MemberId, RecordId, Refusal, TicketId};
use commonware_codec::{DecodeExt as _, Read};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How a custodian is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of the release journal; made if it is not there.
    pub folder: PathBuf,
    /// Digest of the genesis.
    pub network: Digest,
    /// Own member.
    pub member: MemberId,
    /// Bounds of the door.
    pub limits: Limits,
}

/// Where fresh seeds for sealing come from.
#[derive(Clone)]
pub struct Entropy(pub(crate) Arc<dyn Fn() -> Result<[u8; 32], Fault> + Send + Sync>);

impl Entropy {
    /// Seeds from `source`; each must be unpredictable and used once.
    pub fn new(source: impl Fn() -> Result<[u8; 32], Fault> + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// The operating system's.
    pub fn system() -> Self {
        Self::new(|| {
            let mut seed = [0u8; 32];
            let filled = getrandom::fill(&mut seed);
            filled.map_err(|error| Fault::Storage {
                what: "read the system's entropy".into(),
                source: std::io::Error::other(error),
            })?;
            Ok(seed)
        })
    }
}

/// A custodian: the member's sealing secret, the journal, and who judges. Cheap to clone.
pub struct Custodian<L> {
    pub(crate) inner: Arc<Inner<L>>,
}

impl<L> Clone for Custodian<L> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
        }
    }
}

impl<L> std::fmt::Debug for Custodian<L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Custodian({})", self.inner.config.member)
    }
}

pub(crate) struct Inner<L> {
    pub(crate) config: Config,
    pub(crate) room: Room,
    pub(crate) tally: Tally,
    pub(crate) released: AtomicU64,
    all_blocks: Mutex<Option<bool>>,
    pub(crate) secret: Arc<SealingSecret>,
    pub(crate) entropy: Entropy,
    pub(crate) journal: Journal,
    pub(crate) judge: Judge<L>,
}

impl<L: Ledger> Custodian<L> {
    /// Opens the custodian's journal, or begins one; blocking.
    pub fn open(
        config: Config,
        secret: SealingSecret,
        disk: &dyn Disk,
        ledger: L,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, Fault> {
        let made = std::fs::create_dir_all(&config.folder);
        made.map_err(|source| Fault::storage("make the custodian's folder", source))?;
        let path = config.folder.join("journal");
        let journal = Journal::open(&path, JournalKind::Custodian, config.member, disk)?;
        let inner = Inner {
            judge: Judge::new(ledger, config.network, clock),
            room: Room::new(&config.limits),
            tally: Tally::default(),
            released: AtomicU64::new(0),
            all_blocks: Mutex::new(None),
            secret: Arc::new(secret),
            entropy,
            journal,
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

    /// Connections and refusals at its door since the start.
    pub fn tally(&self) -> &Tally {
        &self.inner.tally
    }

    /// Records whose keys it gave since the start.
    pub fn released(&self) -> u64 {
        self.inner.released.load(Ordering::Relaxed)
    }

    /// Notes whether the node beside it keeps the transactions of all blocks, for others who ask how many members do.
    pub fn note_all_blocks(&self, all: bool) {
        let all_blocks = &self.inner.all_blocks;
        *all_blocks.lock().unwrap_or_else(PoisonError::into_inner) = Some(all);
    }

    /// Whether the node beside it keeps the transactions of all blocks, once that is known.
    pub fn all_blocks(&self) -> Option<bool> {
        let all_blocks = &self.inner.all_blocks;
        *all_blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How it is set up.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Gives keys for a signed [`KeysRequest`]; see [`Self::keys_for`].
    ///
    /// Refusals: those of [`Judge::member_now`], [`Refusal::Malformed`], those of [`Self::keys_for`].
    pub async fn keys(&self, signed: SignedRequest) -> Result<KeysAnswer, Failure> {
        let known = self.inner.judge.member_now(&signed, wire::KEYS).await?;
        let request = message::<KeysRequest>(signed)?;
        self.keys_for(known.member, request).await
    }

    /// Gives the keys of records to the reader of `reader`'s ticket, in one sealed message: all or none.
    ///
    /// The journal entry is durable before any key is opened; an entry may therefore stand for keys that did not leave, as
    /// when a wrap does not open. Failures, in this order: [`Fault::Invalid`] (the wraps are not those of the records),
    /// those of [`Judge::release`], [`Refusal::RecordNotYours`] (another member is custodian), [`Refusal::WrapWrong`].
    pub async fn keys_for(
        &self,
        reader: MemberId,
        request: KeysRequest,
    ) -> Result<KeysAnswer, Failure> {
        let KeysRequest { request, wraps } = request;
        let wrapped = wraps.iter().map(|item| &item.record);
        if !wrapped.eq(request.records.iter()) {
            return Err(Fault::invalid("wraps: not one for each record, in their order").into());
        }
        let release = self.inner.judge.release(reader, &request).await?;
        let own = self.inner.config.member;
        if release.records.iter().any(|record| record.custodian != own) {
            return Err(Refusal::RecordNotYours.into());
        }
        let wraps = wraps.iter().map(parse);
        let wraps = wraps.collect::<Result<Vec<(RecordId, Wrap)>, Refusal>>()?;
        let departure = Departure {
            reader,
            ticket: request.ticket,
            height: release.height,
            time_ms: self.inner.judge.now(),
            records: request.records,
        };
        self.inner.journal.append(departure).await?;
        let height = release.height;
        let count = u64::try_from(wraps.len()).unwrap_or(u64::MAX);
        let bundle = self.seal(request.ticket, release, wraps).await?;
        self.inner.released.fetch_add(count, Ordering::Relaxed);
        Ok(KeysAnswer { height, bundle })
    }

    /// Opens the wraps and seals the keys to the reader that the ticket in state names.
    async fn seal<const MAX: usize>(
        &self,
        ticket: TicketId,
        release: Release,
        wraps: Vec<(RecordId, Wrap)>,
    ) -> Result<List<u8, MAX>, Failure> {
        let seed = (self.inner.entropy.0)()?;
        let secret = self.inner.secret.clone();
        let network = self.inner.config.network;
        let bundle = offload(move || {
            let mut rng = StdRng::from_seed(seed);
            SingleCustodian::rewrap(&secret, &network, ticket, &release.reader, &wraps, &mut rng)
        });
        let bundle = bundle.await?.map_err(|error| match error {
            BundleError::Wrap(_) => Failure::Refused(Refusal::WrapWrong),
            BundleError::TooManyRecords { .. } => Failure::Refused(Refusal::TooManyRecords),
            other => Failure::Fault(Fault::damaged("the ticket's reader key", other.to_string())),
        })?;
        let bundle = List::new(bundle.to_bytes());
        bundle.map_err(|_| Refusal::TooManyRecords.into())
    }

    /// A page of the release journal for a signed `JournalRequest` of any active member.
    ///
    /// Refusals: those of [`Judge::member_now`], [`Refusal::Malformed`] (also when another journal is asked for).
    pub async fn journal_page(&self, signed: SignedRequest) -> Result<JournalPage, Failure> {
        self.inner.judge.member_now(&signed, wire::JOURNAL).await?;
        let request = message::<JournalRequest>(signed)?;
        if request.journal != JournalKind::Custodian {
            return Err(Refusal::Malformed.into());
        }
        Ok(self.inner.journal.page(request.from, request.limit).await?)
    }
}

pub(crate) fn message<T: Read<Cfg = ()>>(signed: SignedRequest) -> Result<T, Refusal> {
    T::decode(signed.body.into_vec()).map_err(|_| Refusal::Malformed)
}

pub(crate) fn parse(item: &WrapItem) -> Result<(RecordId, Wrap), Refusal> {
    let wrap = Wrap::from_bytes(&item.wrap).map_err(|_| Refusal::WrapWrong)?;
    Ok((item.record, wrap))
}
