//! P1 and P4: a revocation races requests for tickets and releases. Its place on the ledger decides, at every node.
use crate::client::{Answer, Told};
use crate::evidence::{Evidence, whole};
use crate::workload::Expected;
use amanat_types::receipt::Outcome;
use amanat_types::{Refusal, TransactionId};
use std::collections::BTreeMap;

/// Height of the block and position in it of every transaction.
type Places = BTreeMap<TransactionId, (u64, usize)>;

/// Where each transaction stands; nothing if no honest node has every block, of which other checkers tell.
fn places(evidence: &Evidence) -> Places {
    let blocks = whole(&evidence.views).into_iter();
    let blocks = blocks.flat_map(|view| view.blocks.iter());
    let placed = blocks.flat_map(|block| {
        let height = block.header().height.get();
        let ids = block.payload().ids().iter().enumerate();
        ids.map(move |(at, id)| (*id, (height, at)))
    });
    placed.collect()
}

/// Every release is at a height at which the request that gave the ticket is final, and no node gives one of what is not there.
pub fn no_release_before_its_ticket(evidence: &Evidence) -> Result<(), String> {
    let places = places(evidence);
    for release in &evidence.releases {
        let Ok(height) = release.said else {
            continue;
        };
        match places.get(&release.asked) {
            Some((asked, _)) if *asked <= height.get() => {}
            other => return Err(format!("{release:?}: the ticket stands at {other:?}")),
        }
    }
    Ok(())
}

/// What a node refuses with that has not reached the height, is behind, or has the wrong time.
const BEHIND: [Refusal; 3] = [
    Refusal::TicketUnknown,
    Refusal::TipBehindReader,
    Refusal::TipTooOld,
];

/// No release is at the height of the revocation or above it, and whoever shows that height is not answered from before it: the basis has
/// ended, or the node says that it is behind.
pub fn no_release_after_a_revocation(evidence: &Evidence) -> Result<(), String> {
    let places = places(evidence);
    for release in &evidence.releases {
        let Some((revoked, _)) = places.get(&release.revokes) else {
            return Err(format!("{release:?}: the revocation stands nowhere"));
        };
        let seen = release.seen.get() >= *revoked;
        let right = match release.said {
            Ok(height) => height.get() < *revoked && !seen,
            Err(Refusal::BasisEnded) => true,
            Err(refusal) => BEHIND.contains(&refusal),
        };
        if !right {
            return Err(format!("{release:?}: revoked at {revoked}"));
        }
    }
    Ok(())
}

/// The revocation takes effect, and of the requests beside it those that come before it.
pub fn no_ticket_after_a_revocation(evidence: &Evidence) -> Result<(), String> {
    let places = places(evidence);
    let revocations: BTreeMap<u16, TransactionId> = evidence
        .releases
        .iter()
        .map(|release| (release.client, release.revokes))
        .collect();
    let raced = |answer: &&Answer| matches!(answer.expected, Expected::Raced(_));
    for answer in evidence.answers.iter().filter(raced) {
        let Told::Final(last) = &answer.told else {
            continue;
        };
        let Some(revokes) = revocations.get(&answer.client) else {
            continue;
        };
        let accepted = matches!(last.receipt.outcome, Outcome::Accepted(_));
        let before =
            answer.transaction == *revokes || places.get(&answer.transaction) < places.get(revokes);
        if accepted != before {
            return Err(format!("{answer:?} beside the revocation {revokes}"));
        }
    }
    Ok(())
}
