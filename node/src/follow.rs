//! The finalised tip, and waiting for it to move.
use amanat_types::Digest;
use amanat_types::block::Header;
use commonware_utils::channel::watch;
use commonware_utils::sync::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;

/// Headers kept in memory for readers that meet the state of a recent block.
const RECENT: usize = 64;

/// The finalised tip and the headers just below it; clones share it.
#[derive(Clone)]
pub struct Follow {
    tip: Arc<watch::Sender<Arc<Header>>>,
    recent: Arc<Mutex<VecDeque<Arc<Header>>>>,
}

impl Follow {
    /// Starts at `header`.
    pub fn new(header: Header) -> Self {
        let header = Arc::new(header);
        let (tip, _) = watch::channel(header.clone());
        Self {
            tip: Arc::new(tip),
            recent: Arc::new(Mutex::new(VecDeque::from([header]))),
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
        self.tip.send_replace(header);
    }

    /// The tip.
    pub fn tip(&self) -> Arc<Header> {
        self.tip.borrow().clone()
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
        let mut receiver = self.tip.subscribe();
        // The sender lives in `self`, so waiting cannot fail while it is awaited.
        let _ = receiver.wait_for(|tip| tip.height.get() >= height).await;
    }
}
