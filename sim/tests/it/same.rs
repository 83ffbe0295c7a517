//! P10: whatever is not the same is seen.
use crate::good::{busy, evidence, forge, quiet};
use amanat_sim::check::same::{replay_gives_the_headers, replay_gives_the_state, same_trace};
use amanat_sim::plan::Plan;
use amanat_sim::run::run;
use amanat_types::{Digest, Height};

#[test]
fn other_roots_are_seen() {
    let good = evidence();
    let at = busy(&good);
    let zero = Digest::from([0; 32]);
    let mut broken = good.clone();
    let block = &good.views[3].blocks[at];
    broken.views[3].blocks[at] = forge(block, |header, _| header.receipts_root = zero);
    assert!(replay_gives_the_headers(&broken).is_err());
    broken.views[3].blocks[at] = forge(block, |header, _| header.events_root = zero);
    assert!(replay_gives_the_headers(&broken).is_err());
    broken.views[3].blocks[at] = forge(block, |_, parcels| drop(parcels.pop()));
    assert!(replay_gives_the_headers(&broken).is_err());
}

#[test]
fn another_value_is_seen() {
    let mut broken = evidence();
    let mut values = broken.views[1].state.values_mut();
    *values.next().expect("a value") = None;
    assert!(replay_gives_the_state(&broken).is_err());
    let mut broken = evidence();
    broken.views[1].state.pop_last();
    assert!(replay_gives_the_state(&broken).is_err());
    let mut broken = evidence();
    broken.views[1].state_height = Height::new(1);
    assert!(replay_gives_the_state(&broken).is_err());
}

#[test]
fn another_trace_is_seen() {
    let first = &quiet().trace;
    let second = run(&Plan::quiet(1)).expect("a quiet run").trace;
    assert_eq!(same_trace(first, &second), Ok(()));
    let other = run(&Plan::quiet(2)).expect("a quiet run").trace;
    assert!(same_trace(first, &other).is_err());
    let mut broken = first.clone();
    broken.auditor.push('0');
    assert!(same_trace(first, &broken).is_err());
}
