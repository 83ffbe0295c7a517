//! P5: a validator that votes twice, a node that ignores its disk and a lie in the chain are seen.
use crate::good::evidence;
use amanat_sim::check::hostile::{
    no_honest_validator_votes_twice, no_lie_is_believed, no_node_ignores_its_disk,
};
use amanat_sim::check::same::a_fresh_store_gives_the_roots;
use amanat_sim::liar::Lie;
use amanat_sim::party::{address, consensus_key, genesis, members};
use amanat_sim::watch::Watch;
use amanat_sim::workload::craft::Author;
use amanat_types::block::{Roster, Scheme};
use amanat_types::{Digest, digest, limits};
use commonware_consensus::simplex::types::{Finalize, Notarize, Nullify, Proposal, Vote};
use commonware_consensus::types::{Epoch, Round, View};
use commonware_cryptography::Digestible as _;

fn scheme() -> Scheme {
    let roster = Roster::new(members().map(address).collect()).expect("seven");
    let scheme = roster.signer(&genesis(10).digest(), consensus_key(1));
    scheme.expect("one of them")
}

fn round(view: u64) -> Round {
    Round::new(Epoch::new(0), View::new(view))
}

fn proposal(view: u64, block: u8) -> Proposal<Digest> {
    Proposal::new(
        round(view),
        View::new(view - 1),
        digest("test", &[&[block]]),
    )
}

pub fn notarize(view: u64, block: u8) -> Vote<Scheme, Digest> {
    Vote::Notarize(Notarize::sign(&scheme(), proposal(view, block)).expect("a vote"))
}

fn finalize(view: u64, block: u8) -> Vote<Scheme, Digest> {
    Vote::Finalize(Finalize::sign(&scheme(), proposal(view, block)).expect("a vote"))
}

fn nullify(view: u64) -> Vote<Scheme, Digest> {
    Vote::Nullify(Nullify::sign::<Digest>(&scheme(), round(view)).expect("a vote"))
}

fn contradictions(votes: &[Vote<Scheme, Digest>]) -> usize {
    let watch = Watch::default();
    for vote in votes {
        watch.hear(1, vote);
    }
    assert_eq!(watch.votes(), votes.len());
    watch.contradictions().len()
}

#[test]
fn votes_that_contradict_each_other_are_heard() {
    let lawful = [notarize(1, 1), notarize(1, 1), finalize(1, 1), nullify(2)];
    assert_eq!(contradictions(&lawful), 0);
    assert_eq!(contradictions(&[notarize(2, 1), nullify(2)]), 0);
    assert_eq!(contradictions(&[notarize(1, 1), notarize(2, 2)]), 0);
    assert_eq!(contradictions(&[notarize(1, 1), notarize(1, 2)]), 1);
    assert_eq!(contradictions(&[finalize(1, 1), finalize(1, 2)]), 1);
    assert_eq!(contradictions(&[nullify(1), finalize(1, 1)]), 1);
    assert_eq!(contradictions(&[finalize(1, 1), nullify(1)]), 1);
}

#[test]
fn another_validator_may_vote_otherwise() {
    let watch = Watch::default();
    watch.hear(1, &notarize(1, 1));
    watch.hear(2, &notarize(1, 2));
    assert!(watch.contradictions().is_empty());
}

#[test]
fn a_contradiction_is_a_violation() {
    let mut broken = evidence();
    assert_eq!(no_honest_validator_votes_twice(&broken), Ok(()));
    broken.votes_twice.push("validator 1".into());
    assert!(no_honest_validator_votes_twice(&broken).is_err());
    let mut deaf = evidence();
    deaf.votes = 0;
    assert!(no_honest_validator_votes_twice(&deaf).is_err());
}

#[test]
fn a_node_that_ignores_its_disk_is_a_violation() {
    let mut broken = evidence();
    assert_eq!(no_node_ignores_its_disk(&broken), Ok(()));
    broken.ignored.push(3);
    assert!(no_node_ignores_its_disk(&broken).is_err());
}

#[test]
fn a_lie_in_the_chain_is_a_violation() {
    let mut broken = evidence();
    broken.lies.insert(digest("test", &[]), Lie::StateRoot);
    assert_eq!(no_lie_is_believed(&broken), Ok(()));
    let block = broken.views[0].blocks[2].digest();
    broken.lies.insert(block, Lie::Units);
    assert!(no_lie_is_believed(&broken).is_err());
}

#[test]
fn other_roots_are_a_violation() {
    let mut broken = evidence();
    assert_eq!(a_fresh_store_gives_the_roots(&broken), Ok(()));
    broken.fresh = Err("block 3".into());
    assert!(a_fresh_store_gives_the_roots(&broken).is_err());
}

/// What a liar puts into a block fits its bytes and not its units.
#[test]
fn costly_transactions_fit_and_cost_too_much() {
    let costly = Author::new(1, genesis(10).digest()).costly();
    let units: u64 = costly.iter().map(amanat_contracts::units).sum();
    assert!(units > limits::BLOCK_UNITS_MAX);
    let parcels = costly.into_iter().map(amanat_types::block::Parcel::new);
    let payload = amanat_types::block::Payload::new(parcels.collect());
    assert!(payload.is_ok());
}
