//! P5: who votes when. Read from the votes that honest nodes send, by the numbers of their keys.
use crate::evidence::{Evidence, whole};
use crate::party::address;
use amanat_types::block::Roster;
use std::collections::BTreeMap;

/// A key votes in no epoch whose validators it is not one of: not before it is admitted, nor once it was replaced.
pub fn only_validators_vote(evidence: &Evidence) -> Result<(), String> {
    let rosters = rosters(evidence)?;
    for (number, epochs) in &evidence.voted {
        let key = address(*number);
        for epoch in epochs {
            // No roster is known of an epoch that begins after the last block that was seen.
            let roster = rosters.get(epoch);
            if roster.is_some_and(|roster| !roster.keys().iter().any(|one| *one == key)) {
                return Err(format!(
                    "key {number} votes in epoch {epoch} and is no validator of it"
                ));
            }
        }
    }
    Ok(())
}

/// The validators of each epoch, as the genesis and the blocks name them.
fn rosters(evidence: &Evidence) -> Result<BTreeMap<u64, Roster>, String> {
    let first = Roster::new(evidence.genesis.validators()).map_err(|error| error.to_string())?;
    let mut rosters = BTreeMap::from([(0, first)]);
    let blocks = whole(&evidence.views).into_iter();
    for block in blocks.flat_map(|view| &view.blocks) {
        if let Some(next) = &block.header().next {
            rosters.insert(block.header().epoch() + 1, next.roster.clone());
        }
    }
    Ok(rosters)
}

/// A key whose disk was lost votes in no epoch in which it may have voted before: what it said there it no longer knows.
pub fn no_key_votes_where_its_votes_are_lost(evidence: &Evidence) -> Result<(), String> {
    for lost in &evidence.lost {
        if let (Some(before), Some(after)) = (lost.before, lost.after.first())
            && *after <= before
        {
            let number = lost.number;
            return Err(format!(
                "key {number} voted in epoch {before}, lost its votes, and votes in epoch {after}"
            ));
        }
    }
    Ok(())
}

/// Once what passed is in force, every honest validator whose node runs votes, the ones that joined and the ones with new keys too.
pub fn who_may_vote_votes(evidence: &Evidence) -> Result<(), String> {
    match evidence.unheard.as_slice() {
        [] => Ok(()),
        unheard => Err(format!("keys {unheard:?} may vote and do not")),
    }
}
