//! P5: f members may be down, cut off or hostile, and nothing acknowledged is lost; afterwards the chain goes on.
use crate::evidence::{Evidence, whole};
use crate::party::address;
use crate::run::BOUND;
use commonware_cryptography::Digestible as _;

/// All honest nodes hold the same block at each height, each on its parent; one of them holds all.
pub fn no_fork(evidence: &Evidence) -> Result<(), String> {
    let Some(longest) = whole(&evidence.views) else {
        return Err("no honest node was seen that has every block".into());
    };
    for view in &evidence.views {
        for (below, above) in view.blocks.iter().zip(view.blocks.iter().skip(1)) {
            let header = above.header();
            if header.parent != below.digest() || header.height != below.header().height.plus(1) {
                return Err(format!(
                    "block {} does not follow the one below",
                    header.height
                ));
            }
        }
        for (height, own) in (view.first..).zip(&view.blocks) {
            let other = longest.block(height);
            if other.is_some_and(|other| other.digest() != own.digest()) {
                let (member, with) = (view.member, longest.member);
                return Err(format!(
                    "nodes {member} and {with} differ at height {height}"
                ));
            }
        }
    }
    Ok(())
}

/// What a client was told is final stands at every honest node, at the height and with the receipt it was told.
pub fn nothing_acknowledged_is_missing(evidence: &Evidence) -> Result<(), String> {
    for (answer, last) in evidence.acknowledged() {
        let id = answer.transaction;
        let at = last.height.get();
        for view in &evidence.views {
            let member = view.member;
            // Who took a later state over has the outcome of the block, and not the block.
            let block = view.block(at);
            let stands = block.is_some_and(|block| block.payload().ids().contains(&id));
            if !stands && at >= view.first {
                return Err(format!(
                    "{id}, acknowledged at height {at}, is not at node {member}"
                ));
            }
            if view.found.get(&id) != Some(last) {
                return Err(format!("node {member} says something else of {id}"));
            }
        }
    }
    Ok(())
}

/// After the last fault every honest node goes on and every client gets all its answers, in bounded time.
pub fn the_chain_goes_on(evidence: &Evidence) -> Result<(), String> {
    let recovery = &evidence.recovery;
    let bound = BOUND.as_secs();
    if recovery.reached.is_none_or(|reached| reached > BOUND) {
        let (goal, heights) = (recovery.goal, &recovery.heights);
        return Err(format!(
            "height {goal} not reached within {bound} s: {heights:?}"
        ));
    }
    let (owed, given) = (recovery.owed, evidence.answers.len());
    let bound = recovery.clients_bound;
    if recovery.clients_done.is_none_or(|done| done > bound) || given != owed {
        return Err(format!(
            "{given} of {owed} answers within {} s",
            bound.as_secs()
        ));
    }
    Ok(())
}

/// No honest node has cut another honest node off for misbehaviour.
pub fn no_honest_node_is_cut_off(evidence: &Evidence) -> Result<(), String> {
    match evidence.recovery.blocked.as_slice() {
        [] => Ok(()),
        blocked => Err(format!("honest nodes cut honest nodes off: {blocked:?}")),
    }
}

/// What the members voted for while faults happened came into force: those validate who were to, and nobody else.
pub fn what_passed_is_in_force(evidence: &Evidence) -> Result<(), String> {
    let Some(expected) = &evidence.validators_after else {
        return Ok(());
    };
    let Some(roster) = evidence.roster() else {
        return Err("no epoch ended".into());
    };
    let keys = roster.keys();
    let known = expected.iter().filter(|number| {
        let key = address(**number);
        keys.iter().any(|other| *other == key)
    });
    if known.count() != expected.len() || keys.len() != expected.len() {
        let count = keys.len();
        return Err(format!("{expected:?} were to validate; {count} others do"));
    }
    Ok(())
}
