//! P3: who joined late, or lost its disk, can tell of all that happened, as everyone else.
use crate::evidence::Evidence;
use amanat_node::execution::{event_leaves, receipt_leaves};
use amanat_types::merkle;
use amanat_types::wire::BlockEvents;
use std::collections::BTreeMap;

/// Every node gives receipts and events of every block, and they are those that the block's header commits to.
pub fn every_node_has_every_outcome(evidence: &Evidence) -> Result<(), String> {
    for view in &evidence.views {
        let member = view.member;
        let Some(outcomes) = &view.outcomes else {
            return Err(format!("node {member} does not have what old blocks did"));
        };
        let given = outcomes.iter().map(|one| (one.height.get(), one));
        let given: BTreeMap<u64, &BlockEvents> = given.collect();
        for block in evidence.chain(view) {
            let header = block.header();
            let outcome = given.get(&header.height.get());
            let receipts = outcome.map(|one| receipt_leaves(one)).unwrap_or_default();
            let events = outcome.map(|one| event_leaves(one)).unwrap_or_default();
            if merkle::root(receipts.iter()) != header.receipts_root
                || merkle::root(events.iter()) != header.events_root
            {
                let height = header.height;
                let what = match outcome {
                    Some(_) => "other receipts or events of",
                    None => "neither receipts nor events of",
                };
                return Err(format!("node {member} gives {what} block {height}"));
            }
        }
    }
    Ok(())
}
