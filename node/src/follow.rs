//! The finalised tip, and waiting for it to move.
use amanat_types::Digest;
use amanat_types::block::Header;
use commonware_utils::channel::oneshot;
use commonware_utils::sync::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Headers kept in memory for readers that meet the state of a recent block.
const RECENT: usize = 64;

/// The finalised tip and the headers just below it; clones share it.
#[derive(Clone)]
pub struct Follow {
    tip: Arc<Mutex<Arc<Header>>>,
    recent: Arc<Mutex<VecDeque<Arc<Header>>>>,
    /// Who waits for the tip to reach a height. They are woken in this order: a watch channel wakes in a random one, and a simulation
    /// would not run the same twice.
    waiters: Arc<Mutex<BTreeMap<u64, Vec<oneshot::Sender<()>>>>>,
}

impl Follow {
    /// Starts at `header`.
    pub fn new(header: Header) -> Self {
        let header = Arc::new(header);
        Self {
            tip: Arc::new(Mutex::new(header.clone())),
            recent: Arc::new(Mutex::new(VecDeque::from([header]))),
            waiters: Arc::default(),
        }
    }

    /// Goes on from `header`, the last block whose state was on disk when the node started.
    pub fn resume(&self, header: Header) {
        let header = Arc::new(header);
        self.announce(header.clone());
        self.advance(header);
    }

    /// Announces a header whose state is about to be applied.
    pub fn announce(&self, header: Arc<Header>) {
        let mut recent = self.recent.lock();
        if recent.len() >= RECENT {
            recent.pop_front();
        }
        recent.push_back(header);
    }

    /// Moves the tip: the state of `header` is applied and its outcome is durable.
    pub fn advance(&self, header: Arc<Header>) {
        let height = header.height.get();
        *self.tip.lock() = header;
        let mut waiters = self.waiters.lock();
        let above = waiters.split_off(&height.saturating_add(1));
        let due = std::mem::replace(&mut *waiters, above);
        // Who stopped waiting for a height that is far ahead takes no room.
        waiters.retain(|_, those| {
            those.retain(|waiter| !waiter.is_closed());
            !those.is_empty()
        });
        drop(waiters);
        for waiter in due.into_values().flatten() {
            let _ = waiter.send(());
        }
    }

    /// The tip.
    pub fn tip(&self) -> Arc<Header> {
        self.tip.lock().clone()
    }

    /// Whether records with this root and bodies with this end are the state of one and the same block.
    pub fn stands(&self, root: &Digest, bodies_end: u64) -> bool {
        let header = self.with_state(root);
        header.is_some_and(|header| *header.bodies.range.end() == bodies_end)
            || self.tip().height.get() == 0
    }

    /// The recent header with this state root.
    pub fn with_state(&self, root: &Digest) -> Option<Arc<Header>> {
        let recent = self.recent.lock();
        recent.iter().rev().find(|h| h.state_root == *root).cloned()
    }

    /// Resolves once the tip is at `height` or above.
    pub async fn reached(&self, height: u64) {
        let reached = {
            let mut waiters = self.waiters.lock();
            if self.tip().height.get() >= height {
                return;
            }
            let (waiter, reached) = oneshot::channel();
            waiters.entry(height).or_default().push(waiter);
            reached
        };
        // The sender lives in `self` until the height is reached, so waiting cannot fail while it is awaited.
        let _ = reached.await;
    }
}
