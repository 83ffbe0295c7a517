//! What a peer's answer about old blocks is worth.
use super::wire::PastBlock;
use crate::execution::{event_leaves, receipt_leaves};
use crate::rosters::Rosters;
use amanat_types::block::Header;
use amanat_types::codec::List;
use amanat_types::proof::FinalizedHeader;
use amanat_types::{Digest, Height, merkle};

/// What it is worth.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Blocks that stand right below the one that is known.
    Good(Vec<PastBlock>),
    /// It has none, or did not answer.
    Nothing,
    /// It lied: how.
    Wrong(&'static str),
}

/// Judges old blocks, descending, of which the first must stand below `above`.
pub fn judge(
    network: &Digest,
    rosters: &Rosters,
    above: &Header,
    blocks: Vec<PastBlock>,
) -> Answer {
    if blocks.is_empty() {
        return Answer::Nothing;
    }
    let mut parent = (above.parent, above.height);
    for block in &blocks {
        if let Err(reason) = fits(network, rosters, parent, block) {
            return Answer::Wrong(reason);
        }
        parent = (block.header.parent, block.header.height);
    }
    Answer::Good(blocks)
}

/// Whether `block` is the one that the header above it names, and did what its header says.
fn fits(
    network: &Digest,
    rosters: &Rosters,
    (digest, above): (Digest, Height),
    block: &PastBlock,
) -> Result<(), &'static str> {
    let (header, outcome) = (&block.header, &block.outcome);
    if header.digest() != digest || header.height.plus(1) != above {
        return Err("a header is not the one that the header above it names");
    }
    if outcome.height != header.height || outcome.time_ms != header.time {
        return Err("an outcome is of another height or time than its header");
    }
    if merkle::root(receipt_leaves(outcome).iter()) != header.receipts_root
        || merkle::root(event_leaves(outcome).iter()) != header.events_root
    {
        return Err("receipts or events are not those of their header");
    }
    let Some(finalization) = block.finalization.iter().next() else {
        return Ok(());
    };
    let roster = rosters.roster(header.epoch());
    let finalized = FinalizedHeader {
        header: header.clone(),
        links: List::empty(),
        finalization: finalization.clone(),
    };
    match roster.map(|roster| finalized.verify(network, &roster)) {
        Some(Ok(_)) => Ok(()),
        _ => Err("a certificate is not of its header's validators"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, judge};
    use crate::execution::{event_leaves, receipt_leaves};
    use crate::history::wire::PastBlock;
    use crate::rosters::Rosters;
    use amanat_types::block::{Header, Roster};
    use amanat_types::call::Unit;
    use amanat_types::codec::List;
    use amanat_types::proof::Finalization;
    use amanat_types::receipt::{Outcome, Receipt, TransactionEvents};
    use amanat_types::wire::BlockEvents;
    use amanat_types::{Digest, TimestampMs, TransactionId, digest, merkle};
    use commonware_consensus::simplex::types::{self, Finalize, Proposal};
    use commonware_consensus::types::{Epoch, Round, View};
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
    use commonware_parallel::Sequential;
    use commonware_utils::non_empty;

    /// A word of what is said of it, and the lie.
    type Lie = (&'static str, fn(&mut Vec<PastBlock>));

    fn keys(from: u64) -> Vec<PrivateKey> {
        (from..from + 4).map(PrivateKey::from_seed).collect()
    }

    fn roster(from: u64) -> Roster {
        Roster::new(keys(from).iter().map(PrivateKey::public_key).collect()).expect("four")
    }

    fn network() -> Digest {
        digest("test", &[])
    }

    /// A certificate of `header` by the four keys from `from` on.
    fn certificate(header: &Header, from: u64) -> List<Finalization, 1> {
        let roster = roster(from);
        let proposal = Proposal {
            round: Round::new(Epoch::zero(), View::new(header.height.get())),
            parent: View::new(header.height.get() - 1),
            payload: header.digest(),
        };
        let schemes = keys(from).into_iter();
        let schemes: Vec<_> = schemes
            .filter_map(|key| roster.signer(&network(), key))
            .collect();
        let votes: Vec<_> = schemes
            .iter()
            .filter_map(|scheme| Finalize::sign(scheme, proposal.clone()))
            .collect();
        let made = types::Finalization::from_finalizes(
            &schemes[0],
            non_empty![@votes.iter()],
            &Sequential,
        );
        List::new(vec![Finalization(made.expect("a quorum"))]).expect("one")
    }

    /// Blocks 1 to `count` of a ledger, each with one transaction and a certificate.
    fn ledger(count: u64) -> Vec<PastBlock> {
        let mut parent = Header::genesis(network(), TimestampMs::new(0), 1, &roster(1));
        let mut blocks = Vec::new();
        for at in 1..=count {
            let mut header = parent.clone();
            header.parent = parent.digest();
            header.height = parent.height.plus(1);
            header.time = parent.time.plus(5);
            let id = TransactionId::new([u8::try_from(at).expect("small"); 32]);
            let outcome = BlockEvents {
                height: header.height,
                time_ms: header.time,
                receipts: List::new(vec![Receipt {
                    transaction: id,
                    outcome: Outcome::Accepted(Unit),
                    units: 7,
                }])
                .expect("one"),
                events: List::new(vec![TransactionEvents {
                    transaction: id,
                    events: List::empty(),
                }])
                .expect("one"),
            };
            header.receipts_root = merkle::root(receipt_leaves(&outcome).iter());
            header.events_root = merkle::root(event_leaves(&outcome).iter());
            parent = header.clone();
            blocks.push(PastBlock {
                finalization: certificate(&header, 1),
                header,
                outcome,
            });
        }
        blocks
    }

    #[test]
    fn what_stands_below_a_known_header_is_taken_and_nothing_else() {
        let me = PrivateKey::from_seed(1);
        let rosters = Rosters::new(network(), me, roster(1));
        let mut blocks = ledger(4);
        let above = blocks.pop().expect("four").header;
        blocks.reverse();
        let judged = |blocks: &[PastBlock]| judge(&network(), &rosters, &above, blocks.to_vec());
        assert_eq!(judged(&[]), Answer::Nothing);
        assert_eq!(judged(&blocks), Answer::Good(blocks.clone()));
        let mut bare = blocks.clone();
        bare[1].finalization = List::empty();
        assert_eq!(judged(&bare), Answer::Good(bare.clone()));
        let lies: [Lie; 8] = [
            ("names", |blocks| drop(blocks.remove(0))),
            ("names", |blocks| drop(blocks.remove(1))),
            ("names", |blocks| blocks[1].header.protocol = 9),
            ("height or time", |blocks| {
                blocks[1].outcome.height = blocks[1].outcome.height.plus(1);
            }),
            ("height or time", |blocks| {
                blocks[1].outcome.time_ms = blocks[1].outcome.time_ms.plus(1);
            }),
            ("receipts or events", |blocks| {
                blocks[2].outcome.receipts = List::empty();
            }),
            ("receipts or events", |blocks| {
                blocks[2].outcome.events = List::empty();
            }),
            ("certificate", |blocks| {
                blocks[0].finalization = certificate(&blocks[0].header, 2);
            }),
        ];
        for (at, (word, lie)) in lies.into_iter().enumerate() {
            let mut told = blocks.clone();
            lie(&mut told);
            let answer = judged(&told);
            assert!(
                matches!(answer, Answer::Wrong(reason) if reason.contains(word)),
                "{at} {answer:?}"
            );
        }
    }
}
