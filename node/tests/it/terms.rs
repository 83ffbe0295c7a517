//! Leaders lead six views in a row; the term of one that is dead is passed over as a whole.
use crate::cluster::{Cluster, consensus_key};
use amanat_types::Height;
use commonware_cryptography::{Signer as _, ed25519};
use commonware_runtime::{Runner as _, deterministic};
use std::ops::Range;
use std::time::Duration;

const EPOCH: u64 = 200;
const TERM: u64 = 6;

/// Leader and view of each block.
async fn led(cluster: &Cluster, heights: Range<u64>) -> Vec<(ed25519::PublicKey, u64)> {
    let mut led = Vec::new();
    for height in heights {
        let block = cluster.handle(1).block(Height::new(height)).await;
        let block = block.expect("a node").expect("final");
        let context = &block.header().context;
        led.push((context.leader.clone(), context.round.view().get()));
    }
    led
}

/// How many of the views from the first block's to the last's made no block, by the term that they are of.
fn passed_over(led: &[(ed25519::PublicKey, u64)]) -> Vec<(u64, u64)> {
    let views: Vec<u64> = led.iter().map(|(_, view)| *view).collect();
    let mut terms: Vec<(u64, u64)> = Vec::new();
    for view in views[0]..views[views.len() - 1] {
        let term = (view - 1) / TERM;
        if !views.contains(&view) {
            match terms.last_mut() {
                Some((last, count)) if *last == term => *count += 1,
                _ => terms.push((term, 1)),
            }
        }
    }
    terms
}

#[test]
fn the_term_of_a_dead_leader_is_passed_over_as_a_whole() {
    deterministic::Runner::timed(Duration::from_secs(2_000)).start(|context| async move {
        let mut cluster = Cluster::start(context, EPOCH).await;
        let mut keys: Vec<_> = (1..=4).map(|n| consensus_key(n).public_key()).collect();
        keys.sort();
        let four = consensus_key(4).public_key();
        // The first term of the first epoch is of the second in order.
        let turn = |view: u64| &keys[usize::try_from((view - 1) / TERM + 1).expect("few") % 4];
        cluster.handle(1).reached(Height::new(30)).await;
        let alive = led(&cluster, 1..30).await;
        assert_eq!(passed_over(&alive), []);
        for (leader, view) in &alive {
            assert_eq!(leader, turn(*view), "view {view}");
        }

        cluster.kill(4);
        cluster.handle(1).reached(Height::new(130)).await;
        // When it was not heard for three seconds its terms cost no time-out any more.
        let dead = led(&cluster, 60..130).await;
        for (leader, view) in &dead {
            assert!(leader == turn(*view) && *leader != four, "view {view}");
        }
        let over = passed_over(&dead);
        assert!((3..=4).contains(&over.len()), "{over:?}");
        for (term, count) in over {
            assert_eq!(*turn(term * TERM + 1), four);
            assert_eq!(count, TERM, "term {term}");
        }

        // Back, it leads like all others.
        cluster.start_node(4).await;
        cluster.handle(4).reached(Height::new(150)).await;
        cluster.handle(1).reached(Height::new(EPOCH - 1)).await;
        let back = led(&cluster, 160..EPOCH - 1).await;
        assert!(back.iter().any(|(leader, _)| *leader == four));
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
