//! Plans stay within what the promises cover.
use amanat_sim::machine::disk::Tear;
use amanat_sim::party::{FAULTY, NEWCOMER, NODES};
use amanat_sim::plan::{CALM, Fault, Malice, Plan, Sequel};
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
        // The newcomer is none of the seven; it is down until it first starts.
        let mut down = BTreeSet::from([NEWCOMER]);
        for (at, fault) in &plan.faults {
            assert!(*at <= CALM);
            match fault {
                Fault::Crash(NEWCOMER) => {
                    count("newcomer's crash");
                    assert!(down.insert(NEWCOMER), "seed {seed}");
                }
                Fault::LoseDisk(member) => {
                    count("lost disk");
                    assert!(down.contains(member) && faulty.contains(member));
                }
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
        assert_eq!(down.is_empty(), plan.newcomer, "seed {seed}");
        if plan.newcomer {
            count("newcomer");
        }
        if plan.rotates {
            count("rotation");
            assert!(plan.is_honest(NODES) && plan.sequel != Sequel::SuspendLast);
            assert!(!plan.clients().any(|member| member == NODES));
        }
        // Who may not vote for epochs and a hostile one leave no room for a validator that never runs.
        assert!(plan.newcomer || plan.lost().is_none() || plan.hostile.is_none());
    }
    assert_eq!(kinds.len(), 15, "{kinds:?}");
    assert!(kinds.values().all(|count| *count > 50), "{kinds:?}");
}
