//! What a run leaves behind for the checkers: plain data, taken from the nodes and the clients when all is calm.
use crate::client::{Answer, Release, Told};
use crate::liar::{Lie, PastLie};
use crate::watch::{Lost, Voted};
use crate::workload::Expected;
use amanat_types::block::{Block, Roster};
use amanat_types::proof::ReceiptProof;
use amanat_types::receipt::Outcome;
use amanat_types::wire::{BlockEvents, Finalized};
use amanat_types::{Digest, Genesis, Height, StateKey, TransactionId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// What one honest node holds.
#[derive(Clone, Debug)]
pub struct View {
    /// Its member.
    pub member: u16,
    /// Height of its first block: above 1 if it took the state of a later one over.
    pub first: u64,
    /// Its blocks from there on, without a gap.
    pub blocks: Vec<Arc<Block>>,
    /// Receipts and events of every block that has any, from height 1 on, as it gives them to whoever follows; nothing if it does not.
    pub outcomes: Option<Vec<BlockEvents>>,
    /// What it says of acknowledged transactions.
    pub found: BTreeMap<TransactionId, Finalized>,
    /// Its proofs of some of them.
    pub proofs: BTreeMap<TransactionId, ReceiptProof>,
    /// Height at which it gave its values.
    pub state_height: Height,
    /// Values of every key that the chain wrote.
    pub state: BTreeMap<StateKey, Option<Vec<u8>>>,
}

impl View {
    /// Its block at a height.
    pub fn block(&self, height: u64) -> Option<&Arc<Block>> {
        let at = height.checked_sub(self.first)?;
        self.blocks.get(usize::try_from(at).ok()?)
    }

    /// Height of its last block.
    pub fn height(&self) -> u64 {
        let count = u64::try_from(self.blocks.len()).unwrap_or(u64::MAX);
        self.first.saturating_sub(1).saturating_add(count)
    }
}

/// The longest view that has every block.
pub fn whole(views: &[View]) -> Option<&View> {
    let whole = views.iter().filter(|view| view.first == 1);
    whole.max_by_key(|view| view.blocks.len())
}

/// How the chain went on after the last fault.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// Highest finalised block of any honest node when the faults ended.
    pub calm_height: u64,
    /// Height that every honest node had to reach.
    pub goal: u64,
    /// When the last of them reached it, after the faults ended; nothing if the time ran out.
    pub reached: Option<Duration>,
    /// When the last client was done, after the faults ended; nothing if the time ran out.
    pub clients_done: Option<Duration>,
    /// When it had to be.
    pub clients_bound: Duration,
    /// Height of each honest node at the end.
    pub heights: BTreeMap<u16, u64>,
    /// Answers that the clients were to get.
    pub owed: usize,
    /// Honest nodes that cut the hostile member off.
    pub cut_off: usize,
    /// Honest nodes that cut an honest node off.
    pub blocked: Vec<(u16, u16)>,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The network.
    pub genesis: Arc<Genesis>,
    /// Honest nodes, by member.
    pub views: Vec<View>,
    /// What clients were told.
    pub answers: Vec<Answer>,
    /// What clients were told of releases.
    pub releases: Vec<Release>,
    /// Transactions whose proofs were asked of every node.
    pub asked: Vec<TransactionId>,
    /// How it went on.
    pub recovery: Recovery,
    /// Views in which the equivocator voted for two blocks.
    pub contradictions: usize,
    /// Who validates in the end, by numbers of consensus keys, if the run voted and went on until that was in force.
    pub validators_after: Option<BTreeSet<u16>>,
    /// Votes of honest validators that were heard.
    pub votes: usize,
    /// Honest validators that contradicted themselves in one view, in words.
    pub votes_twice: Vec<String>,
    /// Epochs in which each key of an honest node was heard, by its number.
    pub voted: Voted,
    /// Keys whose votes were lost with their disks.
    pub lost: Vec<Lost>,
    /// Numbers of keys that were to vote once all was in force, and were not heard in time.
    pub unheard: Vec<u16>,
    /// Members whose nodes were started under new keys.
    pub rekeyed: Vec<u16>,
    /// Blocks that are lies, and what is wrong with each.
    pub lies: BTreeMap<Digest, Lie>,
    /// Lies about what lies behind the tip that were told to whoever joined, and how many of each kind.
    pub past_lies: BTreeMap<PastLie, usize>,
    /// Nodes that went on although their disk had refused a write or a sync.
    pub ignored: Vec<u16>,
    /// How many times a node stopped because its disk had refused.
    pub stopped: usize,
    /// Writes of which a power cut kept a part only.
    pub torn: usize,
    /// Whether the chain, executed again on an empty store, gave every root of every header; else what it gave.
    pub fresh: Result<(), String>,
}

/// What must be the same when a seed runs again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Digest over the headers of every node and the answers of every client.
    pub chain: Digest,
    /// State of the runtime's auditor: every task that ran, every byte sent, written and drawn.
    pub auditor: String,
    /// Virtual time from start to end.
    pub elapsed: Duration,
}

impl Evidence {
    /// Answers that say that a transaction is final.
    pub fn acknowledged(&self) -> impl Iterator<Item = (&Answer, &Finalized)> {
        self.answers.iter().filter_map(|answer| match &answer.told {
            Told::Final(last) => Some((answer, last)),
            Told::Refused(_) => None,
        })
    }

    /// All blocks of a view's chain from height 1 on: those that it does not have are taken from the longest view that has every block.
    pub fn chain(&self, view: &View) -> Vec<Arc<Block>> {
        let below = usize::try_from(view.first.saturating_sub(1)).unwrap_or(usize::MAX);
        let whole = whole(&self.views).into_iter();
        let below = whole.flat_map(|whole| whole.blocks.iter().take(below));
        below.chain(&view.blocks).cloned().collect()
    }

    /// Validators of the last epoch that a block of any view names, if any does.
    pub fn roster(&self) -> Option<&Roster> {
        let blocks = self.views.iter().flat_map(|view| view.blocks.iter());
        let named = blocks.filter_map(|block| {
            let next = block.header().next.as_ref()?;
            Some((block.header().height, &next.roster))
        });
        named
            .max_by_key(|(height, _)| *height)
            .map(|(_, roster)| roster)
    }

    /// How many they are, else those of the genesis.
    pub fn validators(&self) -> usize {
        let roster = self.roster();
        roster.map_or(self.genesis.validators().len(), |roster| {
            roster.keys().len()
        })
    }

    /// Requests that lost against a revocation that they raced.
    pub fn outrun(&self) -> usize {
        let raced = self.answers.iter().filter(|answer| {
            let refused = |last: &Finalized| matches!(last.receipt.outcome, Outcome::Refused(_));
            matches!(answer.expected, Expected::Raced(_))
                && matches!(&answer.told, Told::Final(last) if refused(last))
        });
        raced.count()
    }

    /// Height of the lowest node.
    pub fn height(&self) -> u64 {
        let heights = self.views.iter().map(View::height);
        heights.min().unwrap_or(0)
    }

    /// Nodes that took the state of others over.
    pub fn took_over(&self) -> usize {
        self.views.iter().filter(|view| view.first > 1).count()
    }
}
