//! Where a replay starts that does not start at genesis: the state after a block, from a stopped node's own databases.
//!
//! Nothing of the folder is trusted. The block's header is finalised by validators that the boundary headers lead to, from the genesis or
//! from a checkpoint that the operator brings. A copy of the databases is opened at the header's sync targets, which the engine
//! compares; then the root, and every value with its proof under that root, in one closed ring of keys, so that none is missing
//! and none is another. A node keeps the changes of its last blocks only: what is older is refused, with the lowest block that can be had.
use super::{Broken, Source, Stop};
use crate::fault::Fault;
use crate::store::{self, Bodies, Databases, Records, Runtime};
use amanat_types::block::{Block, Header, Roster};
use amanat_types::proof::{Checkpoint, Record, RecordEncoding, body_digest, step};
use amanat_types::{Digest, Genesis, StateKey};
use commonware_codec::DecodeExt as _;
use commonware_cryptography::Sha256;
use commonware_glue::stateful::db::{InitError, ManagedDb, Shared};
use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::journal;
use commonware_storage::merkle::{Location, mmr};
use commonware_storage::qmdb;
use commonware_utils::NZUsize;
use futures::StreamExt as _;
use std::path::PathBuf;

/// Pages of 4 KiB in the cache.
const CACHE_PAGES: usize = 4096;

/// From which block on a ledger is executed again, if not from the first.
pub struct Start {
    /// The block; it is not executed, those after it are.
    pub height: u64,
    /// Whom to trust to begin with; else the genesis alone.
    pub checkpoint: Option<Checkpoint>,
    /// The ledger's folder of the stopped node whose state it is, which the caller keeps nodes off.
    pub folder: PathBuf,
    /// Prefix of the node's partitions.
    pub prefix: String,
}

/// What there is at the start.
pub(super) struct Opened<E: Runtime> {
    pub(super) databases: Databases<E>,
    pub(super) values: u64,
}

/// How the databases can be opened at a header's targets.
enum Tried<E: Runtime> {
    /// They hold that state.
    Fits(Box<(Records<E>, Bodies<E>)>),
    /// Its changes were dropped.
    Dropped,
    /// They do not reach so far.
    Ahead,
}

/// The validators of `epoch`, by the last headers of the epochs before it.
pub(super) async fn roster(
    genesis: &Genesis,
    checkpoint: Option<&Checkpoint>,
    epoch: u64,
    source: &mut dyn Source,
) -> Result<Roster, Stop> {
    let from = match checkpoint {
        Some(checkpoint) => checkpoint.clone(),
        None => Checkpoint::genesis(genesis)
            .map_err(|error| Stop::Unknown(format!("the genesis: {error}")))?,
    };
    if from.network != genesis.digest() {
        return Err(Stop::Unknown("the checkpoint is of another network".into()));
    }
    if from.epoch > epoch {
        let why = format!(
            "the checkpoint is of epoch {}, and the block of epoch {epoch}, before it",
            from.epoch
        );
        return Err(Stop::Unknown(why));
    }
    let mut roster = from.roster;
    for at in from.epoch..epoch {
        let Some(boundary) = source.boundary(at).await? else {
            let why = format!(
                "the last header of epoch {at} is missing: name a checkpoint of an epoch after it, up to {epoch}"
            );
            return Err(Stop::Unknown(why));
        };
        let next = step(genesis, (at, &roster), &boundary);
        roster = next.map_err(|error| Broken::Certificate(format!("of epoch {at}: {error}")))?;
    }
    Ok(roster)
}

/// Opens the copy of the databases that lies where `context` keeps its files, as they were after `header`, and checks all of it.
pub(super) async fn open<E: Runtime>(
    context: &E,
    prefix: &str,
    header: &Header,
    source: &mut dyn Source,
) -> Result<Opened<E>, Stop> {
    let (records, bodies) = match attempt(context, prefix, header).await? {
        Tried::Fits(both) => *both,
        Tried::Ahead => {
            let why = "the node had not executed this block when it stopped";
            return Err(Stop::Unknown(why.into()));
        }
        Tried::Dropped => {
            return Err(Stop::Unknown(
                dropped(context, prefix, header, source).await?,
            ));
        }
    };
    if records.root() != header.state_root {
        return Err(Broken::State("its root is another".into()).into());
    }
    let values = whole(&records, &bodies, &header.state_root).await?;
    Ok(Opened {
        databases: (
            Shared::new("replayed records", records),
            Shared::new("replayed bodies", bodies),
        ),
        values,
    })
}

async fn attempt<E: Runtime>(context: &E, prefix: &str, header: &Header) -> Result<Tried<E>, Stop> {
    // Databases are opened more than once, and each has its own metrics.
    let at = |name| context.child(name).with_attribute("height", header.height);
    let cache = CacheRef::new(crate::config::PAGE, NZUsize!(CACHE_PAGES));
    let (records, bodies) = store::config::<E>(prefix, &cache);
    let target = header.records.clone();
    let opened = <Records<E> as ManagedDb<E>>::init(at("records"), records, Some(target));
    let records = match opened.await {
        Ok(records) => records,
        Err(error) => {
            return judged(error, *header.records.range.end(), |target| {
                *target.range.end()
            });
        }
    };
    let target = header.bodies.clone();
    let opened = <Bodies<E> as ManagedDb<E>>::init(at("bodies"), bodies, Some(target));
    match opened.await {
        Ok(bodies) => Ok(Tried::Fits(Box::new((records, bodies)))),
        Err(error) => judged(error, *header.bodies.range.end(), |target| {
            *target.range.end()
        }),
    }
}

/// What an error of the engine says of the databases.
fn judged<E: Runtime, T: std::fmt::Debug>(
    error: InitError<qmdb::Error<mmr::Family>, T>,
    wanted: u64,
    end: impl Fn(&T) -> u64,
) -> Result<Tried<E>, Stop> {
    match error {
        InitError::TargetMismatch { recovered, .. } if end(&recovered) < wanted => Ok(Tried::Ahead),
        InitError::TargetMismatch { .. } => {
            Err(Broken::State("it is that of another block".into()).into())
        }
        InitError::Database(
            qmdb::Error::HistoricalFloorPruned(_)
            | qmdb::Error::OperationPruned(_)
            | qmdb::Error::Journal(journal::Error::ItemPruned(_)),
        ) => Ok(Tried::Dropped),
        InitError::Database(error) => Err(Broken::State(error.to_string()).into()),
    }
}

/// Says from which block on the state can be had: the databases are tried, and those that are dropped are left as they are.
async fn dropped<E: Runtime>(
    context: &E,
    prefix: &str,
    header: &Header,
    source: &mut dyn Source,
) -> Result<String, Stop> {
    let (mut without, mut with) = (header.height.get(), source.tip().await?);
    let highest = with;
    while with.saturating_sub(without) > 1 {
        let middle = without.midpoint(with);
        let Some(bytes) = source.block(middle).await? else {
            break;
        };
        let block = Block::decode(bytes).map_err(|error| Broken::Shape(error.to_string()))?;
        match attempt(context, prefix, block.header()).await? {
            Tried::Dropped => without = middle,
            Tried::Fits(_) | Tried::Ahead => with = middle,
        }
    }
    let height = header.height;
    Ok(match with < highest {
        true => format!(
            "the changes of the state up to block {height} were dropped (`state_blocks`): the lowest block whose state can be had here is {with}"
        ),
        false => {
            format!("the changes of the state up to block {height} were dropped (`state_blocks`)")
        }
    })
}

/// Checks every value under `root`; says how many there are.
async fn whole<E: Runtime>(
    records: &Records<E>,
    bodies: &Bodies<E>,
    root: &Digest,
) -> Result<u64, Stop> {
    let failed = |error| Stop::Fault(Fault::storage("records", error));
    let wrong = |what: &str| Stop::Broken(Broken::State(what.into()));
    let (mut values, mut ring) = (0u64, Ring::default());
    let mut all = records.stream_range(..).boxed();
    while let Some(found) = all.next().await {
        let (key, bytes) = found.map_err(failed)?;
        let proof = records.key_value_proof(key).await.map_err(failed)?;
        if !proof.verify::<Sha256, RecordEncoding>(key, bytes.clone(), root) {
            return Err(wrong("a record is not the one under its root"));
        }
        let record = Record::from_bytes(&bytes);
        let body = bodies.get(Location::new(record.location)).await;
        let body = body.ok().flatten();
        let digest = body.as_ref().and_then(|body| body.split());
        let digest = digest.map(|(_, value)| body_digest(&StateKey::new(key.0), value));
        if digest != Some(record.digest) {
            return Err(wrong("a value is not the one that its record names"));
        }
        if !ring.follows(key, proof.next_key) {
            return Err(wrong("a key is missing between two others"));
        }
        values = values.saturating_add(1);
    }
    match ring.is_closed() {
        true => Ok(values),
        false => Err(wrong("keys at an end are missing")),
    }
}

/// Keys in their order: each record names the key of the next, and the last that of the first, so that a ring that closes has all.
#[derive(Default)]
struct Ring {
    first: Option<Digest>,
    next: Option<Digest>,
}

impl Ring {
    /// Takes the next key and the one that it names; whether it is the one that the key before it named.
    fn follows(&mut self, key: Digest, next: Digest) -> bool {
        let named = self.next.replace(next);
        self.first.get_or_insert(key);
        named.is_none_or(|named| named == key)
    }

    fn is_closed(&self) -> bool {
        self.first == self.next
    }
}

#[cfg(test)]
mod tests {
    use super::Ring;
    use amanat_types::Digest;

    fn ring(links: &[(u8, u8)]) -> (bool, bool) {
        let key = |byte: u8| Digest::from([byte; 32]);
        let mut ring = Ring::default();
        let follow = links
            .iter()
            .all(|(at, next)| ring.follows(key(*at), key(*next)));
        (follow, ring.is_closed())
    }

    #[test]
    fn a_ring_with_a_key_missing_anywhere_does_not_close() {
        assert_eq!(ring(&[]), (true, true));
        assert_eq!(ring(&[(1, 1)]), (true, true));
        assert_eq!(ring(&[(1, 2), (2, 5), (5, 1)]), (true, true));
        // The first, one between, and the last is missing.
        assert_eq!(ring(&[(2, 5), (5, 1)]), (true, false));
        assert!(!ring(&[(1, 2), (5, 1)]).0);
        assert_eq!(ring(&[(1, 2), (2, 5)]), (true, false));
    }
}
