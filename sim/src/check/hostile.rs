//! P5: what faulty disks and hostile members do harms nobody else.
use crate::evidence::Evidence;
use crate::liar::believed;
use commonware_cryptography::Digestible as _;

/// No honest validator voted for two blocks of one view, or both to finalise and to skip one, before or after a crash.
pub fn no_honest_validator_votes_twice(evidence: &Evidence) -> Result<(), String> {
    if evidence.votes == 0 {
        return Err("no vote of an honest validator was heard".into());
    }
    match evidence.votes_twice.as_slice() {
        [] => Ok(()),
        twice => Err(twice.join("; ")),
    }
}

/// A node whose disk refused a write or a sync stopped.
pub fn no_node_ignores_its_disk(evidence: &Evidence) -> Result<(), String> {
    match evidence.ignored.as_slice() {
        [] => Ok(()),
        ignored => Err(format!("the disks of {ignored:?} refused and they went on")),
    }
}

/// No block that is a lie stands in the chain of an honest node.
pub fn no_lie_is_believed(evidence: &Evidence) -> Result<(), String> {
    for view in &evidence.views {
        let chain: Vec<_> = view.blocks.iter().map(|block| block.digest()).collect();
        let believed = believed(&evidence.lies, chain.iter());
        if !believed.is_empty() {
            return Err(format!("node {} finalised {believed:?}", view.member));
        }
    }
    Ok(())
}
