//! A node goes on from its disk; what was acknowledged is still there.
use crate::cluster::{Cluster, NODES};
use crate::finality::{finalise, transaction};
use amanat_types::Height;
use amanat_types::wire::Submitted;
use commonware_runtime::{Clock as _, Runner as _, deterministic};
use std::time::Duration;

#[test]
fn one_node_restarts_and_catches_up() {
    deterministic::Runner::timed(Duration::from_secs(300)).start(|context| async move {
        let mut cluster = Cluster::start(context, 1_000).await;
        finalise(&cluster, 4, transaction(&cluster.genesis, 4, 1)).await;
        cluster.kill(4);
        let missed = transaction(&cluster.genesis, 1, 1);
        let last = finalise(&cluster, 1, missed.clone()).await;
        cluster.start_node(4).await;
        cluster.handle(4).reached(last.height).await;
        let again = cluster.handle(4).submit(vec![missed], true).await;
        assert_eq!(again, vec![Submitted::Final(last)]);
        finalise(&cluster, 4, transaction(&cluster.genesis, 4, 2)).await;
    });
}

#[test]
fn all_nodes_restart_and_remember() {
    deterministic::Runner::timed(Duration::from_secs(300)).start(|context| async move {
        let mut cluster = Cluster::start(context, 1_000).await;
        let mut kept = Vec::new();
        for sequence in 1..=5 {
            let transaction = transaction(&cluster.genesis, 1, sequence);
            kept.push((
                transaction.clone(),
                finalise(&cluster, 1, transaction).await,
            ));
        }
        let height = cluster.handle(1).status().height;
        for member in 1..=NODES {
            cluster.kill(member);
        }
        cluster.context.sleep(Duration::from_secs(3)).await;
        for member in 1..=NODES {
            cluster.start_node(member).await;
        }
        cluster.handle(1).reached(Height::new(height + 2)).await;
        for (transaction, last) in kept {
            let again = cluster.handle(3).submit(vec![transaction], true).await;
            assert_eq!(again, vec![Submitted::Final(last)]);
        }
        let page = cluster
            .handle(2)
            .events(Height::new(1), 100)
            .await
            .expect("up");
        let count: usize = page.blocks.iter().map(|block| block.receipts.len()).sum();
        assert_eq!(count, 5);
    });
}
