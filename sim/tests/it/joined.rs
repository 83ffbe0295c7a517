//! P3: a node that joined and lacks something of the past is seen, and so is one that joined another chain.
use crate::good::{comings, forge};
use amanat_sim::check::chain::{no_fork, nothing_acknowledged_is_missing};
use amanat_sim::check::joined::every_node_has_every_outcome;
use amanat_sim::check::same::{replay_gives_the_headers, replay_gives_the_state};
use amanat_sim::evidence::{Evidence, View};
use amanat_sim::party::{NEWCOMER, NODES};
use amanat_types::Digest;
use amanat_types::codec::List;

/// A node that took the state of others over.
fn joined(evidence: &mut Evidence) -> &mut View {
    let mut views = evidence.views.iter_mut();
    views.find(|view| view.first > 1).expect("one that joined")
}

#[test]
fn who_comes_without_a_disk_joins() {
    let good = comings();
    let first = |member| {
        let mut views = good.views.iter();
        let view = views.find(|view| view.member == member).expect("it runs");
        view.first
    };
    assert!(first(3) > 1 && first(NEWCOMER) > 1);
    assert_eq!(first(1), 1);
    assert_eq!(good.took_over(), 2);
    assert_eq!(good.rekeyed, vec![NODES]);
    assert_eq!(every_node_has_every_outcome(&good), Ok(()));
}

#[test]
fn a_missing_outcome_is_seen() {
    let mut broken = comings();
    joined(&mut broken).outcomes = None;
    assert!(every_node_has_every_outcome(&broken).is_err());
    let mut broken = comings();
    let outcomes = &mut joined(&mut broken).outcomes;
    drop(outcomes.as_mut().expect("it has them").remove(0));
    assert!(every_node_has_every_outcome(&broken).is_err());
    let mut broken = comings();
    let outcomes = &mut joined(&mut broken).outcomes;
    drop(outcomes.as_mut().expect("it has them").pop());
    assert!(every_node_has_every_outcome(&broken).is_err());
}

#[test]
fn another_outcome_is_seen() {
    let mut broken = comings();
    let outcomes = joined(&mut broken).outcomes.as_mut();
    let mut outcomes = outcomes.expect("it has them").iter_mut();
    let busy = outcomes.find(|one| !one.receipts.is_empty());
    let busy = busy.expect("one with receipts");
    let mut receipts = busy.receipts.clone().into_vec();
    receipts[0].units += 1;
    busy.receipts = List::new(receipts).expect("as many");
    assert!(every_node_has_every_outcome(&broken).is_err());
    let mut broken = comings();
    let outcomes = joined(&mut broken).outcomes.as_mut();
    let outcomes = outcomes.expect("it has them");
    let height = outcomes[1].height;
    outcomes[0].height = height;
    assert!(every_node_has_every_outcome(&broken).is_err());
}

#[test]
fn another_chain_is_seen() {
    let mut broken = comings();
    let view = joined(&mut broken);
    view.blocks[0] = forge(&view.blocks[0].clone(), |header, _| {
        header.state_root = Digest::from([0; 32]);
    });
    assert!(no_fork(&broken).is_err());
    let mut broken = comings();
    joined(&mut broken).blocks.remove(1);
    assert!(no_fork(&broken).is_err());
    let mut broken = comings();
    let view = joined(&mut broken);
    view.blocks[0] = forge(&view.blocks[0].clone(), |header, _| {
        header.receipts_root = Digest::from([0; 32]);
    });
    assert!(replay_gives_the_headers(&broken).is_err());
}

#[test]
fn another_state_and_a_lost_outcome_are_seen() {
    let mut broken = comings();
    let mut values = joined(&mut broken).state.values_mut();
    *values.next().expect("a value") = None;
    assert!(replay_gives_the_state(&broken).is_err());
    let mut broken = comings();
    joined(&mut broken).found.pop_first();
    assert!(nothing_acknowledged_is_missing(&broken).is_err());
    // A tail that is gone is not the part that it never had.
    let mut broken = comings();
    let view = joined(&mut broken);
    let last = view.blocks.len();
    view.blocks.truncate(last - 1);
    assert!(replay_gives_the_state(&broken).is_err());
}
