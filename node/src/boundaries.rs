//! The last header of every epoch with its certificate: they lead from genesis to the validators of today.
//!
//! Receipts carry those at which the validators change, a node that joins late asks for all, and none is ever dropped. Each was checked under the
//! validators that the one before names, so a node may take them from any peer.
use crate::archive;
use crate::config::Frame;
use crate::fault::Fault;
use crate::rosters::Rosters;
use crate::store::Runtime;
use amanat_types::block::{NextEpoch, Roster};
use amanat_types::codec::List;
use amanat_types::proof::{self, FinalizedHeader, ProofError};
use amanat_types::{Digest, Genesis};
use commonware_codec::EncodeSize as _;
use commonware_glue::stateful::db::Shared;
use commonware_storage::archive::{Archive as _, Identifier, prunable};
use commonware_storage::translator::EightCap;
use commonware_utils::sync::Mutex;
use std::sync::Arc;

type Store<E> = prunable::Archive<EightCap, E, Digest, FinalizedHeader>;

/// The headers in memory.
#[derive(Default)]
struct Known {
    /// Of every epoch, without a gap.
    all: Vec<FinalizedHeader>,
    /// Epochs after which other validators come, ascending.
    changes: Vec<u64>,
}

/// The boundary headers that this node has, without a gap; clones share them.
pub struct Boundaries<E: Runtime> {
    genesis: Arc<Genesis>,
    rosters: Rosters,
    store: Shared<Store<E>>,
    known: Arc<Mutex<Known>>,
}

impl Known {
    /// Notes whether other validators come after `epoch`.
    fn note(&mut self, epoch: u64, now: Option<Roster>, next: &Roster) {
        if now.as_ref() != Some(next) {
            self.changes.push(epoch);
        }
    }
}

impl<E: Runtime> Clone for Boundaries<E> {
    fn clone(&self) -> Self {
        Self {
            genesis: self.genesis.clone(),
            rosters: self.rosters.clone(),
            store: self.store.clone(),
            known: self.known.clone(),
        }
    }
}

impl<E: Runtime> Boundaries<E> {
    /// Opens what is on disk and learns the rosters that it names.
    pub async fn open(context: E, genesis: Arc<Genesis>, frame: &Frame) -> Result<Self, Fault> {
        let config = archive::config(frame, "boundaries", ());
        let store = Store::init(context, config).await.map_err(storage)?;
        let mut known = Known::default();
        for epoch in 0u64.. {
            let found = store.get(Identifier::Index(epoch)).await;
            let Some(boundary) = found.map_err(storage)? else {
                break;
            };
            if let Some(next) = &boundary.header.next {
                known.note(epoch, frame.rosters.roster(epoch), &next.roster);
                let after = epoch.saturating_add(1);
                frame.rosters.learn(after, next);
            }
            known.all.push(boundary);
        }
        Ok(Self {
            genesis,
            rosters: frame.rosters.clone(),
            store: Shared::new("boundaries", store),
            known: Arc::new(Mutex::new(known)),
        })
    }

    /// The network that the headers are of.
    pub fn network(&self) -> Digest {
        self.genesis.digest()
    }

    /// Epochs whose boundary is here; the first that is missing has this number.
    pub fn epochs(&self) -> u64 {
        u64::try_from(self.known.lock().all.len()).unwrap_or(u64::MAX)
    }

    /// The last header of `epoch`.
    pub fn get(&self, epoch: u64) -> Option<FinalizedHeader> {
        let at = usize::try_from(epoch).ok()?;
        self.known.lock().all.get(at).cloned()
    }

    /// Those before `epoch` at which the validators change, as a proof carries them; nothing if one before `epoch` is missing.
    pub fn before(&self, epoch: u64) -> Option<proof::Boundaries> {
        let end = usize::try_from(epoch).ok()?;
        let known = self.known.lock();
        let all = known.all.get(..end)?;
        let changes = known.changes.iter().take_while(|change| **change < epoch);
        let changes = changes.filter_map(|change| all.get(usize::try_from(*change).ok()?));
        List::new(changes.cloned().collect()).ok()
    }

    /// From `epoch` on, in about `bytes` bytes: one at least, if there is one.
    pub fn from(&self, epoch: u64, bytes: usize) -> Vec<FinalizedHeader> {
        let from = usize::try_from(epoch).unwrap_or(usize::MAX);
        let known = self.known.lock();
        let mut size = 0usize;
        let some = known.all.iter().skip(from).take_while(|boundary| {
            let first = size == 0;
            size = size.saturating_add(boundary.encode_size());
            first || size <= bytes
        });
        some.cloned().collect()
    }

    /// Checks the next boundary, which anyone may have sent, and keeps it. One that is here already is passed over.
    ///
    /// Errors: those of [`proof::step`]; a fault if the disk fails.
    pub async fn add(&self, boundary: FinalizedHeader) -> Result<Result<(), ProofError>, Fault> {
        let epoch = boundary.header.epoch();
        if epoch < self.epochs() {
            return Ok(Ok(()));
        }
        let next = match self.check(&boundary) {
            Ok(next) => next,
            Err(error) => return Ok(Err(error)),
        };
        let (slot, store) = self.store.write().await;
        let key = boundary.header.digest();
        let stored = store.put_sync(epoch, key, &boundary).await;
        slot.put(stored.map_err(storage)?);
        let mut known = self.known.lock();
        if usize::try_from(epoch) == Ok(known.all.len()) {
            known.note(epoch, self.rosters.roster(epoch), &next.roster);
            known.all.push(boundary);
        }
        self.rosters.learn(epoch.saturating_add(1), &next);
        Ok(Ok(()))
    }

    fn check(&self, boundary: &FinalizedHeader) -> Result<NextEpoch, ProofError> {
        let epoch = self.epochs();
        let roster = self.rosters.roster(epoch);
        let roster = roster.ok_or(ProofError::BoundaryRoster(epoch))?;
        proof::step(&self.genesis, (epoch, &roster), boundary)?;
        let next = boundary.header.next.clone();
        next.ok_or(ProofError::BoundaryRoster(epoch))
    }
}

fn storage(error: impl std::fmt::Display) -> Fault {
    Fault::storage("boundaries", error)
}
