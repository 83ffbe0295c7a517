//! The waiting transactions themselves: a bounded queue in order of arrival.
//!
//! A proposal is not a commitment: a transaction stays until it is finalised, refused or expired. While it stands in
//! a block that is not final it is *placed*: it is not offered again until that height is decided, and
//! then it waits again unless the finalised block held it.
use crate::mempool::{Limits, Origin};
use amanat_types::block::Parcel;
use amanat_types::wire::Submitted;
use amanat_types::{Height, Refusal, TransactionId};
use commonware_cryptography::ed25519;
use commonware_utils::channel::oneshot;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::SystemTime;

/// Whoever waits for a transaction to be finalised.
pub type Waiter = oneshot::Sender<Submitted>;

struct Entry {
    parcel: Arc<Parcel>,
    origin: Origin,
    order: u64,
    forwarded: SystemTime,
    /// Height of the parent, not final then, on which a block could not hold it.
    doubted: Option<Height>,
    waiters: Vec<Waiter>,
}

/// Waiting transactions.
pub struct Pool {
    limits: Limits,
    entries: HashMap<TransactionId, Entry>,
    /// Offered to the next block, by order of arrival.
    fresh: BTreeMap<u64, TransactionId>,
    /// Standing in blocks that are not final, by height.
    placed: BTreeMap<u64, Vec<TransactionId>>,
    /// By last valid height.
    expiry: BTreeMap<u64, Vec<TransactionId>>,
    /// Bytes that came from each peer.
    shares: BTreeMap<ed25519::PublicKey, usize>,
    bytes: usize,
    next: u64,
}

impl Pool {
    /// An empty pool.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            entries: HashMap::new(),
            fresh: BTreeMap::new(),
            placed: BTreeMap::new(),
            expiry: BTreeMap::new(),
            shares: BTreeMap::new(),
            bytes: 0,
            next: 0,
        }
    }

    /// Transactions held.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Transactions that wait for a block.
    pub fn fresh(&self) -> usize {
        self.fresh.len()
    }

    /// Adds a waiter to a transaction that is held; gives it back otherwise.
    pub fn wait(&mut self, id: &TransactionId, waiter: Waiter) -> Option<Waiter> {
        match self.entries.get_mut(id) {
            Some(entry) => {
                entry.waiters.push(waiter);
                None
            }
            None => Some(waiter),
        }
    }

    /// Whether there is room for `bytes` more from `origin`.
    fn room(&self, bytes: usize, origin: &Origin) -> bool {
        let share = match origin {
            Origin::Here => 0,
            Origin::Peer(peer) => self.shares.get(peer).copied().unwrap_or(0),
        };
        self.entries.len() < self.limits.transactions
            && self.bytes + bytes <= self.limits.bytes
            && share + bytes <= self.limits.bytes / 2
    }

    /// Holds a transaction. Full is [`Refusal::MempoolFull`]; one that is held already is not held twice.
    pub fn insert(
        &mut self,
        parcel: Arc<Parcel>,
        origin: Origin,
        now: SystemTime,
    ) -> Result<bool, Refusal> {
        if self.entries.contains_key(&parcel.id) {
            return Ok(false);
        }
        let bytes = parcel.bytes.len();
        if !self.room(bytes, &origin) {
            return Err(Refusal::MempoolFull);
        }
        if let Origin::Peer(peer) = &origin {
            *self.shares.entry(peer.clone()).or_default() += bytes;
        }
        self.bytes += bytes;
        let id = parcel.id;
        let last = parcel.transaction.body.last_height.get();
        self.expiry.entry(last).or_default().push(id);
        self.fresh.insert(self.next, id);
        let entry = Entry {
            parcel,
            origin,
            order: self.next,
            forwarded: now,
            doubted: None,
            waiters: Vec::new(),
        };
        self.next += 1;
        self.entries.insert(id, entry);
        Ok(true)
    }

    /// Lets go of a transaction and gives back who waited for it.
    pub fn remove(&mut self, id: &TransactionId) -> Vec<Waiter> {
        let Some(entry) = self.entries.remove(id) else {
            return Vec::new();
        };
        self.fresh.remove(&entry.order);
        let bytes = entry.parcel.bytes.len();
        self.bytes = self.bytes.saturating_sub(bytes);
        if let Origin::Peer(peer) = &entry.origin
            && let Some(share) = self.shares.get_mut(peer)
        {
            *share = share.saturating_sub(bytes);
        }
        entry.waiters
    }

    /// The oldest that wait, within `count` and `bytes`.
    pub fn take(&self, count: usize, bytes: usize) -> Vec<Arc<Parcel>> {
        let mut room = bytes;
        let mut taken = Vec::new();
        for id in self.fresh.values().take(count) {
            let Some(entry) = self.entries.get(id) else {
                continue;
            };
            let size = entry.parcel.bytes.len();
            if size > room {
                break;
            }
            room -= size;
            taken.push(entry.parcel.clone());
        }
        taken
    }

    /// Notes that a block at `height` holds `ids`.
    pub fn place(&mut self, height: Height, ids: &[TransactionId]) {
        let placed = self.placed.entry(height.get()).or_default();
        for id in ids {
            if let Some(entry) = self.entries.get(id)
                && self.fresh.remove(&entry.order).is_some()
            {
                placed.push(*id);
            }
        }
    }

    /// Whether what a block on `parent` could not hold is refused for good, with the tip at `tip`.
    ///
    /// A parent that is not final may hold this very transaction, or stand in its way and vanish. The first time it
    /// is therefore set aside until that height is decided: by then it was finalised, or what stands in its way was.
    pub fn doubt(&mut self, id: &TransactionId, parent: Height, tip: Height) -> bool {
        let Some(entry) = self.entries.get_mut(id) else {
            return true;
        };
        if parent <= tip || entry.doubted.is_some_and(|doubted| doubted <= tip) {
            return true;
        }
        entry.doubted.get_or_insert(parent);
        self.place(parent, &[*id]);
        false
    }

    /// Lets everything wait again that stood in a block at or below the decided `height` and is still held.
    pub fn decide(&mut self, height: Height) {
        let above = self.placed.split_off(&(height.get() + 1));
        let decided = std::mem::replace(&mut self.placed, above);
        for id in decided.into_values().flatten() {
            if let Some(entry) = self.entries.get(&id) {
                self.fresh.insert(entry.order, id);
            }
        }
    }

    /// Lets go of what can no longer stand in a block above `height`.
    pub fn expire(&mut self, height: Height) -> Vec<Waiter> {
        let above = self.expiry.split_off(&(height.get() + 1));
        let expired = std::mem::replace(&mut self.expiry, above);
        expired
            .into_values()
            .flatten()
            .flat_map(|id| self.remove(&id))
            .collect()
    }

    /// Transactions taken in here that were forwarded before `before`; they count as forwarded `now`.
    pub fn stale(&mut self, before: SystemTime, now: SystemTime) -> Vec<Arc<Parcel>> {
        let ids: Vec<TransactionId> = self.fresh.values().copied().collect();
        let mut stale = Vec::new();
        for id in ids {
            if let Some(entry) = self.entries.get_mut(&id)
                && matches!(entry.origin, Origin::Here)
                && entry.forwarded < before
            {
                entry.forwarded = now;
                stale.push(entry.parcel.clone());
            }
        }
        stale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use amanat_types::codec::List;
    use amanat_types::key::MemberSigner;
    use amanat_types::transaction::{Body, Transaction, VERSION};
    use amanat_types::{Digest, MemberId};

    fn parcel(sequence: u64) -> Arc<Parcel> {
        let signer = MemberSigner::from_seed([1; 32]);
        let body = Body {
            version: VERSION,
            network: Digest::from([0; 32]),
            sponsor: MemberId::new(1),
            sequence,
            last_height: Height::new(100),
            signers: List::new(vec![signer.public_key()]).expect("one"),
            stored: List::empty(),
            calls: List::empty(),
        };
        Arc::new(Parcel::new(Transaction::sign(body, &signer)))
    }

    /// A transaction that arrives while a block that is not final holds it already.
    #[test]
    fn what_a_block_above_the_tip_could_not_hold_waits_for_its_parent() {
        let mut pool = Pool::new(Limits::default());
        let parcel = parcel(1);
        let inserted = pool.insert(parcel.clone(), Origin::Here, SystemTime::UNIX_EPOCH);
        assert_eq!(inserted, Ok(true));
        let (parent, tip) = (Height::new(9), Height::new(8));
        assert!(!pool.doubt(&parcel.id, parent, tip));
        assert_eq!((pool.fresh(), pool.len()), (0, 1), "set aside, not offered");
        pool.decide(tip);
        assert_eq!(pool.fresh(), 0);
        pool.decide(parent);
        assert_eq!(pool.fresh(), 1, "offered again: the parent did not hold it");
        assert!(pool.doubt(&parcel.id, Height::new(10), parent), "for good");
    }

    #[test]
    fn what_a_block_on_the_tip_could_not_hold_is_refused_at_once() {
        let mut pool = Pool::new(Limits::default());
        let parcel = parcel(2);
        let inserted = pool.insert(parcel.clone(), Origin::Here, SystemTime::UNIX_EPOCH);
        assert_eq!(inserted, Ok(true));
        assert!(pool.doubt(&parcel.id, Height::new(8), Height::new(8)));
        assert!(pool.doubt(&super::tests::parcel(3).id, Height::new(9), Height::new(8)));
    }
}
