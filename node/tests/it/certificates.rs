//! A node without certificates over a long run of blocks: it does not call what is final absent, and fetches certificates from others.
use crate::cluster::{Cluster, NODES};
use crate::finality::{finalise, transaction};
use crate::proofs::receipt;
use amanat_node::Unavailable;
use amanat_types::Height;
use amanat_types::block::Roster;
use commonware_runtime::{Clock as _, Runner as _, deterministic};
use std::time::Duration;

/// Blocks in a row after which a certificate is asked for, and blocks between the tip and the newest that is looked at.
const RUN: usize = 64;
const LAG: u64 = 64;
/// Headers that a proof may have between its own and that of its certificate.
const LINKS: u64 = amanat_types::proof::LINKS_MAX as u64;

/// Member 4 reaches nobody, or everybody again.
async fn cut(cluster: &Cluster, heal: bool) {
    for other in 1..NODES {
        match heal {
            true => cluster.heal(NODES, other).await,
            false => cluster.cut(NODES, other).await,
        }
    }
}

#[test]
fn a_long_run_without_certificates_is_unprovable_for_a_while_and_never_absent() {
    deterministic::Runner::timed(Duration::from_secs(3_000)).start(|context| async move {
        let mut cluster = Cluster::start(context, 1_000).await;
        let old = transaction(&cluster.genesis, 1, 1);
        let last = finalise(&cluster, 1, old.clone()).await;
        let high = last.height.plus(LINKS + 2 * LAG);
        cluster.handle(NODES).reached(high).await;
        cluster.kill_at_rest(NODES).await;
        cluster.lose(NODES, "certificates").await;
        cut(&cluster, false).await;
        cluster.start_node(NODES).await;
        let node = cluster.handle(NODES);
        node.reached(high).await;
        // It knows what is final, cannot prove it, and says so.
        assert_eq!(node.find(old.id()).await, Ok(Some(last.clone())));
        let proof = node.receipt(old.id()).await;
        assert_eq!(proof, Err(Unavailable::Certificate));
        assert_eq!(node.header(last.height).await, Ok(None));
        // While it hears nobody it does not give up.
        cluster.context.sleep(Duration::from_secs(300)).await;
        cut(&cluster, true).await;
        node.reached(high.plus(4 * LAG)).await;
        cluster.context.sleep(Duration::from_secs(10)).await;
        for restarted in [false, true] {
            if restarted {
                cluster.kill_at_rest(NODES).await;
                cut(&cluster, false).await;
                cluster.start_node(NODES).await;
            }
            let node = cluster.handle(NODES);
            node.reached(high).await;
            let mut far = 0;
            for height in last.height.get()..=high.get() {
                let proven = node.header(Height::new(height)).await.expect("up");
                far = far.max(proven.expect("final").links.len());
            }
            assert!((RUN / 2..RUN).contains(&far), "{restarted}: {far}");
        }
        let proof = receipt(&cluster, NODES, old.id()).await;
        let proven = proof.verify(&cluster.genesis).expect("a good proof");
        assert_eq!(proven.receipt, last.receipt);
    });
}

/// The certificate of an epoch's last block stays where the validators' changes are kept, so no block of an epoch that is over is unprovable.
#[test]
fn an_epoch_that_is_over_is_proven_by_its_last_certificate() {
    deterministic::Runner::timed(Duration::from_secs(3_000)).start(|context| async move {
        let epoch = 100;
        let mut cluster = Cluster::start(context, epoch).await;
        let high = Height::new(3 * epoch + 20);
        cluster.handle(NODES).reached(high).await;
        cluster.kill_at_rest(NODES).await;
        cluster.lose(NODES, "certificates").await;
        cut(&cluster, false).await;
        cluster.start_node(NODES).await;
        let links = async |cluster: &Cluster| {
            let node = cluster.handle(NODES);
            node.reached(high).await;
            let mut links = Vec::new();
            for height in 1..3 * epoch {
                let header = node.header(Height::new(height)).await.expect("up");
                let header = header.expect("final");
                let roster = Roster::new(cluster.genesis.validators()).expect("four");
                let proven = header.verify(&cluster.genesis.digest(), &roster);
                assert!(proven.is_ok(), "{height}: {proven:?}");
                links.push(header.links.len());
            }
            links
        };
        for (height, links) in (1..).zip(links(&cluster).await) {
            let left = epoch - 1 - height % epoch;
            assert_eq!(u64::try_from(links), Ok(left), "{height}");
        }
        // The others have certificates between.
        cut(&cluster, true).await;
        let node = cluster.handle(NODES);
        node.reached(high.plus(4 * LAG)).await;
        cluster.context.sleep(Duration::from_secs(10)).await;
        let far = links(&cluster).await.into_iter().max();
        assert!(far.is_some_and(|far| far < RUN), "{far:?}");
    });
}

/// Nobody has a certificate of the first blocks; a node that asked in vain asks again later, and then one has.
#[test]
fn a_run_that_nobody_gave_is_asked_for_again() {
    deterministic::Runner::timed(Duration::from_secs(3_000)).start(|context| async move {
        let mut cluster = Cluster::start(context, 2_000).await;
        let lost = 4 * LAG;
        for member in 1..=NODES {
            cluster.handle(member).reached(Height::new(lost)).await;
        }
        // All at once: whoever still had one would give it to the others.
        cluster.kill_at_rest(1).await;
        (2..=NODES).for_each(|member| cluster.kill(member));
        let mut files = Vec::new();
        for member in 1..=NODES {
            files.push(cluster.lose(member, "certificates").await);
        }
        for member in 1..=NODES {
            cluster.start_node(member).await;
        }
        let far = async |cluster: &Cluster| {
            let header = cluster.handle(NODES).header(Height::new(1)).await;
            header.expect("up").expect("final").links.len()
        };
        let asked = lost + 60;
        cluster.handle(NODES).reached(Height::new(asked)).await;
        assert!(far(&cluster).await >= RUN, "nobody has one");
        cluster.kill_at_rest(1).await;
        cluster.put_back(1, "certificates", files.remove(0)).await;
        cluster.start_node(1).await;
        cluster.handle(NODES).reached(Height::new(asked + 60)).await;
        assert!(far(&cluster).await >= RUN, "it does not ask all the time");
        cluster.context.sleep(Duration::from_secs(660)).await;
        assert!(far(&cluster).await < RUN, "it did not ask again");
    });
}
