//! Epochs follow each other with an unchanged roster; proofs need none of their boundaries.
use crate::cluster::{Cluster, NODES};
use crate::finality::{finalise, transaction};
use crate::proofs::receipt;
use amanat_types::Height;
use amanat_types::proof::{Checkpoint, ProofError};
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
        assert_eq!(verified.checkpoint.epoch, last.height.get() / 10);
        assert!(proof.boundaries.is_empty(), "the validators never changed");
        // A verifier may start where it stopped, and not after what it is to check.
        let from = verified.checkpoint.clone();
        assert_eq!(proof.verify_from(&cluster.genesis, &from), Ok(verified));
        let later = Checkpoint {
            epoch: from.epoch + 1,
            ..from.clone()
        };
        let error = proof.verify_from(&cluster.genesis, &later);
        assert_eq!(error, Err(ProofError::CheckpointLater(from.epoch + 1)));
        let foreign = Checkpoint {
            network: amanat_types::digest("test", &[]),
            ..from
        };
        let error = proof.verify_from(&cluster.genesis, &foreign);
        assert_eq!(error, Err(ProofError::CheckpointNetwork));

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
