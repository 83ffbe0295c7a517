//! Fetches what old blocks did, downwards from the first block that this node executed, until nothing is missing.
use super::actor::History;
use super::judge::{Answer, judge};
use super::wire::{Ask, PastBlock, Tell};
use crate::archive::Archive;
use crate::fault::Fault;
use crate::follow::Follow;
use crate::network::Blocks;
use crate::past::Headers;
use crate::rosters::Rosters;
use crate::store::Runtime;
use amanat_types::block::Header;
use amanat_types::{Digest, Height};
use commonware_cryptography::ed25519;
use commonware_macros::select;
use commonware_runtime::{ContextCell, Handle, spawn_cell};
use std::time::Duration;

/// How long a peer may take to answer.
const ANSWER: Duration = Duration::from_secs(5);
/// Pause after a round in which no peer had anything.
const PAUSE: Duration = Duration::from_millis(500);
/// Blocks between two lines in the log.
const PROGRESS: u64 = 10_000;

/// Parts of a fetcher.
pub struct Fetcher<E: Runtime, B> {
    context: ContextCell<E>,
    network: Digest,
    headers: Headers<E>,
    archive: Archive<E>,
    follow: Follow,
    rosters: Rosters,
    history: History,
    blocker: B,
}

impl<E: Runtime, B: Blocks> Fetcher<E, B> {
    /// Joins the parts.
    pub fn new(
        context: E,
        network: Digest,
        (headers, archive): (Headers<E>, Archive<E>),
        (follow, rosters): (Follow, Rosters),
        (history, blocker): (History, B),
    ) -> Self {
        Self {
            context: ContextCell::new(context),
            network,
            headers,
            archive,
            follow,
            rosters,
            history,
            blocker,
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
        self.follow.reached(1).await;
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
        for peer in self.peers() {
            let height = Height::new(above.height.get().saturating_sub(1));
            let asked = self.history.ask(peer.clone(), Ask::Blocks(height));
            let blocks = select! {
                told = asked => match told {
                    Ok(Tell::Blocks(blocks)) => judge(&self.network, &self.rosters, above, blocks.into_vec()),
                    Ok(Tell::Standing(_)) => Answer::Wrong("answered another question"),
                    Err(_) => Answer::Nothing,
                },
                _ = self.context.as_present().sleep(ANSWER) => Answer::Nothing,
            };
            match blocks {
                Answer::Nothing => {}
                Answer::Wrong(reason) => {
                    commonware_p2p::block!(self.blocker, peer, reason, "false history");
                }
                Answer::Good(blocks) => {
                    self.keep(blocks).await?;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Validators of the newest roster, another first each time that the tip moved.
    fn peers(&self) -> Vec<ed25519::PublicKey> {
        let tip = self.follow.tip();
        let roster = self.rosters.roster(tip.epoch());
        let me = self.rosters.me();
        let keys = roster.iter().flat_map(|roster| roster.keys().iter());
        let mut peers: Vec<_> = keys.filter(|key| **key != me).cloned().collect();
        let count = u64::try_from(peers.len()).unwrap_or(1).max(1);
        let first = usize::try_from(tip.height.get() % count).unwrap_or(0);
        if first < peers.len() {
            peers.rotate_left(first);
        }
        peers
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
