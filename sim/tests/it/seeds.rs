//! Fifty fixed seeds in two halves, so that two cores work; every fifth runs twice and must give the same trace.
use amanat_sim::judge;
use amanat_sim::party::NODES;
use std::ops::Range;

/// Gives the largest number of validators that any run ended with.
fn all_hold(seeds: impl Iterator<Item = u64>) -> usize {
    let mut validators = 0;
    for seed in seeds {
        match judge(seed, seed % 5 == 0) {
            Ok(report) => {
                println!("{report}");
                validators = validators.max(report.validators);
            }
            Err(failure) => panic!("{failure}"),
        }
    }
    validators
}

/// What every run votes for came into force in some of them: their epochs end within the run.
fn the_newcomer_was_admitted(validators: usize) {
    assert_eq!(validators, usize::from(NODES) + 1);
}

const FIRST: Range<u64> = 0..25;
const SECOND: Range<u64> = 25..50;

#[test]
fn seeds_0_to_24_hold_every_promise() {
    the_newcomer_was_admitted(all_hold(FIRST));
}

#[test]
fn seeds_25_to_49_hold_every_promise() {
    the_newcomer_was_admitted(all_hold(SECOND));
}

/// Seeds of `seeds.txt`, one a line; what follows a `#` says why it is there.
#[test]
fn seeds_that_failed_once_hold() {
    let lines = include_str!("../../seeds.txt").lines();
    let seeds = lines.map(|line| line.split('#').next().unwrap_or_default().trim());
    let seeds = seeds.filter(|line| !line.is_empty());
    all_hold(seeds.map(|seed| seed.parse().expect("a number")));
}
