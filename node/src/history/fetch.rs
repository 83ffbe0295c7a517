//! Fetches what old blocks did, downwards from the first block that this node executed, until nothing is missing.
use super::line::Line;
use super::wire::PastBlock;
use crate::archive::Archive;
use crate::fault::Fault;
use crate::network::Blocks;
use crate::past::Headers;
use crate::store::Runtime;
use amanat_types::block::Header;
use commonware_macros::select;
use commonware_runtime::{ContextCell, Handle, spawn_cell};
use std::time::Duration;

/// Pause after a round in which no peer had anything.
const PAUSE: Duration = Duration::from_millis(500);
/// Blocks between two lines in the log.
const PROGRESS: u64 = 10_000;

/// Parts of a fetcher.
pub struct Fetcher<E: Runtime, B> {
    context: ContextCell<E>,
    headers: Headers<E>,
    archive: Archive<E>,
    line: Line<B>,
}

impl<E: Runtime, B: Blocks> Fetcher<E, B> {
    /// Joins the parts.
    pub fn new(context: E, (headers, archive): (Headers<E>, Archive<E>), line: Line<B>) -> Self {
        Self {
            context: ContextCell::new(context),
            headers,
            archive,
            line,
        }
    }

    /// Runs until nothing is missing.
    pub fn start(mut self) -> Handle<()> {
        spawn_cell!(self.context, self.run())
    }

    async fn run(mut self) {
        let mut stopped = self.context.as_present().stopped();
        select! {
            _ = &mut stopped => {},
            fetched = self.fetch() => fetched.unwrap_or_else(|fault| fault.stop()),
        }
    }

    async fn fetch(&mut self) -> Result<(), Fault> {
        // The first block that this node executes is the one to go down from.
        self.line.follow().reached(1).await;
        let mut told = u64::MAX;
        loop {
            let Some(first) = self.archive.first().await else {
                self.context.as_present().sleep(PAUSE).await;
                continue;
            };
            if first.get() <= 1 {
                if told != u64::MAX {
                    tracing::info!("receipts and events of all blocks are here");
                }
                return Ok(());
            }
            if told.saturating_sub(first.get()) >= PROGRESS {
                tracing::info!(below = first.get(), "fetching receipts and events");
                told = first.get();
            }
            let above = self.headers.get(first).await?;
            let (above, _) = above.ok_or(Fault::OutcomeMissing(first))?;
            if !self.below(&above).await? {
                self.context.as_present().sleep(PAUSE).await;
            }
        }
    }

    /// Fetches some blocks below `above` from the first peer that has them. Whether one had.
    async fn below(&mut self, above: &Header) -> Result<bool, Fault> {
        // Another first each time that the tip moved.
        let turn = self.line.follow().tip().height.get();
        for peer in self.line.peers(turn) {
            let clock = self.context.as_present();
            let blocks = self.line.below(clock, &peer, above).await;
            if !blocks.is_empty() {
                self.keep(blocks).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn keep(&self, blocks: Vec<PastBlock>) -> Result<(), Fault> {
        let past = blocks.iter();
        let past = past.map(|block| (block.header.clone(), block.finalization.clone()));
        self.headers.keep(past).await?;
        let outcomes = blocks.into_iter();
        let outcomes = outcomes.map(|block| (block.header.digest(), block.outcome));
        self.archive.keep(outcomes.collect()).await
    }
}
