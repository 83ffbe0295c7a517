//! Keeps a read model up to the tip of the member's own node, and lets others wait for a height.
use crate::fold::Lookups;
use crate::model::{ReadModel, decode};
use amanat_client::{Fault, Ledger, LedgerState};
use amanat_types::state::{GrantState, Ticket};
use amanat_types::wire::{BlockEvents, EVENT_BLOCKS_MAX};
use amanat_types::{Event, Height, StateKey};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

/// How long one question to the node waits for a block.
const WAIT_MS: u64 = 5_000;
/// Pause after a fault.
const PAUSE: Duration = Duration::from_millis(200);

/// Follows the ledger in a task of its own until it is dropped.
pub struct Follower {
    folded: watch::Receiver<Height>,
    poke: Arc<Notify>,
    task: Arc<Task>,
}

struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Follower {
    /// Starts to follow `ledger` from the model's height. Needs a tokio runtime.
    pub fn start<L: Ledger>(model: ReadModel, ledger: L) -> Self {
        let (sender, folded) = watch::channel(model.height());
        let poke = Arc::new(Notify::new());
        let task = tokio::spawn(run(model, ledger, sender, Arc::clone(&poke)));
        Self {
            folded,
            poke,
            task: Arc::new(Task(task)),
        }
    }

    /// Height up to which the model was folded.
    pub fn height(&self) -> Height {
        *self.folded.borrow()
    }

    /// Waits until the block at `height` is folded.
    ///
    /// Faults: `TimedOut` after `limit`; `Unavailable` if following has stopped because the store failed.
    pub async fn wait_for(&self, height: Height, limit: Duration) -> Result<(), Fault> {
        let mut folded = self.folded.clone();
        if *folded.borrow() < height {
            self.poke.notify_one();
        }
        let reached = folded.wait_for(|folded| *folded >= height);
        match tokio::time::timeout(limit, reached).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(Fault::Unavailable {
                address: "the read model".into(),
                retry_after_ms: 1_000,
            }),
            Err(_) => Err(Fault::TimedOut {
                address: "the read model".into(),
                after_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
            }),
        }
    }

    /// Stops following, and waits until it has stopped. What is being folded is finished or dropped whole.
    pub async fn stop(&self) {
        self.task.0.abort();
        while !self.task.0.is_finished() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// Follows until the store fails; faults of the node are waited out.
async fn run<L: Ledger>(
    model: ReadModel,
    ledger: L,
    folded: watch::Sender<Height>,
    poke: Arc<Notify>,
) {
    let mut wait_ms = WAIT_MS;
    loop {
        // Whoever waits for a height below an idle tip is not to sit out the node's wait: the question is asked anew.
        let stepped = tokio::select! {
            stepped = step(&model, &ledger, wait_ms) => stepped,
            () = poke.notified(), if wait_ms > 0 => {
                wait_ms = 0;
                continue;
            }
        };
        wait_ms = WAIT_MS;
        match stepped {
            Ok(height) => drop(folded.send_replace(height)),
            Err(Fault::Storage { what, .. } | Fault::Damaged { what, .. }) => {
                tracing::error!(%what, "the read model failed and is not followed any more");
                return;
            }
            Err(fault) => {
                tracing::warn!(%fault, "the read model waits for the own node");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// One page.
async fn step<L: Ledger>(model: &ReadModel, ledger: &L, wait_ms: u64) -> Result<Height, Fault> {
    let limit = u32::try_from(EVENT_BLOCKS_MAX).unwrap_or(u32::MAX);
    let from = model.height().plus(1);
    let page = ledger.events(from, limit, wait_ms).await?;
    let lookups = lookups(ledger, &page.blocks).await?;
    let model = model.clone();
    amanat_client::disk::offload(move || model.fold(&page, &lookups)).await?
}

/// Asks the state for what these blocks' events leave to it.
pub async fn lookups<L: LedgerState>(ledger: &L, blocks: &[BlockEvents]) -> Result<Lookups, Fault> {
    let (mut tickets, mut grants) = (Vec::new(), Vec::new());
    let events = blocks.iter().flat_map(|block| &block.events);
    for event in events.flat_map(|events| &events.events) {
        match event {
            Event::TicketIssued(issued) => tickets.push(issued.ticket),
            Event::ConsentGranted(granted) => grants.push(granted.grant),
            _ => {}
        }
    }
    let issued: Vec<Option<Ticket>> = state(ledger, tickets.iter().map(StateKey::ticket)).await?;
    let given: Vec<Option<GrantState>> = state(ledger, grants.iter().map(StateKey::grant)).await?;
    let issued = tickets.into_iter().zip(issued);
    let given = grants.into_iter().zip(given);
    Ok(Lookups {
        bases: issued
            .filter_map(|(ticket, state)| Some((ticket, state?.basis)))
            .collect(),
        grants: given
            .filter_map(|(grant, state)| Some((grant, state?.access)))
            .collect(),
    })
}

async fn state<L: LedgerState, T>(
    ledger: &L,
    keys: impl Iterator<Item = StateKey>,
) -> Result<Vec<Option<T>>, Fault>
where
    T: commonware_codec::Read<Cfg = ()>,
{
    let values = ledger.values(keys.collect()).await?;
    let values = values.iter();
    values
        .map(|value| value.as_deref().map(decode).transpose())
        .collect()
}
