//! P5: f members may be down, cut off or hostile, and nothing acknowledged is lost; afterwards the chain goes on.
use crate::evidence::Evidence;
use crate::run::BOUND;
use commonware_cryptography::Digestible as _;

/// All honest nodes hold the same block at each height, each on its parent.
pub fn no_fork(evidence: &Evidence) -> Result<(), String> {
    let longest = evidence.views.iter().max_by_key(|view| view.blocks.len());
    let Some(longest) = longest else {
        return Err("no honest node was seen".into());
    };
    for (below, above) in longest.blocks.iter().zip(longest.blocks.iter().skip(1)) {
        let header = above.header();
        if header.parent != below.digest() || header.height != below.header().height.plus(1) {
            return Err(format!("block {} does not follow the one below", header.height));
        }
    }
    for view in &evidence.views {
        for (own, other) in view.blocks.iter().zip(&longest.blocks) {
            if own.digest() != other.digest() {
                let (member, with) = (view.member, longest.member);
                let height = own.header().height;
                return Err(format!("nodes {member} and {with} differ at height {height}"));
            }
        }
    }
    Ok(())
}

/// What a client was told is final stands at every honest node, at the height and with the receipt it was told.
pub fn nothing_acknowledged_is_missing(evidence: &Evidence) -> Result<(), String> {
    for (answer, last) in evidence.acknowledged() {
        let id = answer.transaction;
        let at = usize::try_from(last.height.get()).unwrap_or(usize::MAX);
        for view in &evidence.views {
            let member = view.member;
            let block = at.checked_sub(1).and_then(|at| view.blocks.get(at));
            if !block.is_some_and(|block| block.payload().ids().contains(&id)) {
                return Err(format!("{id}, acknowledged at height {at}, is not at node {member}"));
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
        return Err(format!("height {goal} not reached within {bound} s: {heights:?}"));
    }
    let (owed, given) = (recovery.owed, evidence.answers.len());
    if recovery.clients_done.is_none_or(|done| done > BOUND) || given != owed {
        return Err(format!("{given} of {owed} answers within {bound} s"));
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

#[cfg(test)]
mod tests {
    use super::{
        no_fork, no_honest_node_is_cut_off, nothing_acknowledged_is_missing, the_chain_goes_on,
    };
    use crate::check::good::{busy, evidence, forge};
    use crate::client::Told;
    use std::time::Duration;

    #[test]
    fn a_fork_is_seen() {
        let mut broken = evidence();
        let block = broken.views[4].blocks[2].clone();
        broken.views[4].blocks[2] = forge(&block, |header, _| header.time = header.time.plus(1));
        assert!(no_fork(&broken).is_err());
    }

    #[test]
    fn a_broken_chain_is_seen() {
        let mut broken = evidence();
        for view in &mut broken.views {
            view.blocks.remove(3);
        }
        assert!(no_fork(&broken).is_err());
        broken.views.clear();
        assert!(no_fork(&broken).is_err());
    }

    #[test]
    fn a_lost_transaction_is_seen() {
        let mut broken = evidence();
        let at = busy(&broken);
        let block = broken.views[1].blocks[at].clone();
        broken.views[1].blocks[at] = forge(&block, |_, parcels| parcels.clear());
        assert!(nothing_acknowledged_is_missing(&broken).is_err());
    }

    #[test]
    fn a_lost_tail_is_seen() {
        let mut broken = evidence();
        let at = busy(&broken);
        broken.views[5].blocks.truncate(at);
        assert!(nothing_acknowledged_is_missing(&broken).is_err());
    }

    #[test]
    fn a_lost_or_changed_outcome_is_seen() {
        let mut broken = evidence();
        broken.views[6].found.pop_first();
        assert!(nothing_acknowledged_is_missing(&broken).is_err());
        let mut broken = evidence();
        for answer in &mut broken.answers {
            if let Told::Final(last) = &mut answer.told {
                last.receipt.units += 1;
                break;
            }
        }
        assert!(nothing_acknowledged_is_missing(&broken).is_err());
    }

    #[test]
    fn a_chain_that_stands_still_is_seen() {
        let mut broken = evidence();
        broken.recovery.reached = None;
        assert!(the_chain_goes_on(&broken).is_err());
        broken.recovery.reached = Some(Duration::from_secs(3_600));
        assert!(the_chain_goes_on(&broken).is_err());
        let mut broken = evidence();
        broken.recovery.clients_done = None;
        assert!(the_chain_goes_on(&broken).is_err());
        let mut broken = evidence();
        broken.answers.pop();
        assert!(the_chain_goes_on(&broken).is_err());
    }

    #[test]
    fn a_cut_among_the_honest_is_seen() {
        let mut broken = evidence();
        broken.recovery.blocked = vec![(1, 2)];
        assert!(no_honest_node_is_cut_off(&broken).is_err());
    }
}
