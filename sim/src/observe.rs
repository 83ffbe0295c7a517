//! Takes down what the honest nodes hold, through the same operations that their API offers.
use crate::client::{Answer, Told};
use crate::cluster::Doors;
use crate::evidence::View;
use crate::plan::Plan;
use crate::replay::replay;
use crate::run::{BOUND, LOOK, reached};
use amanat_node::{NodeHandle, Unavailable};
use amanat_types::block::Block;
use amanat_types::proof::ReceiptProof;
use amanat_types::wire::{BlockEvents, EVENT_BLOCKS_MAX};
use amanat_types::{Genesis, Height, StateKey, TransactionId};
use commonware_macros::select;
use commonware_runtime::{Clock as _, deterministic::Context};
use futures::future::join_all;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Values by key, `None` where a key has none.
type Values = BTreeMap<StateKey, Option<Vec<u8>>>;

/// Proofs asked of each node.
const PROOFS: usize = 8;
/// How many times a node is asked for what old blocks did, while it fetches that.
const PATIENCE: u32 = 200;

/// What every honest node holds, and of which transactions proofs were asked.
pub async fn views(
    context: &Context,
    doors: &Doors,
    genesis: &Genesis,
    (plan, answers): (&Plan, &[Answer]),
) -> (Vec<TransactionId>, Vec<View>) {
    let honest = plan.nodes();
    let running: Vec<NodeHandle> = honest.iter().filter_map(|m| doors.get(*m)).collect();
    let tips = running.iter().map(|door| door.status().height);
    let goal = tips.max().unwrap_or(0);
    // A node that does not come this far is seen as it is: the checkers say what it lacks.
    select! {
        _ = join_all(honest.iter().map(|member| reached(context, doors, *member, goal))) => {},
        _ = context.sleep(BOUND) => {},
    }
    let acknowledged: BTreeSet<TransactionId> = answers
        .iter()
        .filter(|answer| matches!(answer.told, Told::Final(_)))
        .map(|answer| answer.transaction)
        .collect();
    let every = acknowledged.len().div_ceil(PROOFS).max(1);
    let asked: Vec<TransactionId> = acknowledged.iter().copied().step_by(every).collect();
    let base = with_every_block(&running).await;
    let mut views = Vec::new();
    for (member, door) in honest.iter().filter_map(|m| Some((*m, doors.get(*m)?))) {
        let mut told = Vec::new();
        let known = outcomes(context, &door, Height::new(1), &mut told).await;
        let (state_height, state) = state((&door, base.as_ref()), genesis).await;
        let mut found = BTreeMap::new();
        for id in &acknowledged {
            // A node that still fetches what old blocks did has nothing to say of it.
            if let Ok(Some(last)) = door.find(*id).await {
                found.insert(*id, last);
            }
        }
        let (first, blocks) = blocks(&door, state_height).await;
        // Blocks may have come since the node was asked first.
        let told_all = match known {
            Some(next) => outcomes(context, &door, next, &mut told).await,
            None => None,
        };
        views.push(View {
            member,
            first,
            blocks,
            outcomes: told_all.map(|_| told),
            found,
            proofs: proofs(context, &door, &asked).await,
            state_height,
            state,
        });
    }
    (asked, views)
}

/// A node that has every block.
async fn with_every_block(doors: &[NodeHandle]) -> Option<NodeHandle> {
    for door in doors {
        let first = door.block(Height::new(1)).await.expect("the node runs");
        if first.is_some() {
            return Some(door.clone());
        }
    }
    None
}

/// The values of every key that a node's chain wrote, and the height at which it gave them. What its chain lacks from below is taken
/// from `base`.
///
/// The end of an epoch writes without a transaction, so a block that came after the keys were counted may have added one: they are
/// counted again then.
async fn state(
    (door, base): (&NodeHandle, Option<&NodeHandle>),
    genesis: &Genesis,
) -> (Height, Values) {
    let mut keys = Vec::new();
    loop {
        let answer = door.state(keys.clone()).await.expect("the node runs");
        let (first, own) = blocks(door, answer.height).await;
        let mut chain = match base {
            Some(base) if first > 1 => blocks(base, Height::new(first - 1)).await.1,
            _ => Vec::new(),
        };
        chain.extend(own);
        // A chain that cannot be replayed is a finding of the checkers, not of this.
        let written = replay(genesis, &chain).map(|(_, state)| state);
        let written: Vec<StateKey> = written.unwrap_or_default().into_keys().collect();
        if written == keys {
            let values = answer.values.into_vec().into_iter();
            let values = values.map(|value| value.map(|bytes| bytes.to_vec()));
            return (answer.height, keys.into_iter().zip(values).collect());
        }
        keys = written;
    }
}

/// Blocks up to `height`, or to the first that is missing, from the first that is there; and the height of that one.
async fn blocks(door: &NodeHandle, height: Height) -> (u64, Vec<Arc<Block>>) {
    let mut first = 1;
    let mut blocks = Vec::new();
    for at in 1..=height.get() {
        match door.block(Height::new(at)).await.expect("the node runs") {
            Some(block) => blocks.push(block),
            None if blocks.is_empty() => first = at + 1,
            None => break,
        }
    }
    (first, blocks)
}

/// Adds receipts and events of every block from `from` on that has any, once the node has them all. The height above its tip then;
/// nothing if that takes too long.
async fn outcomes(
    context: &Context,
    door: &NodeHandle,
    mut from: Height,
    all: &mut Vec<BlockEvents>,
) -> Option<Height> {
    let mut patience = PATIENCE;
    loop {
        match door.events(from, EVENT_BLOCKS_MAX).await {
            Ok(page) => {
                all.extend(page.blocks.into_vec());
                from = page.next;
                if page.next > page.tip {
                    return Some(from);
                }
            }
            Err(Unavailable::Fetching) if patience > 0 => {
                patience -= 1;
                context.sleep(LOOK).await;
            }
            Err(_) => return None,
        }
    }
}

async fn proofs(
    context: &Context,
    door: &NodeHandle,
    asked: &[TransactionId],
) -> BTreeMap<TransactionId, ReceiptProof> {
    let mut proofs = BTreeMap::new();
    for id in asked {
        // The certificate of a block may still be on its way to the disk.
        for _ in 0..20 {
            if let Ok(Some(proof)) = door.receipt(*id).await {
                proofs.insert(*id, proof);
                break;
            }
            context.sleep(Duration::from_millis(200)).await;
        }
    }
    proofs
}
