//! The last header of every epoch with its certificate: they lead from genesis to the validators of today.
//!
//! Receipts carry those at which the validators change, a node that joins late asks for all, and none is ever dropped. Each was checked under the
//! validators that the one before names, so a node may take them from any peer. They are on disk, and only those that receipts carry are in
//! memory as well: epochs may be short.
use crate::archive;
use crate::config::Frame;
use crate::fault::Fault;
use crate::rosters::Rosters;
use crate::store::Runtime;
use amanat_types::block::Roster;
use amanat_types::codec::List;
use amanat_types::proof::{self, FinalizedHeader, ProofError};
use amanat_types::{Digest, Genesis};
use commonware_codec::EncodeSize as _;
use commonware_glue::stateful::db::Shared;
use commonware_storage::archive::{Archive as _, Identifier, prunable};
use commonware_storage::translator::EightCap;
use commonware_utils::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

type Store<E> = prunable::Archive<EightCap, E, Digest, FinalizedHeader>;

/// What is known of the headers without asking the disk.
#[derive(Default)]
struct Known {
    /// Epochs whose boundary is here, without a gap; the first that is missing has this number.
    epochs: u64,
    /// Those after which other validators come, by epoch.
    changes: BTreeMap<u64, FinalizedHeader>,
}

/// The boundary headers that this node has, without a gap; clones share them.
pub struct Boundaries<E: Runtime> {
    genesis: Arc<Genesis>,
    rosters: Rosters,
    store: Shared<Store<E>>,
    known: Arc<Mutex<Known>>,
}

impl Known {
    /// Notes the boundary of the next epoch; `now` votes in that epoch, `next` in the one after it.
    fn note(&mut self, boundary: FinalizedHeader, now: Option<&Roster>, next: &Roster) {
        if now != Some(next) {
            self.changes.insert(self.epochs, boundary);
        }
        self.epochs = self.epochs.saturating_add(1);
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
        while let Some(boundary) = read(&store, known.epochs).await? {
            let epoch = known.epochs;
            let next = boundary.header.next.clone();
            let next = next.ok_or(Fault::Epoch(epoch, "its last header names no validators"))?;
            let now = frame.rosters.roster(epoch);
            known.note(boundary, now.as_ref(), &next.roster);
            frame.rosters.learn(known.epochs, next.roster);
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
        self.known.lock().epochs
    }

    /// The last header of `epoch`, if it is here.
    pub async fn get(&self, epoch: u64) -> Result<Option<FinalizedHeader>, Fault> {
        read(&*self.store.read().await, epoch).await
    }

    /// Those before `epoch` at which the validators change, as a proof carries them; nothing if one before `epoch` is missing.
    pub fn before(&self, epoch: u64) -> Option<proof::Boundaries> {
        let known = self.known.lock();
        if epoch > known.epochs {
            return None;
        }
        let changes = known.changes.range(..epoch);
        List::new(changes.map(|(_, boundary)| boundary.clone()).collect()).ok()
    }

    /// From `epoch` on, in about `bytes` bytes: one at least, if there is one.
    pub async fn from(&self, epoch: u64, bytes: usize) -> Result<Vec<FinalizedHeader>, Fault> {
        let mut some = Vec::new();
        let mut size = 0usize;
        for epoch in epoch..self.epochs() {
            let Some(boundary) = self.get(epoch).await? else {
                break;
            };
            size = size.saturating_add(boundary.encode_size());
            if !some.is_empty() && size > bytes {
                break;
            }
            some.push(boundary);
        }
        Ok(some)
    }

    /// Checks the next boundaries, which anyone may have sent, and keeps them, up to the first that does not hold. Those that are here already are
    /// passed over. All that were kept are durable when this returns.
    ///
    /// Errors: those of [`proof::step`]; a fault if the disk fails.
    pub async fn add(
        &self,
        boundaries: Vec<FinalizedHeader>,
    ) -> Result<Result<(), ProofError>, Fault> {
        let (slot, mut store) = self.store.write().await;
        let mut held = Ok(());
        for boundary in boundaries {
            let epoch = self.epochs();
            if boundary.header.epoch() < epoch {
                continue;
            }
            let (now, next) = match self.check(epoch, &boundary) {
                Ok(validators) => validators,
                Err(error) => {
                    held = Err(error);
                    break;
                }
            };
            let key = boundary.header.digest();
            let put = store.put(epoch, key, &boundary).await;
            store = put.map_err(storage)?;
            let mut known = self.known.lock();
            known.note(boundary, Some(&now), &next);
            self.rosters.learn(known.epochs, next);
        }
        slot.put(store.sync().await.map_err(storage)?);
        Ok(held)
    }

    /// The validators of `epoch`, and those of the next, as its last header says.
    fn check(
        &self,
        epoch: u64,
        boundary: &FinalizedHeader,
    ) -> Result<(Roster, Roster), ProofError> {
        let missing = || ProofError::BoundaryRoster(epoch);
        let roster = self.rosters.roster(epoch).ok_or_else(missing)?;
        proof::step(&self.genesis, (epoch, &roster), boundary)?;
        let next = boundary.header.next.clone().ok_or_else(missing)?;
        Ok((roster, next.roster))
    }
}

/// The last header of `epoch`, if it is here.
async fn read<E: Runtime>(store: &Store<E>, epoch: u64) -> Result<Option<FinalizedHeader>, Fault> {
    let found = store.get(Identifier::Index(epoch)).await;
    found.map_err(storage)
}

fn storage(error: impl std::fmt::Display) -> Fault {
    Fault::storage("boundaries", error)
}
