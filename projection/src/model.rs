//! The read model of one member: its store, the height up to which it was folded, and the tickets that are open.
use crate::fold::{Fold, Lookups, Tip};
use crate::store::{Store, Table, Urgency};
use amanat_client::Fault;
use amanat_types::wire::{BlockEvents, EventPage};
use amanat_types::{Digest, Height, TicketId, TimestampMs};
use commonware_codec::{DecodeExt as _, Encode as _};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const TIP: Table = Table::new("tip");
const SHAPE: Table = Table::new("shape");
/// Which tables there are, and what their rows hold. A model of another shape is emptied and folded again: the next number goes with every
/// change of either.
const SHAPE_NUMBER: u16 = 4;
/// Blocks that may be folded again after a crash; each durable write costs an fsync, and a block comes several times a second.
const VOLATILE_BLOCKS_MAX: u64 = 64;

/// The read model. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct ReadModel {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    folding: Mutex<Folding>,
}

/// What the one writer knows without asking the store.
struct Folding {
    tip: Tip,
    written: Height,
    durable: Height,
    /// Open tickets by their end.
    ends: BTreeSet<(TimestampMs, TicketId)>,
    /// Set while a write is under way: if it failed, the store is not what memory says.
    broken: bool,
}

pub(crate) fn damaged(why: impl std::fmt::Display) -> Fault {
    Fault::Damaged {
        what: "the read model".into(),
        why: why.to_string(),
    }
}

pub(crate) fn decode<T>(bytes: &[u8]) -> Result<T, Fault>
where
    T: commonware_codec::Read<Cfg = ()>,
{
    T::decode(bytes.to_vec()).map_err(damaged)
}

impl ReadModel {
    /// Opens or creates the read model in `file`, encrypted under `storage`. One that an earlier program wrote in another shape is emptied,
    /// and folded again from the ledger.
    pub fn open(file: &Path, storage: &[u8; 32]) -> Result<Self, Fault> {
        let store = Store::open(file, storage)?;
        shape(&store)?;
        let view = store.view()?;
        let tip = view.get(TIP, b"", b"")?;
        let tip: Tip = tip.map_or(Ok(Tip::START), |bytes| decode(&bytes))?;
        let ends = crate::fold::open_tickets(&view)?;
        drop(view);
        let folding = Folding {
            written: tip.height,
            durable: tip.height,
            tip,
            ends,
            broken: false,
        };
        Ok(Self {
            shared: Arc::new(Shared {
                store,
                folding: Mutex::new(folding),
            }),
        })
    }

    pub(crate) fn store(&self) -> &Store {
        &self.shared.store
    }

    fn folding(&self) -> MutexGuard<'_, Folding> {
        let lock = self.shared.folding.lock();
        lock.unwrap_or_else(PoisonError::into_inner)
    }

    /// Height up to which the ledger was folded, blocks without transactions included; 0 before the first.
    pub fn height(&self) -> Height {
        self.folding().tip.height
    }

    /// Time of that block.
    pub fn time_ms(&self) -> TimestampMs {
        self.folding().tip.time_ms
    }

    /// Digest of the whole content in the clear: refolding the same events and journals gives the same.
    ///
    /// The height is not content: blocks without transactions move it, and nothing else.
    pub fn fingerprint(&self) -> Result<Digest, Fault> {
        self.store().fingerprint(&[TIP])
    }

    /// Folds a page; blocks at or below the height are passed over. Gives the height up to which the ledger is known then.
    ///
    /// `lookups` holds what these blocks' events leave to the state ([`crate::follower::lookups`]).
    /// Faults: `Protocol` if blocks are out of order or a look-up is missing, then nothing is folded; `Storage`, after which the
    /// model must be opened anew.
    pub fn fold(&self, page: &EventPage, lookups: &Lookups) -> Result<Height, Fault> {
        let mut folding = self.folding();
        if folding.broken {
            return Err(damaged("an earlier write failed: open it anew"));
        }
        let known = folding.tip.height;
        let fresh: Vec<&BlockEvents> = page.blocks.iter().filter(|b| b.height > known).collect();
        let end = end_of(page, folding.tip)?;
        // Idle blocks are noted in memory, and written now and then, so that a restart has not far to go.
        if fresh.is_empty() && end.height.since(folding.written) < VOLATILE_BLOCKS_MAX {
            folding.tip = end;
            return Ok(end.height);
        }
        let urgency = match end.height.since(folding.durable) >= VOLATILE_BLOCKS_MAX {
            true => Urgency::Durable,
            false => Urgency::Later,
        };
        folding.broken = true;
        let mut fold = Fold::new(folding.tip, folding.ends.clone(), lookups);
        let written = self.store().write(urgency, |batch| {
            for block in &fresh {
                fold.block(batch, block)?;
            }
            batch.put(TIP, b"", b"", &end.encode())
        });
        // A page against the protocol is dropped whole: nothing was committed, so memory still agrees with the store.
        folding.broken = matches!(written, Err(Fault::Storage { .. } | Fault::Damaged { .. }));
        written?;
        folding.ends = fold.finish();
        folding.tip = end;
        folding.written = end.height;
        if urgency == Urgency::Durable {
            folding.durable = end.height;
        }
        Ok(end.height)
    }

    /// Makes everything folded so far durable.
    pub fn flush(&self) -> Result<(), Fault> {
        let mut folding = self.folding();
        let tip = folding.tip;
        self.store().write(Urgency::Durable, |batch| {
            batch.put(TIP, b"", b"", &tip.encode())
        })?;
        folding.written = tip.height;
        folding.durable = tip.height;
        Ok(())
    }

    /// Open tickets whose time is over at the tip, although no block with a transaction came since.
    pub(crate) fn ended_since(&self) -> Vec<(TimestampMs, TicketId)> {
        let folding = self.folding();
        let now = folding.tip.time_ms;
        let ended = folding.ends.iter().take_while(|(end_ms, _)| *end_ms <= now);
        ended.copied().collect()
    }
}

/// Empties a store of another shape.
fn shape(store: &Store) -> Result<(), Fault> {
    let known = store.view()?.get(SHAPE, b"", b"")?;
    if known.as_deref() == Some(&SHAPE_NUMBER.to_be_bytes()) {
        return Ok(());
    }
    store.write(Urgency::Durable, |batch| {
        batch.clear()?;
        batch.put(SHAPE, b"", b"", &SHAPE_NUMBER.to_be_bytes())
    })
}

/// Where a page leads: the height below its `next`, and the latest block time that it tells.
fn end_of(page: &EventPage, tip: Tip) -> Result<Tip, Fault> {
    let last = page.blocks.last();
    let next = page.next.get();
    let outside = last.is_some_and(|block| block.height >= page.next);
    if outside || page.next > page.tip.plus(1).max(tip.height.plus(1)) {
        let what = format!("a page goes on at {next}");
        return Err(Fault::protocol("the own node", what));
    }
    let height = Height::new(next.saturating_sub(1)).max(tip.height);
    let mut time_ms = last.map_or(tip.time_ms, |block| block.time_ms);
    if height == page.tip {
        time_ms = time_ms.max(page.time_ms);
    }
    Ok(Tip {
        height,
        time_ms: time_ms.max(tip.time_ms),
    })
}
