//! The waiting transactions themselves: bounded, and shared fairly between members.
//!
//! A proposal is not a commitment: a transaction stays until it is finalised, refused or expired. While it stands in
//! a block that is not final it is *placed*: it is not offered again until that height is decided, and
//! then it waits again unless the finalised block held it.
//!
//! When the pool is full, whoever holds most of it gives way ([`Pool::insert`]), so that no member's flood keeps another out. Each
//! sponsor is known to be it: signatures and admission were judged before ([`super::judge`]).
use crate::mempool::account::Account;
use crate::mempool::pick::{self, Item, Room};
use crate::mempool::{Limits, Origin};
use amanat_contracts::Quotas;
use amanat_types::block::Parcel;
use amanat_types::wire::Submitted;
use amanat_types::{Height, MemberId, Refusal, TransactionId, limits};
use commonware_utils::channel::oneshot;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::SystemTime;

/// Whoever waits for a transaction to be finalised.
pub type Waiter = oneshot::Sender<Submitted>;

/// Bytes that are forwarded again at a time.
const STALE_BYTES: usize = 2 * 1024 * 1024;

struct Entry {
    parcel: Arc<Parcel>,
    origin: Origin,
    order: u64,
    units: u64,
    emergency: bool,
    forwarded: SystemTime,
    /// Height of the parent, not final then, on which a block could not hold it.
    doubted: Option<Height>,
    waiters: Vec<Waiter>,
}

impl Entry {
    fn sponsor(&self) -> MemberId {
        self.parcel.transaction.body.sponsor
    }

    fn last_height(&self) -> u64 {
        self.parcel.transaction.body.last_height.get()
    }
}

/// Waiting transactions.
pub struct Pool {
    limits: Limits,
    entries: HashMap<TransactionId, Entry>,
    /// What each member holds, and what of it is offered to the next block.
    accounts: BTreeMap<MemberId, Account>,
    /// Standing in blocks that are not final, by height.
    placed: BTreeMap<u64, Vec<TransactionId>>,
    /// By last valid height.
    expiry: BTreeSet<(u64, TransactionId)>,
    bytes: usize,
    fresh: usize,
    next: u64,
    turn: usize,
}

/// What came of an insertion.
pub struct Inserted {
    /// Whether the transaction was not held before.
    pub fresh: bool,
    /// Who waited for the transactions that gave way to it.
    pub evicted: Vec<Vec<Waiter>>,
}

impl Pool {
    /// An empty pool.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            entries: HashMap::new(),
            accounts: BTreeMap::new(),
            placed: BTreeMap::new(),
            expiry: BTreeSet::new(),
            bytes: 0,
            fresh: 0,
            next: 0,
            turn: 0,
        }
    }

    /// Transactions held.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes of the transactions held.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Transactions that wait for a block.
    pub const fn fresh(&self) -> usize {
        self.fresh
    }

    /// Emergencies that wait for a block.
    pub fn emergencies(&self) -> usize {
        let accounts = self.accounts.values();
        accounts.map(|account| account.emergency.len()).sum()
    }

    /// Whether a transaction is held.
    pub fn holds(&self, id: &TransactionId) -> bool {
        self.entries.contains_key(id)
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

    /// Holds a transaction; one that is held already is not held twice.
    ///
    /// In a full pool the member that holds most of it gives way, the latest of its ordinary transactions first, unless the newcomer's
    /// sponsor would then hold more than it does. A member's emergency also displaces its own latest ordinary transaction.
    ///
    /// Refusals: [`Refusal::MempoolShareFull`] if nobody holds more than the sponsor, [`Refusal::MempoolFull`] if what gives way
    /// stands in a block already.
    pub fn insert(
        &mut self,
        parcel: Arc<Parcel>,
        origin: Origin,
        now: SystemTime,
    ) -> Result<Inserted, Refusal> {
        let mut evicted = Vec::new();
        if self.holds(&parcel.id) {
            let fresh = false;
            return Ok(Inserted { fresh, evicted });
        }
        let entry = Entry {
            order: self.next,
            units: amanat_contracts::units(&parcel.transaction),
            emergency: amanat_contracts::is_emergency(&parcel.transaction),
            parcel,
            origin,
            forwarded: now,
            doubted: None,
            waiters: Vec::new(),
        };
        while !self.fits(entry.parcel.bytes.len()) {
            let victim = self.victim(&entry)?;
            evicted.push(self.remove(&victim));
        }
        self.next += 1;
        self.hold(entry);
        let fresh = true;
        Ok(Inserted { fresh, evicted })
    }

    fn fits(&self, bytes: usize) -> bool {
        self.entries.len() < self.limits.transactions
            && self.bytes.saturating_add(bytes) <= self.limits.bytes
    }

    /// What gives way to `newcomer`.
    fn victim(&self, newcomer: &Entry) -> Result<TransactionId, Refusal> {
        let own = self.accounts.get(&newcomer.sponsor());
        let nothing = Account::default();
        let bytes = newcomer.parcel.bytes.len();
        let after = own.unwrap_or(&nothing);
        let after = after.weight_with(&self.limits, 1, bytes);
        let weigh = |(_, account): &(&MemberId, &Account)| account.weight(&self.limits);
        let largest = self.accounts.iter().max_by_key(weigh);
        let larger = largest.filter(|(sponsor, account)| {
            **sponsor != newcomer.sponsor() && after <= account.weight(&self.limits)
        });
        if let Some((_, larger)) = larger {
            return larger.latest().ok_or(Refusal::MempoolFull);
        }
        let own = own.filter(|_| newcomer.emergency);
        let latest = own.and_then(|own| own.ordinary.values().next_back());
        latest.copied().ok_or(Refusal::MempoolShareFull)
    }

    fn hold(&mut self, entry: Entry) {
        let (id, bytes) = (entry.parcel.id, entry.parcel.bytes.len());
        let account = self.accounts.entry(entry.sponsor()).or_default();
        account.transactions += 1;
        account.bytes += bytes;
        account.queue(entry.emergency).insert(entry.order, id);
        self.bytes += bytes;
        self.fresh += 1;
        self.expiry.insert((entry.last_height(), id));
        self.entries.insert(id, entry);
    }

    /// Lets go of a transaction and gives back who waited for it.
    pub fn remove(&mut self, id: &TransactionId) -> Vec<Waiter> {
        let Some(entry) = self.entries.remove(id) else {
            return Vec::new();
        };
        let bytes = entry.parcel.bytes.len();
        self.bytes = self.bytes.saturating_sub(bytes);
        self.expiry.remove(&(entry.last_height(), *id));
        let sponsor = entry.sponsor();
        if let Some(account) = self.accounts.get_mut(&sponsor) {
            let waited = account.queue(entry.emergency).remove(&entry.order);
            self.fresh -= usize::from(waited.is_some());
            account.bytes = account.bytes.saturating_sub(bytes);
            account.transactions = account.transactions.saturating_sub(1);
            if account.transactions == 0 {
                self.accounts.remove(&sponsor);
            }
        }
        entry.waiters
    }

    /// What a block is offered: each member's part of the emergency lane first, then what else waits, fairly between members and
    /// its emergencies before the rest of each. Which member comes first changes from block to block. The block holds so many `bytes`.
    pub fn take(&mut self, quotas: &Quotas, bytes: usize) -> Vec<Arc<Parcel>> {
        self.turn = self.turn.wrapping_add(1);
        let mut room = Room {
            transactions: limits::BLOCK_TRANSACTIONS_MAX,
            bytes,
            block_bytes: bytes,
            units: limits::BLOCK_UNITS_MAX,
            member_units: quotas.lane_units,
        };
        let item = |id: &TransactionId| {
            let entry = self.entries.get(id)?;
            let (parcel, units) = (&entry.parcel, entry.units);
            Some(Item { parcel, units })
        };
        let accounts = || self.accounts.iter();
        let urgent = accounts().map(|(member, own)| (*member, own.emergency.values()));
        let urgent = urgent.map(|(member, ids)| (member, ids.filter_map(item)));
        let mut taken = pick::draw(urgent.collect(), &mut room, self.turn);
        let mut given: BTreeMap<MemberId, usize> = BTreeMap::new();
        for parcel in &taken {
            let sponsor = parcel.transaction.body.sponsor;
            *given.entry(sponsor).or_default() += 1;
        }
        (room.units, room.member_units) = (quotas.ordinary_units, quotas.member_units);
        // What fits no block goes along, counted as nothing: the contracts refuse it, and it holds up nobody.
        let most = quotas.ordinary_units.min(quotas.member_units);
        let rest = accounts().map(|(member, own)| {
            let ids = own.emergency.values().chain(own.ordinary.values());
            let ids = ids.skip(given.get(member).copied().unwrap_or(0));
            let items = ids.filter_map(item).map(|item| match item.units > most {
                true => Item { units: 0, ..item },
                false => item,
            });
            (*member, items)
        });
        taken.extend(pick::draw(rest.collect(), &mut room, self.turn));
        taken
    }

    /// Notes that a block at `height` holds `ids`.
    pub fn place(&mut self, height: Height, ids: &[TransactionId]) {
        let placed = self.placed.entry(height.get()).or_default();
        for id in ids {
            let Some(entry) = self.entries.get(id) else {
                continue;
            };
            let account = self.accounts.get_mut(&entry.sponsor());
            let queue = account.map(|account| account.queue(entry.emergency));
            if queue.and_then(|queue| queue.remove(&entry.order)).is_some() {
                self.fresh -= 1;
                placed.push(*id);
            }
        }
    }

    /// Sets aside what a block on `parent` could not hold, with the tip at `tip`, until that height is decided. Gives it back if it is to be
    /// judged by the finalised state: the parent is final, or it was set aside before.
    ///
    /// A block is no place to refuse in. A parent that is not final may hold this very transaction, or stand in its way and vanish; and one
    /// that is final may have become so while this was taken in, and hold it.
    pub fn doubt(
        &mut self,
        id: &TransactionId,
        parent: Height,
        tip: Height,
    ) -> Option<Arc<Parcel>> {
        let entry = self.entries.get_mut(id)?;
        let again = entry.doubted.is_some_and(|doubted| doubted <= tip);
        let judged = (parent <= tip || again).then(|| entry.parcel.clone());
        entry.doubted.get_or_insert(parent);
        self.place(parent, &[*id]);
        judged
    }

    /// Lets everything wait again that stood in a block at or below the decided `height` and is still held.
    pub fn decide(&mut self, height: Height) {
        let above = self.placed.split_off(&(height.get() + 1));
        let decided = std::mem::replace(&mut self.placed, above);
        for id in decided.into_values().flatten() {
            if let Some(entry) = self.entries.get(&id) {
                let account = self.accounts.entry(entry.sponsor()).or_default();
                let again = account.queue(entry.emergency).insert(entry.order, id);
                self.fresh += usize::from(again.is_none());
            }
        }
    }

    /// Lets go of what can no longer stand in a block above `height`.
    pub fn expire(&mut self, height: Height) -> Vec<Waiter> {
        let mut waiters = Vec::new();
        while let Some((last, id)) = self.expiry.first().copied()
            && last <= height.get()
        {
            self.expiry.pop_first();
            waiters.extend(self.remove(&id));
        }
        waiters
    }

    /// Transactions taken in here that were forwarded before `before`, emergencies and the longest ago first, at most
    /// [`STALE_BYTES`]; they count as forwarded `now`.
    pub fn stale(&mut self, before: SystemTime, now: SystemTime) -> Vec<Arc<Parcel>> {
        let accounts = self.accounts.values();
        let ids = accounts.flat_map(|own| own.emergency.values().chain(own.ordinary.values()));
        let mut stale: Vec<(bool, SystemTime, u64, TransactionId)> = ids
            .filter_map(|id| self.entries.get(id))
            .filter(|entry| matches!(entry.origin, Origin::Here) && entry.forwarded < before)
            .map(|entry| {
                (
                    !entry.emergency,
                    entry.forwarded,
                    entry.order,
                    entry.parcel.id,
                )
            })
            .collect();
        stale.sort_unstable();
        let (mut sent, mut bytes) = (Vec::new(), 0);
        for (.., id) in stale {
            if let Some(entry) = self.entries.get_mut(&id) {
                bytes += entry.parcel.bytes.len();
                if bytes > STALE_BYTES {
                    break;
                }
                entry.forwarded = now;
                sent.push(entry.parcel.clone());
            }
        }
        sent
    }
}
