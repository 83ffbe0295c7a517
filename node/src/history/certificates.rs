//! Fetches certificates where this node has none of a long run of blocks.
//!
//! A block needs no certificate of its own: one of a later block of its epoch finalises it, and a receipt carries the headers between them,
//! a bounded number. A node that was cut off repairs its blocks by their parents, one after the other, and then has none of a whole run. Others
//! have them: this looks at every height some way behind the tip, and asks when a run grows long. Up to the end of an epoch no run is too long:
//! the certificate of its last block is among the boundaries.
//!
//! A run costs an answer about old blocks, up to a megabyte of which one certificate is kept, or several answers where blocks are large. That is
//! little for a node that was cut off; one that lost all its certificates fetches so much for each 64 blocks of the ledger, in the background.
use super::line::Line;
use crate::archive::Archive;
use crate::fault::Fault;
use crate::network::Blocks;
use crate::past::Headers;
use crate::store::Runtime;
use amanat_types::Height;
use amanat_types::proof::Finalization;
use commonware_cryptography::ed25519;
use commonware_macros::select;
use commonware_runtime::{ContextCell, Handle, spawn_cell};
use std::time::{Duration, SystemTime};

/// Blocks in a row without a certificate of their own, after which one of theirs is asked for. A proof may have eight times as many.
const RUN_MAX: u64 = 64;
/// Blocks between the tip and the newest that is looked at: certificates may come a little after their blocks.
const LAG: u64 = 64;
/// Blocks after which it is noted how far was looked.
const MARK: u64 = 1_024;
/// Questions about one run, each to the next peer, and how often they are put again, each time after the tip moved: who is cut off hears nobody.
const ASKED_MAX: usize = 8;
const ROUNDS: u32 = 3;
/// How long a peer is asked about one run.
const SEARCH: Duration = Duration::from_secs(10);
/// Blocks that are looked at without a pause, and the pause: after a start all of a ledger's may be.
const BATCH: u64 = 256;
const PAUSE: Duration = Duration::from_millis(50);
/// Pause after a run, so that the others serve no more than some answers a second.
const SPACED: Duration = Duration::from_millis(250);
/// After how long a run that nobody gave is asked for again.
const AGAIN: Duration = Duration::from_secs(600);
/// Pause while what old blocks did is still being fetched: their certificates come with it.
const FETCHING: Duration = Duration::from_secs(1);

/// Parts of it.
pub struct CertificateFetcher<E: Runtime, B> {
    context: ContextCell<E>,
    headers: Headers<E>,
    archive: Archive<E>,
    line: Line<B>,
}

impl<E: Runtime, B: Blocks> CertificateFetcher<E, B> {
    /// Joins the parts.
    pub fn new(context: E, (headers, archive): (Headers<E>, Archive<E>), line: Line<B>) -> Self {
        Self {
            context: ContextCell::new(context),
            headers,
            archive,
            line,
        }
    }

    /// Runs until the node stops.
    pub fn start(mut self) -> Handle<()> {
        spawn_cell!(self.context, self.run())
    }

    async fn run(mut self) {
        let mut stopped = self.context.as_present().stopped();
        select! {
            _ = &mut stopped => {},
            looked = self.look() => {
                let Err(fault) = looked;
                fault.stop()
            },
        }
    }

    /// Looks at every height in turn.
    async fn look(&mut self) -> Result<std::convert::Infallible, Fault> {
        let mut marked = self.headers.searched().await;
        // The last height with a certificate of its own, or as good as that: no run is longer than from here.
        let (mut last, mut next) = (marked, marked.saturating_add(1));
        // Below the first run that nobody gave, and when that was.
        let mut missed: Option<(u64, SystemTime)> = None;
        loop {
            self.line.follow().reached(next.saturating_add(LAG)).await;
            let now = self.context.as_present().current();
            if let Some((low, since)) = missed
                && now
                    .duration_since(since)
                    .is_ok_and(|passed| passed >= AGAIN)
            {
                (last, next, missed) = (low, low.saturating_add(1), None);
            }
            let tip = self.line.follow().tip().height;
            if !self.archive.whole(tip).await {
                self.context.as_present().sleep(FETCHING).await;
                continue;
            }
            let end = tip.get().saturating_sub(LAG);
            let end = end.min(next.saturating_add(BATCH).saturating_sub(1));
            while next <= end {
                match self.headers.certificate(Height::new(next)).await? {
                    Some(own) => {
                        last = next;
                        // A restart looks from the mark on, or from the newest that was fetched.
                        if missed.is_none() && next.saturating_sub(marked) >= MARK {
                            self.headers.found(Height::new(next), &own).await?;
                            marked = next;
                        }
                    }
                    None if next.saturating_sub(last) >= RUN_MAX => {
                        let found = self.run_without(last, next).await?;
                        if found.is_none() && missed.is_none() {
                            missed = Some((last, self.context.as_present().current()));
                        }
                        last = found.unwrap_or(next);
                        self.context.as_present().sleep(SPACED).await;
                    }
                    None => {}
                }
                next = next.saturating_add(1);
            }
            self.context.as_present().sleep(PAUSE).await;
        }
    }

    /// Fetches a certificate of a block above `low` and up to `high`; of which.
    async fn run_without(&mut self, low: u64, high: u64) -> Result<Option<u64>, Fault> {
        for _ in 0..ROUNDS {
            let tip = self.line.follow().tip().height;
            if let Some((height, own)) = self.ask(low, high).await? {
                self.headers.found(height, &own).await?;
                tracing::debug!(%height, "fetched a certificate");
                return Ok(Some(height.get()));
            }
            self.line.follow().reached(tip.plus(1).get()).await;
        }
        tracing::warn!(
            from = low.saturating_add(1),
            to = high,
            "no peer gave a certificate of these blocks; they are asked for again later"
        );
        Ok(None)
    }

    /// Asks one peer after the other, another first for each run: who gives little is not asked again at once.
    async fn ask(&mut self, low: u64, high: u64) -> Result<Option<(Height, Finalization)>, Fault> {
        let peers = self.line.peers(high);
        for peer in peers.iter().cycle().take(ASKED_MAX) {
            let clock = self.context.as_present().child("search");
            let found = select! {
                found = self.search(peer, low, high) => found?,
                _ = clock.sleep(SEARCH) => None,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The highest block above `low` and up to `high` of which `peer` has the certificate, and that.
    async fn search(
        &mut self,
        peer: &ed25519::PublicKey,
        low: u64,
        high: u64,
    ) -> Result<Option<(Height, Finalization)>, Fault> {
        let known = self.headers.get(Height::new(high).plus(1)).await?;
        let Some((mut above, _)) = known else {
            return Ok(None);
        };
        while above.height.get() > low.saturating_add(1) {
            let clock = self.context.as_present();
            let blocks = self.line.below(clock, peer, &above).await;
            let Some(lowest) = blocks.last() else {
                break;
            };
            let lowest = lowest.header.clone();
            let certified = blocks.into_iter().find_map(|block| {
                let own = block.finalization.into_vec().pop()?;
                Some((block.header.height, own))
            });
            if let Some((height, own)) = certified {
                return Ok((height.get() > low).then_some((height, own)));
            }
            above = lowest;
        }
        Ok(None)
    }
}
