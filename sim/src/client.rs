//! Clients: each sends its steps in order and keeps its own list of what it was told.
//!
//! A client asks a node that runs and waits; if the node dies, is full, or takes too long, it asks the next one with the
//! same transaction, as any client must. What it was told is final is acknowledged: that list is what is checked.
use crate::cluster::Doors;
use crate::workload::{Expected, Reading, Step};
use amanat_types::codec::List;
use amanat_types::release::ReleaseRequest;
use amanat_types::wire::{Finalized, ReleaseAnswer, ReleaseQuestion, Submitted};
use amanat_types::{Height, MemberId, Refusal, Transaction, TransactionId};
use commonware_macros::select;
use commonware_runtime::{Clock as _, deterministic::Context};
use commonware_utils::sync::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// How long a client waits for one node.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long it waits before it asks another.
const RETRY: Duration = Duration::from_millis(300);
/// How often it asks for a record.
const READING: Duration = Duration::from_millis(70);

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

/// What a node said when it was asked whether a record may be released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Number of the client's member.
    pub client: u16,
    /// Node that answered.
    pub node: u16,
    /// The request that gave the ticket.
    pub asked: TransactionId,
    /// What takes the consent back.
    pub revokes: TransactionId,
    /// Height that the client showed.
    pub seen: Height,
    /// Height at which it was released, or why not.
    pub said: Result<Height, Refusal>,
}

/// Answers of all clients; clones share them.
#[derive(Clone, Default)]
pub struct Answers(Arc<Mutex<Vec<Answer>>>, Arc<Mutex<Vec<Release>>>);

impl Answers {
    /// All answers so far, by client and step.
    pub fn all(&self) -> Vec<Answer> {
        let mut all = self.0.lock().clone();
        all.sort_by_key(|answer| (answer.client, answer.step, answer.transaction, answer.node));
        all
    }

    /// All that was said of releases, in the order in which each client was told.
    pub fn releases(&self) -> Vec<Release> {
        let mut all = self.1.lock().clone();
        all.sort_by_key(|release| release.client);
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
            let all = futures::future::join_all(asked);
            let told = match &step.reading {
                None => all.await,
                Some(reading) => select! {
                    told = all => told,
                    _ = self.read_on(&context, reading) => unreachable!("it goes on for ever"),
                },
            };
            if let Some(reading) = &step.reading {
                self.read_after(&context, reading, &told).await;
            }
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

    /// Asks one node after the other for a record, until somebody stops it.
    async fn read_on(&self, context: &Context, reading: &Reading) {
        for turn in usize::from(self.member).. {
            let node = self.nodes[turn % self.nodes.len()];
            self.read(context, reading, (node, Height::new(0))).await;
            context.sleep(READING).await;
        }
    }

    /// Asks every node that runs once more, and shows the height up to which all is final.
    async fn read_after(&self, context: &Context, reading: &Reading, told: &[(u16, Told)]) {
        let heights = told.iter().filter_map(|(_, told)| match told {
            Told::Final(last) => Some(last.height),
            Told::Refused(_) => None,
        });
        let seen = heights.max().unwrap_or(Height::new(0));
        for node in &self.nodes {
            self.read(context, reading, (*node, seen)).await;
        }
    }

    async fn read(&self, context: &Context, reading: &Reading, (node, seen): (u16, Height)) {
        let Some(door) = self.doors.get(node) else {
            return;
        };
        let question = ReleaseQuestion {
            requester: MemberId::new(self.member),
            request: ReleaseRequest {
                ticket: reading.ticket,
                seen,
                records: List::new(vec![reading.record]).expect("one"),
            },
        };
        let said = select! {
            said = door.release(question) => said,
            _ = context.sleep(PATIENCE) => return,
        };
        let said = match said {
            Ok(ReleaseAnswer::Released(release)) => Ok(release.height),
            Ok(ReleaseAnswer::Refused(refusal)) => Err(refusal),
            Err(_) => return,
        };
        self.answers.1.lock().push(Release {
            client: self.member,
            node,
            asked: reading.asked,
            revokes: reading.revokes,
            seen,
            said,
        });
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
