//! Follows the ledger block by block.
//!
//! Delivery is at least once: a follower that starts again from its last kept height sees that block's successor next.
//! A reader keeps the height in the same write as what it folds from the block.
use crate::{Fault, Ledger};
use amanat_types::wire::{BlockEvents, EVENT_BLOCKS_MAX};
use amanat_types::{Height, TimestampMs};

/// How long one question waits for a block.
const WAIT_MS: u64 = 10_000;

/// Reads receipts and events in the order of their blocks, without a gap.
#[derive(Clone, Debug)]
pub struct Follower<L> {
    ledger: L,
    next: Height,
    tip: Height,
    tip_time_ms: TimestampMs,
}

impl<L: Ledger> Follower<L> {
    /// Follows from the block at `from`.
    pub const fn new(ledger: L, from: Height) -> Self {
        Self {
            ledger,
            next: from,
            tip: Height::new(0),
            tip_time_ms: TimestampMs::new(0),
        }
    }

    /// Height that the next page begins at: everything below it was given.
    pub const fn next_height(&self) -> Height {
        self.next
    }

    /// Finalised tip as the last page told.
    pub const fn tip(&self) -> Height {
        self.tip
    }

    /// Time of that tip.
    pub const fn tip_time_ms(&self) -> TimestampMs {
        self.tip_time_ms
    }

    /// The next blocks that have transactions; none if none came within the wait. May be cancelled and repeated: a page
    /// is taken whole or not.
    ///
    /// Blocks out of order or outside the page, a page that goes back or past the tip, and events that do not stand beside
    /// their receipts are [`Fault::Protocol`]; nothing of that page is taken.
    pub async fn page(&mut self, wait_ms: u64) -> Result<Vec<BlockEvents>, Fault> {
        let limit = u32::try_from(EVENT_BLOCKS_MAX).unwrap_or(u32::MAX);
        let page = self.ledger.events(self.next, limit, wait_ms).await?;
        let mut next = self.next;
        for block in &page.blocks {
            let found = block.height;
            if found < next || found >= page.next {
                return Err(broken(format!("block {found} came where {next} was next")));
            }
            if !block.is_matched() {
                return Err(broken(format!(
                    "the events of block {found} do not stand beside its receipts"
                )));
            }
            next = found.plus(1);
        }
        if page.next < self.next || page.next > page.tip.plus(1).max(self.next) {
            return Err(broken(format!("a page goes on at {}", page.next)));
        }
        self.next = page.next;
        self.tip = page.tip;
        self.tip_time_ms = page.time_ms;
        Ok(page.blocks.into_vec())
    }

    /// The next blocks that have transactions, at least one: waits as long as it takes.
    pub async fn wait(&mut self) -> Result<Vec<BlockEvents>, Fault> {
        loop {
            let blocks = self.page(WAIT_MS).await?;
            if !blocks.is_empty() {
                return Ok(blocks);
            }
        }
    }
}

fn broken(what: String) -> Fault {
    Fault::protocol("the own node", what)
}
