//! P10: the same inputs give the same bytes: executed again by the contracts alone, and under the same seed again.
use crate::evidence::{Evidence, Trace, View};
use crate::replay::{Replayed, State, replay};
use amanat_types::block::Block;
use std::sync::Arc;

/// The contracts over a plain map give the receipts and events that each header of each node commits to.
pub fn replay_gives_the_headers(evidence: &Evidence) -> Result<(), String> {
    let mut views = evidence.views.iter();
    views.try_for_each(|view| {
        let chain = evidence.chain(view);
        let (replayed, _) = replayed(evidence, view, &chain)?;
        let mut blocks = chain.iter().zip(&replayed);
        blocks.try_for_each(|(block, replayed)| agrees(block, replayed))
    })
}

fn agrees(block: &Arc<Block>, replayed: &Replayed) -> Result<(), String> {
    let header = block.header();
    let pairs = [
        (
            "transactions",
            header.transactions_root,
            block.payload().root(),
        ),
        ("receipts", header.receipts_root, replayed.receipts_root),
        ("events", header.events_root, replayed.events_root),
    ];
    for (what, committed, found) in pairs {
        if committed != found {
            let height = header.height;
            return Err(format!(
                "block {height} commits to other {what} than its replay gives"
            ));
        }
    }
    Ok(())
}

/// They give the values that each node holds, and each node holds all of them.
pub fn replay_gives_the_state(evidence: &Evidence) -> Result<(), String> {
    for view in &evidence.views {
        let member = view.member;
        let (_, state) = replayed(evidence, view, &evidence.chain(view))?;
        let height = view.height();
        if view.state_height.get() != height {
            let at = view.state_height;
            return Err(format!(
                "node {member} gave values of height {at} and blocks up to {height}"
            ));
        }
        for (key, value) in &state {
            if view.state.get(key) != Some(&Some(value.clone())) {
                return Err(format!("node {member} holds another value under {key}"));
            }
        }
    }
    Ok(())
}

/// Executed again from genesis on an empty store, the chain gives every root that its headers commit to.
pub fn a_fresh_store_gives_the_roots(evidence: &Evidence) -> Result<(), String> {
    evidence.fresh.clone()
}

fn replayed(
    evidence: &Evidence,
    view: &View,
    chain: &[Arc<Block>],
) -> Result<(Vec<Replayed>, State), String> {
    let replayed = replay(&evidence.genesis, chain);
    replayed.map_err(|why| format!("the chain of node {}: {why}", view.member))
}

/// The same seed ran twice.
pub fn same_trace(first: &Trace, second: &Trace) -> Result<(), String> {
    if first == second {
        return Ok(());
    }
    Err(format!("the same seed gave {first:?} and then {second:?}"))
}
