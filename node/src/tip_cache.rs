//! Values of the state at the finalised tip, in memory: what a read finds here asks no database.
//!
//! Nothing here is older than the tip, by construction. The values are of one header, which moves with [`TipCache::advance`]: the writes of the
//! next block replace what they change in the same step, and a header that is no child of the one before drops everything. What was
//! read from the databases comes in only while the tip is still the header at which it was read ([`TipCache::fill`]). Nor do answers go back: once
//! somebody has read in the databases what is newer, nothing is given until the tip is there.
//!
//! The databases cache pages of the disk, of which a value is a small part, and walk a tree to a key; here only what was asked for
//! takes room. A look-up needs no order of keys, and those of many requests are fetched together.
mod ring;
#[cfg(test)]
mod tests;

use crate::execution::Writes;
use crate::store::Loaded;
use amanat_contracts::release::Known;
use amanat_types::block::Header;
use amanat_types::{Height, StateKey};
use commonware_utils::sync::RwLock;
use ring::Ring;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The values, shared by clones.
#[derive(Clone)]
pub struct TipCache(Arc<Shared>);

struct Shared {
    inner: RwLock<Inner>,
    from_memory: AtomicU64,
    from_databases: AtomicU64,
}

/// Reads of the state at the tip since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Of which every value was in memory.
    pub from_memory: u64,
    /// Of which one was not.
    pub from_databases: u64,
}

struct Inner {
    tip: Option<Arc<Header>>,
    /// The newest that somebody has read of: the databases take a block over a moment before the tip moves to it.
    seen: Height,
    values: Ring,
}

/// Values at one tip, which stays while they are looked at.
pub struct AtTip<'c> {
    /// The tip.
    pub header: &'c Arc<Header>,
    values: &'c Ring,
}

impl AtTip<'_> {
    /// What is known of each of `keys`.
    pub fn find(&self, keys: &[StateKey]) -> Vec<Known<'_>> {
        self.values.find(keys)
    }

    /// Values of `keys`, if all of them are known.
    pub fn load(&self, keys: &[StateKey]) -> Option<Loaded> {
        let found = keys.iter().zip(self.find(keys));
        let loaded = found.map(|(key, known)| Some((*key, known?.map(<[u8]>::to_vec))));
        loaded.collect()
    }
}

impl TipCache {
    /// An empty cache that takes `bytes` of memory. Fewer than 4 KiB keep nothing.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Shared {
            inner: RwLock::new(Inner {
                tip: None,
                seen: Height::new(0),
                values: Ring::new(bytes),
            }),
            from_memory: AtomicU64::new(0),
            from_databases: AtomicU64::new(0),
        }))
    }

    /// Counts a read of which every value was in memory.
    pub(crate) fn count_memory(&self) {
        self.0.from_memory.fetch_add(1, Relaxed);
    }

    /// Counts a read that went to the databases.
    pub(crate) fn count_databases(&self) {
        self.0.from_databases.fetch_add(1, Relaxed);
    }

    /// What was counted.
    pub fn reads(&self) -> Reads {
        Reads {
            from_memory: self.0.from_memory.load(Relaxed),
            from_databases: self.0.from_databases.load(Relaxed),
        }
    }

    /// Looks at the values of the tip; `None` before the first block since the start, and while a newer one was read of in the databases.
    pub fn look<T>(&self, look: impl FnOnce(AtTip<'_>) -> T) -> Option<T> {
        let inner = self.0.inner.read();
        let header = inner.tip.as_ref().filter(|tip| tip.height >= inner.seen)?;
        Some(look(AtTip {
            header,
            values: &inner.values,
        }))
    }

    /// Moves the tip to `header`, whose block made `writes`.
    pub fn advance(&self, header: Arc<Header>, writes: &Writes) {
        let mut inner = self.0.inner.write();
        let next = inner
            .tip
            .as_ref()
            .is_some_and(|tip| header.parent == tip.digest());
        if !next {
            inner.values.clear();
        }
        for (key, value) in writes {
            inner.values.put(key, value.as_deref());
        }
        inner.tip = Some(header);
    }

    /// Keeps what the databases had at `header`, unless the tip has moved since.
    pub fn fill(&self, header: &Header, loaded: &Loaded) {
        let mut inner = self.0.inner.write();
        inner.seen = inner.seen.max(header.height);
        if inner.tip.as_deref() == Some(header) {
            for (key, value) in loaded {
                if !inner.values.knows(key) {
                    inner.values.put(key, value.as_deref());
                }
            }
        }
    }

    /// Notes that somebody has read the databases at `height`: nothing older is given from here on.
    pub fn saw(&self, height: Height) {
        if self.0.inner.read().seen >= height {
            return;
        }
        let mut inner = self.0.inner.write();
        inner.seen = inner.seen.max(height);
    }
}
