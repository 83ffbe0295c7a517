//! Plans stay within what the promises cover.
use amanat_sim::machine::disk::Tear;
use amanat_sim::party::FAULTY;
use amanat_sim::plan::{CALM, Fault, Malice, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// The plans of many seeds stay within what the promises cover, and hold each kind of fault.
#[test]
fn plans_stay_within_f() {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut count = |kind| *kinds.entry(kind).or_default() += 1;
    for seed in 0..1_000 {
        let plan = Plan::new(seed);
        assert_eq!(plan, Plan::new(seed));
        match plan.hostile.as_ref().map(|hostile| &hostile.malice) {
            Some(Malice::Equivocates(_)) => count("equivocator"),
            Some(Malice::Lies) => count("liar"),
            Some(Malice::Silent) => count("silent"),
            None => {}
        }
        if plan.tear != Tear::Lose {
            count("tear");
        }
        let mut faulty: BTreeSet<u16> = plan.slow.into_iter().collect();
        if plan.slow.is_some() {
            count("slow");
        }
        let mut down = BTreeSet::new();
        for (at, fault) in &plan.faults {
            assert!(*at <= CALM);
            match fault {
                Fault::Crash(member) => {
                    count("crash");
                    down.insert(*member);
                    faulty.insert(*member);
                }
                Fault::Restart(member) => assert!(down.remove(member)),
                Fault::Blackout => count("blackout"),
                Fault::Cut(_) => count("cut"),
                Fault::DiskRefuses(member, ..) => {
                    count("disk");
                    faulty.insert(*member);
                }
                Fault::Clock(member, _) => {
                    count("clock");
                    faulty.insert(*member);
                }
                Fault::Eclipse(member) => {
                    count("eclipse");
                    faulty.insert(*member);
                }
                Fault::PowerBack | Fault::Heal => {}
            }
        }
        faulty.extend(plan.hostile.as_ref().map(|hostile| hostile.member));
        assert!(faulty.len() <= FAULTY, "seed {seed}");
        assert!(down.is_empty());
    }
    assert_eq!(kinds.len(), 11, "{kinds:?}");
    assert!(kinds.values().all(|count| *count > 50), "{kinds:?}");
}
