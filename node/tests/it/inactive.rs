//! A validator that is dead has few turns from the next epochs on, until it leads a block again.
use crate::cluster::{Cluster, consensus_key};
use amanat_types::{Height, PublicKey};
use commonware_cryptography::{Signer as _, ed25519};
use commonware_runtime::{Runner as _, deterministic};
use std::ops::Range;
use std::time::Duration;

const EPOCH: u64 = 100;

/// Leaders of blocks, and how many views between them made none.
async fn leaders(cluster: &Cluster, heights: Range<u64>) -> (Vec<ed25519::PublicKey>, u64) {
    let (mut leaders, mut skipped) = (Vec::new(), 0);
    for height in heights {
        let block = cluster.handle(1).block(Height::new(height)).await;
        let block = block.expect("a node").expect("final");
        let context = &block.header().context;
        leaders.push(context.leader.clone());
        let (view, parent) = (context.round.view().get(), context.parent.0.get());
        // The first block of an epoch stands on the last of the one before, whose view says nothing.
        skipped += match height % EPOCH {
            0 => 0,
            _ => view.saturating_sub(parent + 1),
        };
    }
    (leaders, skipped)
}

#[test]
fn a_dead_validator_has_few_turns_until_it_leads_again() {
    deterministic::Runner::timed(Duration::from_secs(2_000)).start(|context| async move {
        let mut cluster = Cluster::start(context, EPOCH).await;
        let four = consensus_key(4).public_key();
        let inactive = |cluster: &Cluster, epoch| cluster.handle(1).inactive(epoch);
        cluster.handle(1).reached(Height::new(10)).await;
        assert_eq!(inactive(&cluster, 0), []);
        cluster.kill(4);

        // 192 blocks after what is noted of it, which is in the second epoch.
        cluster.handle(1).reached(Height::new(2 * EPOCH + 90)).await;
        assert_eq!(inactive(&cluster, 1), []);
        assert_eq!(inactive(&cluster, 2), [PublicKey::from(&four)]);
        let (led, before) = leaders(&cluster, EPOCH + 1..2 * EPOCH).await;
        assert!(!led.contains(&four));
        let (led, after) = leaders(&cluster, 2 * EPOCH + 1..2 * EPOCH + 90).await;
        assert!(!led.contains(&four));
        assert!(
            before >= 30,
            "every third block went over its view: {before}"
        );
        assert!((1..=2).contains(&after), "one view in 49: {after}");

        // Back, it leads in the turn that it still has, and like all others in the next epoch.
        cluster.start_node(4).await;
        cluster.handle(1).reached(Height::new(3 * EPOCH + 10)).await;
        assert_eq!(inactive(&cluster, 3), [PublicKey::from(&four)]);
        cluster.handle(1).reached(Height::new(5 * EPOCH)).await;
        let (led, _) = leaders(&cluster, 3 * EPOCH..4 * EPOCH).await;
        let count = led.iter().filter(|leader| **leader == four).count();
        assert!((1..=3).contains(&count), "{count}");
        assert_eq!(inactive(&cluster, 4), []);
        let (led, skipped) = leaders(&cluster, 4 * EPOCH + 1..5 * EPOCH).await;
        let count = led.iter().filter(|leader| **leader == four).count();
        assert!((24..=25).contains(&count), "{count}");
        assert_eq!(skipped, 0);
        for member in 1..=4 {
            cluster.handle(member).reached(Height::new(5 * EPOCH)).await;
            assert_eq!(cluster.handle(member).inactive(4), []);
        }
    });
}

/// An engine that has just begun takes nobody for dead whose first vote is under way: no view is passed over as epochs come and go.
#[test]
fn the_first_views_of_an_epoch_are_passed_over_by_nobody() {
    const SHORT: u64 = 20;
    for seed in 1..6 {
        let config = deterministic::Config::default().with_seed(seed);
        let config = config.with_timeout(Some(Duration::from_secs(2_000)));
        deterministic::Runner::new(config).start(|context| async move {
            let cluster = Cluster::start(context, SHORT).await;
            cluster.handle(1).reached(Height::new(10 * SHORT)).await;
            for epoch in 1..10 {
                for (view, height) in (1..).zip(epoch * SHORT..(epoch + 1) * SHORT) {
                    let block = cluster.handle(1).block(Height::new(height)).await;
                    let block = block.expect("a node").expect("final");
                    let round = block.header().context.round;
                    assert_eq!(round.view().get(), view, "block {height}, seed {seed}");
                }
            }
        });
    }
}
