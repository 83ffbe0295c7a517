//! Measurements: three hops without faults, ways between places, and what a dead validator costs.
use amanat_sim::measure::place::{PAKISTAN, WORLD, distance_km};
use amanat_sim::measure::{Figures, Places, Setting, measure};
use std::time::Duration;

fn even(dead: u16, blocks: u64) -> Figures {
    measure(Setting {
        validators: 4,
        dead,
        places: Places::Even(50),
        uplink_mbit: None,
        blocks,
        load: 20,
        seed: 3,
    })
}

/// The block, the votes to notarise, the votes to finalise: every block is final at every node three ways after it was sent.
#[test]
fn finality_takes_three_hops() {
    let figures = even(0, 12);
    let hops = 3 * Duration::from_millis(50);
    let slack = Duration::from_millis(5);
    assert_eq!(figures.finality.len(), 12);
    for finality in &figures.finality {
        assert!(
            *finality >= hops && *finality <= hops + slack,
            "{finality:?}"
        );
    }
    assert!(figures.transactions > 0 && figures.sent.messages > 0 && figures.sent.bytes > 0);
}

/// Three of four make blocks, and a node that died is skipped.
#[test]
fn a_dead_validator_leaves_a_chain() {
    let figures = even(1, 12);
    assert_eq!(figures.finality.len(), 12);
    assert!(figures.row().starts_with("| 4 | 1 | even 50 ms |"));
    assert!(figures.json().starts_with("{\"validators\":4,\"dead\":1,"));
}

#[test]
fn ways_follow_from_distance() {
    let between = |one: &str, other: &str| {
        let all = || PAKISTAN.iter().chain(&WORLD);
        let find = |name: &str| all().find(|place| place.name == name).expect("a place");
        distance_km(find(one), find(other)).round()
    };
    for (one, other, km, slack) in [
        ("Karachi", "Islamabad", 1_140.0, 20.0),
        ("Karachi", "Lahore", 1_030.0, 20.0),
        ("Frankfurt", "Singapore", 10_260.0, 60.0),
        ("Frankfurt", "Virginia", 6_540.0, 60.0),
    ] {
        let found = between(one, other);
        assert!((found - km).abs() < slack, "{one} {other} {found}");
    }
    assert_eq!(
        Places::Pakistan.one_way_us(1, 4),
        Places::Pakistan.one_way_us(4, 1)
    );
    // Two in one city.
    assert_eq!(Places::World.one_way_us(1, 11), 2_000);
    assert_eq!(Places::Even(7).median_us(4), 7_000);
}
