//! How old blocks are asked for: whom, for how long, and what becomes of who lies.
use super::actor::History;
use super::judge::{Answer, judge};
use super::wire::{Ask, PastBlock, Tell};
use crate::follow::Follow;
use crate::network::Blocks;
use crate::rosters::Rosters;
use crate::store::Runtime;
use amanat_types::block::Header;
use amanat_types::{Digest, Height};
use commonware_cryptography::ed25519;
use commonware_macros::select;
use std::time::Duration;

/// How long a peer may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// Asks validators for old blocks.
#[derive(Clone)]
pub struct Line<B> {
    network: Digest,
    follow: Follow,
    rosters: Rosters,
    history: History,
    blocker: B,
}

impl<B: Blocks> Line<B> {
    /// Joins the parts.
    pub fn new(
        network: Digest,
        (follow, rosters): (Follow, Rosters),
        (history, blocker): (History, B),
    ) -> Self {
        Self {
            network,
            follow,
            rosters,
            history,
            blocker,
        }
    }

    /// The tip of this node.
    pub const fn follow(&self) -> &Follow {
        &self.follow
    }

    /// Validators of the newest roster, another first for each `turn`.
    pub fn peers(&self, turn: u64) -> Vec<ed25519::PublicKey> {
        let roster = self.rosters.roster(self.follow.tip().epoch());
        let me = self.rosters.me();
        let keys = roster.iter().flat_map(|roster| roster.keys().iter());
        let mut peers: Vec<_> = keys.filter(|key| **key != me).cloned().collect();
        let count = u64::try_from(peers.len()).unwrap_or(1).max(1);
        let first = usize::try_from(turn % count).unwrap_or(0);
        if first < peers.len() {
            peers.rotate_left(first);
        }
        peers
    }

    /// Some blocks below `above` as `peer` has them, descending and judged; none if it has none or does not answer. Who lies is cut off.
    pub async fn below<E: Runtime>(
        &mut self,
        clock: &E,
        peer: &ed25519::PublicKey,
        above: &Header,
    ) -> Vec<PastBlock> {
        let height = Height::new(above.height.get().saturating_sub(1));
        let asked = self.history.ask(peer.clone(), Ask::Blocks(height));
        let answer = select! {
            told = asked => match told {
                Ok(Tell::Blocks(blocks)) => judge(&self.network, &self.rosters, above, blocks.into_vec()),
                Ok(Tell::Standing(_)) => Answer::Wrong("answered another question"),
                Err(_) => Answer::Nothing,
            },
            _ = clock.sleep(ANSWER) => Answer::Nothing,
        };
        match answer {
            Answer::Good(blocks) => blocks,
            Answer::Nothing => Vec::new(),
            Answer::Wrong(reason) => {
                commonware_p2p::block!(self.blocker, peer.clone(), reason, "false history");
                Vec::new()
            }
        }
    }
}
