//! State on disk: two authenticated databases behind one thin module, so that the glue layer stays here.
//!
//! *Records* map a key to the place and digest of its body, and prove presence and absence; *bodies* are an
//! append-only log. A block reads all its keys in one batch, runs on what it read, and seals its writes
//! into the two roots that its header commits to. A body that does not hash to its record's digest is a fault.
use crate::fault::Fault;
use amanat_types::block::SyncTarget;
use amanat_types::codec::List;
use amanat_types::proof::{
    Body, CHUNK_SIZE, Claim, Record, RecordBytes, RecordEncoding, body_digest,
};
use amanat_types::{Digest, StateKey};
use commonware_cryptography::Sha256;
use commonware_glue::stateful::db::{
    DatabaseSet, Merkleized as _, Shared, Unmerkleized as _, current::CurrentStaged,
};
use commonware_parallel::Sequential;
use commonware_runtime::{Spawner, buffer::paged::CacheRef};
use commonware_storage::index::ordered::Index;
use commonware_storage::journal::contiguous::{fixed, variable};
use commonware_storage::merkle::{Location, full, mmr};
use commonware_storage::qmdb::any::operation::Operation;
use commonware_storage::qmdb::any::ordered;
use commonware_storage::qmdb::current::FixedConfig;
use commonware_storage::qmdb::current::batch::Slot;
use commonware_storage::qmdb::{current, keyless};
use commonware_storage::translator::EightCap;
use commonware_utils::{NZU64, NZUsize, non_empty_range};
use rand_core::CryptoRng;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

/// What a runtime must offer to run a node: the tokio runtime and the deterministic one both do.
pub trait Runtime: commonware_storage::Context + Spawner + CryptoRng {}
impl<T: commonware_storage::Context + Spawner + CryptoRng> Runtime for T {}

/// Records: key to location and digest of its body.
pub type Records<E> = current::ordered::fixed::Db<
    mmr::Family,
    E,
    Digest,
    RecordBytes,
    Sha256,
    EightCap,
    CHUNK_SIZE,
    Sequential,
>;
/// Bodies: key and value, in the order of writing.
pub type Bodies<E> = keyless::variable::Db<mmr::Family, E, Body, Sha256, Sequential>;
/// Both, as one unit of commitment.
pub type Databases<E> = (Shared<Records<E>>, Shared<Bodies<E>>);
/// A block's reads and writes before they are sealed.
pub type Batches<E> = <Databases<E> as DatabaseSet<E>>::Unmerkleized;
/// A block's sealed writes.
pub type Sealed<E> = <Databases<E> as DatabaseSet<E>>::Merkleized;
/// Configuration of both.
pub type StoreConfig<E> = <Databases<E> as DatabaseSet<E>>::Config;
/// Values that a block reads, `None` where a key has none.
pub type Loaded = BTreeMap<StateKey, Option<Vec<u8>>>;

/// Roots of the state after a block, as its header holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// Canonical root of the records.
    pub state: Digest,
    /// Sync target of the records.
    pub records: SyncTarget,
    /// Sync target of the bodies.
    pub bodies: SyncTarget,
}

const WRITE_BUFFER: NonZeroUsize = NZUsize!(64 * 1024);
const REPLAY_BUFFER: NonZeroUsize = NZUsize!(1024 * 1024);

/// Names partitions and buffers of both databases.
pub fn config<E: Runtime>(prefix: &str, cache: &CacheRef) -> StoreConfig<E> {
    let tree = |name: &str| full::Config {
        journal_partition: format!("{prefix}-{name}-mmr"),
        metadata_partition: format!("{prefix}-{name}-mmr-meta"),
        items_per_blob: NZU64!(262_144),
        write_buffer: WRITE_BUFFER,
        replay_buffer: REPLAY_BUFFER,
        strategy: Sequential,
        page_cache: cache.clone(),
    };
    let records = FixedConfig {
        merkle_config: tree("rec"),
        journal_config: fixed::Config {
            partition: format!("{prefix}-rec-log"),
            items_per_blob: NZU64!(65_536),
            page_cache: cache.clone(),
            write_buffer: WRITE_BUFFER,
            replay_buffer: REPLAY_BUFFER,
        },
        grafted_metadata_partition: format!("{prefix}-rec-bitmap"),
        translator: EightCap,
        init_cache: Some(NZUsize!(1024)),
        init_buffer: NZUsize!(1 << 20),
        init_concurrency: (),
    };
    let bodies = keyless::Config {
        merkle: tree("body"),
        log: variable::Config {
            partition: format!("{prefix}-body-log"),
            items_per_section: NZU64!(65_536),
            compression: None,
            codec_config: (),
            page_cache: cache.clone(),
            write_buffer: WRITE_BUFFER,
            replay_buffer: REPLAY_BUFFER,
        },
    };
    (records, bodies)
}

fn key_of(key: &StateKey) -> Digest {
    Digest::from(*key.as_bytes())
}

type Update = ordered::Update<Digest, RecordEncoding>;
type Staged<E> = CurrentStaged<
    mmr::Family,
    E,
    fixed::Journal<E, Operation<mmr::Family, Update>>,
    Index<EightCap, Location<mmr::Family>>,
    Sha256,
    Update,
    CHUNK_SIZE,
    Sequential,
>;
type BodyBatch<E> = <Shared<Bodies<E>> as DatabaseSet<E>>::Unmerkleized;

/// Batches of which some keys are read; each key has one slot, in the order of reading.
pub struct Stage<E: Runtime> {
    slots: BTreeMap<StateKey, usize>,
    records: Staged<E>,
    bodies: BodyBatch<E>,
}

/// Reads every key in one go. `keys` may repeat and need no order.
pub async fn load<E: Runtime>(
    batches: Batches<E>,
    mut keys: Vec<StateKey>,
) -> Result<(Loaded, Stage<E>), Fault> {
    keys.sort_unstable();
    keys.dedup();
    let (records, bodies) = batches;
    let digests: Vec<Digest> = keys.iter().map(key_of).collect();
    let wanted: Vec<&Digest> = digests.iter().collect();
    let (found, records) = records
        .stage(&wanted)
        .await
        .map_err(|error| Fault::storage("records", error))?;
    let loaded = read_bodies(&bodies, &keys, &found).await?;
    let stage = Stage {
        slots: keys.into_iter().zip(0..).collect(),
        records,
        bodies,
    };
    Ok((loaded, stage))
}

impl<E: Runtime> Stage<E> {
    /// Reads more keys, which only the values of the first could name. Keys that were read are not read again.
    pub async fn extend(self, mut keys: Vec<StateKey>) -> Result<(Loaded, Self), Fault> {
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| !self.slots.contains_key(key));
        if keys.is_empty() {
            return Ok((Loaded::new(), self));
        }
        let digests: Vec<Digest> = keys.iter().map(key_of).collect();
        let wanted: Vec<&Digest> = digests.iter().collect();
        let (range, found, records) = self
            .records
            .expand(&wanted)
            .await
            .map_err(|error| Fault::storage("records", error))?;
        let loaded = read_bodies(&self.bodies, &keys, &found).await?;
        let mut slots = self.slots;
        slots.extend(keys.into_iter().zip(range));
        let stage = Self {
            slots,
            records,
            bodies: self.bodies,
        };
        Ok((loaded, stage))
    }
}

async fn read_bodies<E: Runtime>(
    bodies: &BodyBatch<E>,
    keys: &[StateKey],
    found: &[Option<RecordBytes>],
) -> Result<Loaded, Fault> {
    let placed = place(keys, found);
    let locations: Vec<_> = placed.iter().map(|item| item.0).collect();
    let read = match locations.is_empty() {
        true => Vec::new(),
        false => bodies
            .get_many(&locations)
            .await
            .map_err(|error| Fault::storage("bodies", error))?,
    };
    join(keys, &placed, read)
}

type Placed = Vec<(Location<mmr::Family>, usize, Digest)>;

/// Orders what was found by location, as the log wants to be read.
fn place(keys: &[StateKey], found: &[Option<RecordBytes>]) -> Placed {
    let mut placed: Placed = keys
        .iter()
        .zip(found)
        .enumerate()
        .filter_map(|(at, (_, value))| {
            let record = Record::from_bytes(value.as_ref()?);
            Some((Location::new(record.location), at, record.digest))
        })
        .collect();
    placed.sort_unstable_by_key(|item| item.0);
    placed
}

/// Pairs keys with their bodies and checks each body against its record.
fn join(keys: &[StateKey], placed: &Placed, read: Vec<Option<Body>>) -> Result<Loaded, Fault> {
    let mut loaded: Loaded = keys.iter().map(|key| (*key, None)).collect();
    for ((location, at, digest), body) in placed.iter().zip(read) {
        let wrong = || Fault::BodyWrong(**location);
        let key = keys.get(*at).ok_or_else(wrong)?;
        let body = body.ok_or_else(wrong)?;
        let (_, value) = body.split().ok_or_else(wrong)?;
        if body_digest(key, value) != *digest {
            return Err(wrong());
        }
        loaded.insert(*key, Some(value.to_vec()));
    }
    Ok(loaded)
}

/// Writes in key order and computes the roots.
pub async fn seal<E: Runtime>(
    stage: Stage<E>,
    writes: &BTreeMap<StateKey, Option<Vec<u8>>>,
) -> Result<(Sealed<E>, Roots), Fault> {
    let Stage {
        slots: places,
        records,
        mut bodies,
    } = stage;
    let mut slots = vec![Slot::Keep; places.len()];
    let mut unstaged = Vec::new();
    for (key, value) in writes {
        let record = value.as_ref().map(|value| {
            let record = Record::new(*bodies.size(), key, value).to_bytes();
            (record, Body::new(key, value))
        });
        let slot = places.get(key).and_then(|at| slots.get_mut(*at));
        let record = match record {
            Some((record, body)) => {
                bodies = bodies.append(body);
                Some(record)
            }
            None => None,
        };
        match (slot, record) {
            (Some(slot), Some(record)) => *slot = Slot::Put(record),
            (Some(slot), None) => *slot = Slot::Delete,
            (None, record) => unstaged.push((key_of(key), record)),
        }
    }
    let records = records
        .merkleize(slots, unstaged)
        .await
        .map_err(|error| Fault::storage("records", error))?;
    // The floor is written in every batch from the start, so that raising it later changes no format.
    let bodies = bodies
        .with_inactivity_floor(Location::new(0))
        .merkleize()
        .await
        .map_err(|error| Fault::storage("bodies", error))?;
    let roots = Roots {
        state: records.root(),
        records: SyncTarget::new(
            records.ops_root(),
            non_empty_range!(records.sync_boundary(), records.bounds().tip.size),
        ),
        bodies: SyncTarget::new(
            bodies.root(),
            non_empty_range!(bodies.bounds().inactivity_floor, bodies.bounds().tip.size),
        ),
    };
    Ok(((records, bodies), roots))
}

/// Values of `keys` at the applied tip, with the state root they stand under.
///
/// The two databases are applied one beside the other; a read that falls between them is told by `consistent`
/// from the roots that it saw, and is done again.
pub async fn values<E: Runtime>(
    databases: &Databases<E>,
    keys: &[StateKey],
    consistent: impl Fn(&Digest, u64) -> bool,
) -> Result<Option<Loaded>, Fault> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    let digests: Vec<Digest> = keys.iter().map(key_of).collect();
    let wanted: Vec<&Digest> = digests.iter().collect();
    let records = databases.0.read().await;
    let bodies = databases.1.read().await;
    if !consistent(&records.root(), *bodies.bounds().end) {
        return Ok(None);
    }
    let found = records
        .get_many(&wanted)
        .await
        .map_err(|error| Fault::storage("records", error))?;
    let placed = place(&keys, &found);
    let locations: Vec<_> = placed.iter().map(|item| item.0).collect();
    let read = bodies
        .get_many(&locations)
        .await
        .map_err(|error| Fault::storage("bodies", error))?;
    join(&keys, &placed, read).map(Some)
}

/// What the records at the applied tip say of `key`, if `consistent` holds for their root.
pub async fn claim<E: Runtime>(
    databases: &Databases<E>,
    key: &StateKey,
    consistent: impl Fn(&Digest, u64) -> bool,
) -> Result<Option<(Digest, Claim)>, Fault> {
    let records = databases.0.read().await;
    let bodies = databases.1.read().await;
    let root = records.root();
    if !consistent(&root, *bodies.bounds().end) {
        return Ok(None);
    }
    let storage = |error| Fault::storage("records", error);
    let digest = key_of(key);
    let Some(record) = records.get(&digest).await.map_err(storage)? else {
        let proof = records.exclusion_proof(&digest).await.map_err(storage)?;
        return Ok(Some((root, Claim::Excluded { proof })));
    };
    let record = Record::from_bytes(&record);
    let wrong = || Fault::BodyWrong(record.location);
    let body = bodies
        .get(Location::new(record.location))
        .await
        .map_err(|error| Fault::storage("bodies", error))?
        .ok_or_else(wrong)?;
    let (_, value) = body.split().ok_or_else(wrong)?;
    if body_digest(key, value) != record.digest {
        return Err(wrong());
    }
    let claim = Claim::Included {
        value: List::new(value.to_vec()).map_err(|_| wrong())?,
        location: record.location,
        proof: records.key_value_proof(digest).await.map_err(storage)?,
    };
    Ok(Some((root, claim)))
}
