//! Clients: each sends its steps in order and keeps its own list of what it was told.
//!
//! A client asks a node that runs and waits; if the node dies, is full, or takes too long, it asks the next one with the
//! same transaction, as any client must. What it was told is final is acknowledged: that list is what is checked.
use crate::cluster::Doors;
use crate::workload::{Expected, Step};
use amanat_types::wire::{Finalized, Submitted};
use amanat_types::{Refusal, Transaction, TransactionId};
use commonware_macros::select;
use commonware_runtime::{Clock as _, deterministic::Context};
use commonware_utils::sync::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// How long a client waits for one node.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long it waits before it asks another.
const RETRY: Duration = Duration::from_millis(300);

/// What a client was told in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is final.
    Final(Finalized),
    /// It was refused before a block.
    Refused(Refusal),
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Number of the client's member.
    pub client: u16,
    /// Position of the step.
    pub step: usize,
    /// Node that answered.
    pub node: u16,
    /// The transaction.
    pub transaction: TransactionId,
    /// What the rules demand.
    pub expected: Expected,
    /// The answer.
    pub told: Told,
}

/// Answers of all clients; clones share them.
#[derive(Clone, Default)]
pub struct Answers(Arc<Mutex<Vec<Answer>>>);

impl Answers {
    /// All answers so far, by client and step.
    pub fn all(&self) -> Vec<Answer> {
        let mut all = self.0.lock().clone();
        all.sort_by_key(|answer| (answer.client, answer.step, answer.transaction, answer.node));
        all
    }
}

/// One client.
pub struct Client {
    /// Its member.
    pub member: u16,
    /// Nodes that it may ask.
    pub nodes: Vec<u16>,
    /// Where they are.
    pub doors: Doors,
    /// Where it keeps what it was told.
    pub answers: Answers,
    /// Blocks of an epoch.
    pub epoch_blocks: u64,
}

impl Client {
    /// Does every step.
    pub async fn run(self, context: Context, steps: Vec<Step>) {
        for (at, step) in steps.into_iter().enumerate() {
            context.sleep(step.pause).await;
            if step.in_force {
                self.in_force(&context).await;
            }
            let mut asked = Vec::new();
            for (offset, transaction) in step.transactions.iter().enumerate() {
                for copy in 0..step.spread.min(self.nodes.len()) {
                    let start = usize::from(self.member) + at + offset + copy;
                    let late = step.stagger * u32::try_from(copy).unwrap_or(0);
                    asked.push(self.finish(&context, (transaction, late), start));
                }
            }
            let told = futures::future::join_all(asked).await;
            let copies = told.len() / step.transactions.len();
            let mut answers = self.answers.0.lock();
            for (position, (node, told)) in told.into_iter().enumerate() {
                answers.push(Answer {
                    client: self.member,
                    step: at,
                    node,
                    transaction: step.transactions[position / copies].id(),
                    expected: step.expected,
                    told,
                });
            }
        }
    }

    /// Waits until all that this client was told is final before the epoch at hand is in force: two epochs on.
    async fn in_force(&self, context: &Context) {
        let last = {
            let answers = self.answers.0.lock();
            let mine = answers.iter().filter(|answer| answer.client == self.member);
            let heights = mine.filter_map(|answer| match &answer.told {
                Told::Final(last) => Some(last.height.get()),
                Told::Refused(_) => None,
            });
            heights.max().unwrap_or(0)
        };
        let goal = (last / self.epoch_blocks + 2) * self.epoch_blocks;
        // A node may die meanwhile, so the wait is a look now and then.
        loop {
            let doors = self.nodes.iter().filter_map(|node| self.doors.get(*node));
            let heights = doors.map(|door| door.status().height);
            if heights.max().unwrap_or(0) >= goal {
                return;
            }
            context.sleep(RETRY).await;
        }
    }

    /// Asks one node after the other, from some time on, until there is an answer.
    async fn finish(
        &self,
        context: &Context,
        (transaction, late): (&Transaction, Duration),
        start: usize,
    ) -> (u16, Told) {
        context.sleep(late).await;
        let mut turn = start;
        loop {
            let node = self.nodes[turn % self.nodes.len()];
            if let Some(told) = self.ask(context, transaction, node).await {
                return (node, told);
            }
            context.sleep(RETRY).await;
            turn += 1;
        }
    }

    async fn ask(&self, context: &Context, transaction: &Transaction, node: u16) -> Option<Told> {
        let door = self.doors.get(node)?;
        let mut answers = select! {
            answers = door.submit(vec![transaction.clone()], true) => answers,
            _ = context.sleep(PATIENCE) => return None,
        };
        match answers.pop()? {
            Submitted::Final(last) => Some(Told::Final(last)),
            Submitted::Refused(
                Refusal::Stopping | Refusal::MempoolFull | Refusal::MempoolShareFull,
            ) => None,
            Submitted::Refused(refusal) => Some(Told::Refused(refusal)),
            Submitted::Pending(_) | Submitted::TimedOut(_) => None,
        }
    }
}
