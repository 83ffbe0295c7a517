//! P5: forks, losses and standstills are seen.
use crate::good::{busy, evidence, forge};
use amanat_sim::check::chain::{
    no_fork, no_honest_node_is_cut_off, nothing_acknowledged_is_missing, the_chain_goes_on,
    what_passed_is_in_force,
};
use amanat_sim::client::Told;
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

#[test]
fn what_passed_and_is_not_in_force_is_seen() {
    let mut broken = evidence();
    assert_eq!(what_passed_is_in_force(&broken), Ok(()));
    let newcomer = amanat_sim::party::NEWCOMER;
    let all: std::collections::BTreeSet<u16> = amanat_sim::party::members().collect();
    broken.validators_after = Some(all.clone());
    let ended = broken.roster().is_some();
    let with_newcomer: std::collections::BTreeSet<u16> =
        all.into_iter().chain([newcomer]).collect();
    let without = what_passed_is_in_force(&broken);
    broken.validators_after = Some(with_newcomer);
    let with = what_passed_is_in_force(&broken);
    // An epoch ends in the quiet run, and its roster is one of the two.
    assert!(ended && without.is_ok() != with.is_ok());
}
