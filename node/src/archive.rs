//! Receipts and events, kept by height beside the blocks, and where each transaction stands.
//!
//! The outcome of a block is durable before the block's state is acknowledged, so nothing that a client was
//! told of is lost with a crash. The index from transaction to place is written lazily: after a crash
//! it is completed from the outcomes. Neither is ever pruned here.
use crate::config::Frame;
use crate::fault::Fault;
use crate::packed::Packed;
use crate::store::Runtime;
use amanat_types::wire::{BlockEvents, Finalized};
use amanat_types::{Digest, Height, TransactionId};
use commonware_glue::stateful::db::Shared;
use commonware_runtime::Handle;
use commonware_storage::archive::{Archive as _, Identifier, MultiArchive as _, prunable};
use commonware_storage::translator::EightCap;
use commonware_utils::NZUsize;

type Outcomes<E> = prunable::Archive<EightCap, E, Digest, Packed>;
type Index<E> = prunable::Archive<EightCap, E, Digest, Place>;

/// Blocks between two syncs of the index.
const INDEX_SYNC_BLOCKS: u64 = 64;
/// Position in an entry that only marks a height as indexed; no transaction stands there.
pub(crate) const MARK: u32 = u32::MAX;

/// Where a finalised transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Height of its block.
    pub height: Height,
    /// Position in its block.
    pub position: u32,
}
amanat_types::codec_struct!(Place { height, position });

/// The archive; clones share it.
pub struct Archive<E: Runtime> {
    outcomes: Shared<Outcomes<E>>,
    index: Shared<Index<E>>,
}

impl<E: Runtime> Clone for Archive<E> {
    fn clone(&self) -> Self {
        Self {
            outcomes: self.outcomes.clone(),
            index: self.index.clone(),
        }
    }
}

/// Configuration of a prunable archive of this node.
pub fn config<C>(frame: &Frame, name: &str, codec_config: C) -> prunable::Config<EightCap, C> {
    let prefix = &frame.prefix;
    prunable::Config {
        translator: EightCap,
        metadata_partition: format!("{prefix}-{name}-meta"),
        key_partition: format!("{prefix}-{name}-key"),
        key_page_cache: frame.cache.clone(),
        value_partition: format!("{prefix}-{name}-value"),
        compression: None,
        codec_config,
        items_per_section: frame.section,
        key_write_buffer: NZUsize!(32 * 1024),
        value_write_buffer: NZUsize!(128 * 1024),
        replay_buffer: NZUsize!(1 << 20),
    }
}

impl<E: Runtime> Archive<E> {
    /// Opens the archive and completes the index from the outcomes.
    pub async fn open(context: E, frame: &Frame) -> Result<Self, Fault> {
        let outcomes = Outcomes::init(context.child("outcomes"), config(frame, "outcomes", ()))
            .await
            .map_err(|error| Fault::storage("outcomes", error))?;
        let mut index = Index::init(
            context.child("transactions"),
            config(frame, "transactions", ()),
        )
        .await
        .map_err(|error| Fault::storage("index of transactions", error))?;
        let last = outcomes.last_index().unwrap_or(0);
        for height in index.last_index().unwrap_or(0)..=last {
            if let Some(outcome) = at(&outcomes, height).await? {
                index = insert(index, &outcome, true).await?;
            }
        }
        let index = index
            .sync()
            .await
            .map_err(|error| Fault::storage("index of transactions", error))?;
        Ok(Self {
            outcomes: Shared::new("outcomes", outcomes),
            index: Shared::new("transactions", index),
        })
    }

    /// Stores what a block did; the handle resolves once it is durable.
    pub async fn put(&self, digest: Digest, outcome: &BlockEvents) -> Result<Handle<()>, Fault> {
        let height = outcome.height.get();
        let (slot, outcomes) = self.outcomes.write().await;
        let (outcomes, durable) = outcomes
            .put_start_sync(height, digest, &Packed::new(outcome))
            .await
            .map_err(|error| Fault::storage("outcomes", error))?;
        slot.put(outcomes);
        let (slot, index) = self.index.write().await;
        // A block that comes again after a crash may stand in the index already.
        let again = index.last_index().is_some_and(|last| last >= height);
        let mut index = insert(index, outcome, again).await?;
        if height.is_multiple_of(INDEX_SYNC_BLOCKS) {
            let mark = amanat_types::digest("amanat/index/mark", &[&height.to_be_bytes()]);
            let place = Place {
                height: outcome.height,
                position: MARK,
            };
            index = index
                .put_multi_sync(height, mark, &place)
                .await
                .map_err(|error| Fault::storage("index of transactions", error))?;
        }
        slot.put(index);
        Ok(durable)
    }

    /// The lowest height from which on nothing is missing up to the newest outcome.
    pub async fn first(&self) -> Option<Height> {
        let outcomes = self.outcomes.read().await;
        let last = outcomes.ranges().last();
        last.map(|(first, _)| Height::new(first))
    }

    /// Whether no outcome up to that of the block at `tip` is still to be fetched. While one is, nobody can say that a transaction is not final.
    pub async fn whole(&self, tip: Height) -> bool {
        let first = self.first().await;
        first.map_or(tip.get() == 0, |first| first.get() <= 1)
    }

    /// Keeps outcomes of older blocks, descending from the first that is here. The index is durable before they are, and all are when this returns.
    pub async fn keep(&self, older: Vec<(Digest, BlockEvents)>) -> Result<(), Fault> {
        let (slot, mut index) = self.index.write().await;
        for (_, outcome) in &older {
            index = insert(index, outcome, true).await?;
        }
        let synced = index.sync().await;
        slot.put(synced.map_err(|error| Fault::storage("index of transactions", error))?);
        let storage = |error| Fault::storage("outcomes", error);
        let (slot, mut outcomes) = self.outcomes.write().await;
        for (digest, outcome) in &older {
            let height = outcome.height.get();
            let put = outcomes.put(height, *digest, &Packed::new(outcome)).await;
            outcomes = put.map_err(storage)?;
        }
        slot.put(outcomes.sync().await.map_err(storage)?);
        Ok(())
    }

    /// What the block at `height` did.
    pub async fn outcome(&self, height: Height) -> Result<Option<BlockEvents>, Fault> {
        let outcomes = self.outcomes.read().await;
        at(&outcomes, height.get()).await
    }

    /// Where a transaction stands, if it is finalised.
    pub async fn place(&self, id: &TransactionId) -> Result<Option<Place>, Fault> {
        let key = Digest::from(*id.as_bytes());
        let index = self.index.read().await;
        let found = index
            .get(Identifier::Key(&key))
            .await
            .map_err(|error| Fault::storage("index of transactions", error))?;
        Ok(found)
    }

    /// Where a transaction stands and what its block did, if both are here: of what is being fetched the index comes first.
    pub async fn placed(&self, id: &TransactionId) -> Result<Option<(Place, BlockEvents)>, Fault> {
        let Some(place) = self.place(id).await? else {
            return Ok(None);
        };
        // Asked before: what is fetched meanwhile is not missing.
        let first = self.first().await;
        match self.outcome(place.height).await? {
            Some(outcome) => Ok(Some((place, outcome))),
            None if first.is_none_or(|first| place.height < first) => Ok(None),
            None => Err(Fault::OutcomeMissing(place.height)),
        }
    }

    /// What became of a transaction, if it is finalised and was not in a block whose outcome is still to be fetched.
    pub async fn find(&self, id: &TransactionId) -> Result<Option<Finalized>, Fault> {
        let Some((place, outcome)) = self.placed(id).await? else {
            return Ok(None);
        };
        let missing = || Fault::OutcomeMissing(place.height);
        let at = usize::try_from(place.position).unwrap_or(usize::MAX);
        let receipt = outcome.receipts.get(at).ok_or_else(missing)?;
        let events = outcome.events.get(at).ok_or_else(missing)?;
        Ok(Some(Finalized {
            height: place.height,
            time_ms: outcome.time_ms,
            receipt: receipt.clone(),
            events: events.clone(),
        }))
    }
}

/// The outcome of a height.
async fn at<E: Runtime>(outcomes: &Outcomes<E>, height: u64) -> Result<Option<BlockEvents>, Fault> {
    let storage = |error: &dyn std::fmt::Display| Fault::storage("outcomes", error);
    let packed = outcomes.get(Identifier::Index(height)).await;
    let packed = packed.map_err(|error| storage(&error))?;
    let outcome = packed.map(|packed| packed.open::<BlockEvents>());
    outcome.transpose().map_err(|error| storage(&error))
}

/// Adds the transactions of one block; those that stand there already are passed over if it comes `again`.
async fn insert<E: Runtime>(
    mut index: Index<E>,
    outcome: &BlockEvents,
    again: bool,
) -> Result<Index<E>, Fault> {
    let height = outcome.height.get();
    for (position, receipt) in (0u32..).zip(outcome.receipts.iter()) {
        let key = Digest::from(*receipt.transaction.as_bytes());
        if again {
            let present = index.has_at(height, &key).await;
            if present.map_err(|error| Fault::storage("index of transactions", error))? {
                continue;
            }
        }
        let place = Place {
            height: outcome.height,
            position,
        };
        index = index
            .put_multi(height, key, &place)
            .await
            .map_err(|error| Fault::storage("index of transactions", error))?;
    }
    Ok(index)
}
