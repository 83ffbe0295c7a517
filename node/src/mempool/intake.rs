//! Transactions that peers forwarded and nobody has judged yet: a bounded queue for each peer.
//!
//! They are taken in turn, one of each peer, so that a peer that sends much holds up itself alone.
use amanat_types::block::Parcel;
use commonware_cryptography::ed25519::PublicKey;
use commonware_utils::channel::watch;
use commonware_utils::sync::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Bytes that wait of one peer; whatever comes above is dropped, and its own node forwards it again.
const PEER_BYTES: usize = 2 * 1024 * 1024;

#[derive(Default)]
struct Queue {
    parcels: VecDeque<Parcel>,
    bytes: usize,
}

/// The queues; clones share them.
#[derive(Clone)]
pub struct Intake {
    queues: Arc<Mutex<BTreeMap<PublicKey, Queue>>>,
    work: Arc<watch::Sender<bool>>,
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            queues: Arc::default(),
            work: Arc::new(watch::channel(false).0),
        }
    }
}

impl Intake {
    /// Queues a transaction of `peer`; `false` if its queue is full.
    pub fn offer(&self, peer: &PublicKey, parcel: Parcel) -> bool {
        let mut queues = self.queues.lock();
        let queue = queues.entry(peer.clone()).or_default();
        let bytes = queue.bytes.saturating_add(parcel.bytes.len());
        if bytes > PEER_BYTES {
            return false;
        }
        queue.bytes = bytes;
        queue.parcels.push_back(parcel);
        self.work
            .send_if_modified(|work| !std::mem::replace(work, true));
        true
    }

    /// Takes at most `count`, one of each peer in turn.
    pub fn draw(&self, count: usize) -> Vec<(PublicKey, Parcel)> {
        let mut queues = self.queues.lock();
        let mut drawn = Vec::new();
        while drawn.len() < count && !queues.is_empty() {
            queues.retain(|peer, queue| {
                if drawn.len() < count
                    && let Some(parcel) = queue.parcels.pop_front()
                {
                    queue.bytes = queue.bytes.saturating_sub(parcel.bytes.len());
                    drawn.push((peer.clone(), parcel));
                }
                !queue.parcels.is_empty()
            });
        }
        let work = !queues.is_empty();
        self.work
            .send_if_modified(|was| std::mem::replace(was, work) != work);
        drawn
    }

    /// Drops what waits of `peer`.
    pub fn forget(&self, peer: &PublicKey) {
        self.queues.lock().remove(peer);
    }

    /// Resolves once something waits.
    pub async fn work(&self) {
        let mut receiver = self.work.subscribe();
        // The sender lives in `self`, so waiting cannot fail while it is awaited.
        let _ = receiver.wait_for(|work| *work).await;
    }
}

#[cfg(test)]
mod tests {
    use super::{Intake, PEER_BYTES};
    use crate::mempool::tests::{anchor, parcel};
    use commonware_cryptography::{Signer as _, ed25519};

    #[test]
    fn a_peer_that_floods_fills_its_own_queue_and_waits_for_its_turn() {
        let intake = Intake::default();
        let key = |seed| ed25519::PrivateKey::from_seed(seed).public_key();
        let (loud, quiet) = (key(1), key(2));
        let mut sequence = 0;
        let mut bytes = 0;
        loop {
            sequence += 1;
            let parcel = parcel(1, sequence, anchor(900));
            let size = parcel.bytes.len();
            if !intake.offer(&loud, (*parcel).clone()) {
                assert!(bytes + size > PEER_BYTES);
                break;
            }
            bytes += size;
        }
        assert!(bytes <= PEER_BYTES);
        let other = parcel(2, 1, anchor(1));
        assert!(
            intake.offer(&quiet, (*other).clone()),
            "has room of its own"
        );
        let drawn = intake.draw(2);
        assert!(drawn.iter().any(|(peer, _)| *peer == quiet));
        assert_eq!(drawn.len(), 2);
        // Room came back with what was taken, and no more of it.
        assert!(intake.offer(&loud, (*parcel(1, 9_999, anchor(900))).clone()));
        assert!(!intake.offer(&loud, (*parcel(1, 9_998, anchor(900))).clone()));
        intake.forget(&loud);
        assert!(intake.draw(2).is_empty());
    }
}
