//! Plans stay within what the promises cover.
use amanat_sim::party::FAULTY;
use amanat_sim::plan::{CALM, Fault, Plan};
use std::collections::BTreeSet;

/// The plans of many seeds stay within what the promises cover, and hold each kind of fault.
#[test]
fn plans_stay_within_f() {
    let (mut crashes, mut cuts, mut blackouts, mut twins) = (0, 0, 0, 0);
    for seed in 0..1_000 {
        let plan = Plan::new(seed);
        assert_eq!(plan, Plan::new(seed));
        let hostile = usize::from(plan.equivocator.is_some());
        twins += hostile;
        let mut down = BTreeSet::new();
        for (at, fault) in &plan.faults {
            assert!(*at <= CALM);
            match fault {
                Fault::Crash(member) => {
                    crashes += 1;
                    down.insert(*member);
                }
                Fault::Restart(member) => assert!(down.remove(member)),
                Fault::Blackout => blackouts += 1,
                Fault::Cut(_) => cuts += 1,
                Fault::PowerBack | Fault::Heal => {}
            }
            assert!(down.len() + hostile <= FAULTY, "seed {seed}");
        }
        assert!(down.is_empty());
    }
    for count in [crashes, cuts, blackouts, twins] {
        assert!(count > 100, "{crashes} {cuts} {blackouts} {twins}");
    }
}
