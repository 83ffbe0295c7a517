//! The workload follows from the seed.
use amanat_sim::party::{NODES, genesis};
use amanat_sim::plan::{Plan, Sequel};
use amanat_sim::workload::{Expected, steps};

#[test]
fn steps_follow_from_the_seed() {
    let network = genesis(10).digest();
    let ids = |seed| -> Vec<_> {
        let plan = Plan {
            sequel: Sequel::RotateNewcomer,
            rotates: true,
            calls: 20,
            ..Plan::quiet(seed)
        };
        let steps = (1..=NODES).flat_map(|member| steps(&plan, member, network));
        let steps: Vec<_> = steps.collect();
        assert!(
            steps
                .iter()
                .any(|step| matches!(step.expected, Expected::Barred(_)))
        );
        assert!(
            steps
                .iter()
                .any(|step| matches!(step.expected, Expected::Rival(_)))
        );
        let all = steps.iter().flat_map(|step| &step.transactions);
        all.map(|transaction| transaction.id()).collect()
    };
    assert_eq!(ids(4), ids(4));
    assert_ne!(ids(4), ids(5));
}
