//! Epochs follow each other with an unchanged roster; proofs lead over their boundaries.
use crate::cluster::{Cluster, NODES};
use crate::finality::{finalise, transaction};
use crate::proofs::receipt;
use amanat_types::Height;
use amanat_types::codec::List;
use amanat_types::proof::ProofError;
use commonware_runtime::{Clock as _, Runner as _, deterministic};
use std::time::Duration;

#[test]
fn epochs_roll_over() {
    deterministic::Runner::timed(Duration::from_secs(300)).start(|context| async move {
        let mut cluster = Cluster::start(context, 10).await;
        cluster.handle(1).reached(Height::new(33)).await;
        let third = transaction(&cluster.genesis, 2, 1);
        let last = finalise(&cluster, 2, third.clone()).await;
        assert!(last.height > Height::new(30));
        let proof = receipt(&cluster, 1, third.id()).await;
        let verified = proof.verify(&cluster.genesis).expect("a good proof");
        assert_eq!(verified.epoch, last.height.get() / 10);
        assert_eq!(proof.boundaries.len(), 3);
        let mut short = proof.clone();
        short.boundaries = List::new(proof.boundaries[..2].to_vec()).expect("two");
        assert_eq!(short.verify(&cluster.genesis), Err(ProofError::HeaderEpoch));

        // A node that was away for an epoch catches up over the boundaries, and one that restarts goes on.
        cluster.kill(4);
        let tip = cluster.handle(1).status().height;
        cluster.handle(1).reached(Height::new(tip + 15)).await;
        cluster.start_node(4).await;
        let tip = cluster.handle(1).status().height;
        cluster.handle(4).reached(Height::new(tip + 1)).await;
        cluster.context.sleep(Duration::from_secs(2)).await;
        let epochs: Vec<u64> = (1..=NODES)
            .map(|member| cluster.handle(member).status().epoch)
            .collect();
        assert!(epochs.iter().all(|epoch| *epoch >= 4), "{epochs:?}");
    });
}
