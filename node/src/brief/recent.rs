//! Transactions that were heard lately, by fingerprint, judged or not: what a block in brief is put together from.
use amanat_types::Digest;
use bytes::Bytes;
use commonware_utils::sync::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Bytes of one generation; two are kept. The bytes of what waits in the pool are the same ones.
const GENERATION_BYTES: usize = 12 * 1024 * 1024;

#[derive(Default)]
struct Generations {
    newer: HashMap<Digest, Bytes>,
    older: HashMap<Digest, Bytes>,
    bytes: usize,
}

/// A bounded memory: when the newer half is full, the older half is forgotten. What is forgotten is asked for. Clones share it.
#[derive(Clone, Default)]
pub struct Recent(Arc<Mutex<Generations>>);

impl Recent {
    /// Keeps a transaction.
    pub fn keep(&self, fingerprint: Digest, bytes: Bytes) {
        let mut recent = self.0.lock();
        if recent.newer.contains_key(&fingerprint) {
            return;
        }
        if recent.bytes.saturating_add(bytes.len()) > GENERATION_BYTES {
            recent.older = std::mem::take(&mut recent.newer);
            recent.bytes = 0;
        }
        recent.bytes += bytes.len();
        recent.newer.insert(fingerprint, bytes);
    }

    /// A transaction, if it was heard lately.
    pub fn find(&self, fingerprint: &Digest) -> Option<Bytes> {
        let recent = self.0.lock();
        let found = recent.newer.get(fingerprint);
        found.or_else(|| recent.older.get(fingerprint)).cloned()
    }
}
