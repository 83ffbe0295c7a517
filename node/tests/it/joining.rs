//! A node that joins late takes the state of others; a key whose votes are not on its disk waits before it votes again.
use crate::cluster::{Cluster, NODES};
use crate::finality::{finalise, transaction};
use crate::proofs::receipt;
use amanat_node::{PastVotes, Unavailable};
use amanat_types::wire::{EventPage, Submitted};
use amanat_types::{Height, Transaction};
use commonware_macros::select;
use commonware_runtime::{
    Clock as _, Runner as _, Supervisor as _, deterministic, deterministic::Context,
};
use std::time::Duration;

const EPOCH: u64 = 10;

/// Finalises a few transactions, over three epochs at least.
async fn lived(cluster: &Cluster) -> Vec<Transaction> {
    let mut done = Vec::new();
    for sequence in 1..=4 {
        let one = transaction(&cluster.genesis, 1, sequence);
        finalise(cluster, 1, one.clone()).await;
        done.push(one);
        let height = Height::new(sequence * EPOCH + 3);
        cluster.handle(1).reached(height).await;
    }
    done
}

/// All events of a node, once it has fetched them.
async fn events(cluster: &Cluster, member: u16) -> EventPage {
    for _ in 0..600 {
        match cluster.handle(member).events(Height::new(1), 100).await {
            Ok(page) => return page,
            Err(reason) => assert_eq!(reason, Unavailable::Fetching),
        }
        cluster.context.sleep(Duration::from_millis(100)).await;
    }
    panic!("node {member} did not fetch what happened in a minute");
}

/// Whether the tip of `member` moves within some time that is more than enough.
async fn moves(cluster: &Cluster, member: u16) -> bool {
    let before = cluster.handle(member).status().height;
    cluster.context.sleep(Duration::from_secs(60)).await;
    cluster.handle(member).status().height > before + 1
}

#[test]
fn a_late_node_takes_the_state_and_fetches_what_happened() {
    deterministic::Runner::timed(Duration::from_secs(900)).start(|context| async move {
        let mut cluster = Cluster::start_with(context, EPOCH, 1).await;
        let done = lived(&cluster).await;
        cluster.sync_above = Some(2 * EPOCH);
        cluster.start_node(5).await;
        let late = cluster.handle(5);
        // It did not execute the ledger: what stands below its first block came without transactions.
        let joined = late.status().height;
        assert!(joined > 4 * EPOCH, "{joined}");
        assert_eq!(late.block(Height::new(3)).await, Ok(None));
        let (mine, theirs) = (events(&cluster, 5).await, events(&cluster, 1).await);
        let common = theirs.blocks.len();
        assert!(common >= done.len());
        assert_eq!(mine.blocks.get(..common), theirs.blocks.get(..common));
        // Receipts of old transactions are proven from genesis, from what it fetched.
        for one in &done {
            let proof = receipt(&cluster, 5, one.id()).await;
            let proven = proof.verify(&cluster.genesis).expect("holds");
            assert_eq!(proven.receipt.transaction, one.id());
            let again = late.submit(vec![one.clone()], true).await;
            assert!(
                matches!(again.as_slice(), [Submitted::Final(_)]),
                "{again:?}"
            );
        }
        // It goes on with the others, over further epochs, and with the same state.
        let tip = cluster.handle(1).status().height + 2 * EPOCH;
        late.reached(Height::new(tip)).await;
        let next = transaction(&cluster.genesis, 2, 1);
        let last = finalise(&cluster, 2, next).await;
        late.reached(last.height).await;
        let header = |member: u16| {
            let handle = cluster.handle(member);
            async move { handle.header(last.height).await.expect("up") }
        };
        let (mine, theirs) = (header(5).await, header(1).await);
        assert_eq!(
            mine.expect("finalised").header,
            theirs.expect("finalised").header
        );
        // From its own disk it starts without asking anyone.
        cluster.kill(5);
        cluster.start_node(5).await;
        cluster.handle(5).reached(last.height).await;
        assert_eq!(events(&cluster, 5).await.blocks.len(), common + 1);
    });
}

/// Until it has fetched what old blocks did, a node that took a later state over sees a used sequence number and no receipt. Whoever it
/// told so would sign the same calls anew.
#[test]
fn a_late_node_says_of_nothing_that_it_is_not_final_before_it_knows() {
    deterministic::Runner::timed(Duration::from_secs(900)).start(|context| async move {
        let mut cluster = Cluster::start_with(context, EPOCH, 1).await;
        let done = lived(&cluster).await;
        let unknown = transaction(&cluster.genesis, 2, 7).id();
        cluster.sync_above = Some(2 * EPOCH);
        cluster.start_node(5).await;
        let late = cluster.handle(5);
        assert_eq!(
            late.events(Height::new(1), 1).await,
            Err(Unavailable::Fetching)
        );
        for id in [done[0].id(), unknown] {
            assert_eq!(late.find(id).await, Err(Unavailable::Fetching));
            assert_eq!(late.receipt(id).await, Err(Unavailable::Fetching));
        }
        let again = late.submit(vec![done[0].clone()], true).await;
        assert!(
            matches!(
                again.as_slice(),
                [Submitted::Pending(_) | Submitted::Final(_)]
            ),
            "{again:?}"
        );
        events(&cluster, 5).await;
        let again = late.submit(vec![done[0].clone()], true).await;
        assert!(
            matches!(again.as_slice(), [Submitted::Final(_)]),
            "{again:?}"
        );
        assert_eq!(late.find(unknown).await, Ok(None));
        assert_eq!(late.receipt(unknown).await, Ok(None));
    });
}

#[test]
fn a_late_node_serves_another_that_comes_later() {
    deterministic::Runner::timed(Duration::from_secs(900)).start(|context| async move {
        let mut cluster = Cluster::start_with(context, EPOCH, 1).await;
        let done = lived(&cluster).await;
        cluster.sync_above = Some(2 * EPOCH);
        // Two of four lost their disks, one after the other.
        for member in [4, 3] {
            cluster.wipe(member);
            cluster.start_node(member).await;
            events(&cluster, member).await;
            let until = cluster.handle(member).status().height + 3 * EPOCH;
            cluster.handle(member).reached(Height::new(until)).await;
        }
        // Who comes now reaches these two alone, and has the state and the past from them.
        for far in [1, 2] {
            cluster.cut(5, far).await;
        }
        cluster.start_node(5).await;
        assert_eq!(cluster.handle(5).block(Height::new(3)).await, Ok(None));
        let theirs = events(&cluster, 1).await;
        assert_eq!(events(&cluster, 5).await.blocks, theirs.blocks);
        for one in &done {
            let proof = receipt(&cluster, 5, one.id()).await;
            assert!(proof.verify(&cluster.genesis).is_ok());
        }
    });
}

#[test]
fn a_key_without_its_votes_follows_until_the_epochs_are_over_in_which_it_may_have_voted() {
    for (past, lost) in [(PastVotes::Here, true), (PastVotes::Elsewhere, false)] {
        deterministic::Runner::timed(Duration::from_secs(1_800)).start(|context| async move {
            let mut cluster = Cluster::start(context, EPOCH).await;
            lived(&cluster).await;
            match lost {
                true => cluster.wipe(4),
                false => cluster.kill(4),
            }
            cluster.start_as(4, past).await;
            let epoch = cluster.handle(1).status().epoch;
            // With another down, its vote is needed, and does not come.
            cluster.kill(3);
            assert!(!moves(&cluster, 1).await, "{past:?}");
            // Nor after a restart.
            cluster.kill(4);
            cluster.start_node(4).await;
            assert!(!moves(&cluster, 1).await, "{past:?}");
            cluster.start_node(3).await;
            let again = Height::new((epoch + 3) * EPOCH + 1);
            cluster.handle(4).reached(again).await;
            cluster.kill(3);
            assert!(moves(&cluster, 1).await, "{past:?}");
        });
    }
}

/// Two of three others may both lag, or one lag and one lie; of all three one at least is honest and knows the last epoch but one.
#[test]
fn a_key_without_its_votes_does_not_begin_on_the_word_of_two() {
    deterministic::Runner::timed(Duration::from_secs(900)).start(|context| async move {
        let mut cluster = Cluster::start(context, EPOCH).await;
        lived(&cluster).await;
        cluster.kill(3);
        cluster.kill(4);
        let clock = cluster.context.child("clock");
        let begun = select! {
            () = cluster.start_as(4, PastVotes::Elsewhere) => true,
            () = clock.sleep(Duration::from_secs(60)) => false,
        };
        assert!(!begun);
    });
}

#[test]
fn a_founder_that_starts_late_votes_at_once() {
    deterministic::Runner::timed(Duration::from_secs(900)).start(|context| async move {
        let mut cluster = Cluster::start_with(context, 1_000, 0).await;
        let first = cluster.handle(1).status().height;
        cluster.handle(1).reached(Height::new(first + 5)).await;
        // As if member 4 had never been started: its key is new.
        cluster.wipe(4);
        cluster.start_as(4, PastVotes::None).await;
        let tip = cluster.handle(1).status().height;
        cluster.handle(4).reached(Height::new(tip + 2)).await;
        cluster.kill(3);
        assert!(moves(&cluster, 1).await);
        cluster.start_node(3).await;
        assert!(moves(&cluster, 1).await);
        cluster.wipe(4);
        cluster.kill(3);
        cluster.start_as(4, PastVotes::None).await;
        // It catches up with the views that it missed, though only its own vote can end them.
        assert!(moves(&cluster, 1).await);
        assert_eq!(cluster.nodes.len(), usize::from(NODES) - 1);
    });
}

/// Blocks after which a node that keeps 50 has dropped some: it drops whole sections of the archive, so it takes one and some.
const DROPPED: u64 = 2 * 64 + 2 * 256 + 100;

/// A transaction of the first blocks, and a fifth node that has dropped them; the height that it came to.
async fn thin(context: Context) -> (Cluster, Transaction, Height) {
    let mut cluster = Cluster::start_with(context, 1_000, 1).await;
    let one = transaction(&cluster.genesis, 1, 1);
    finalise(&cluster, 1, one.clone()).await;
    cluster.keep_blocks = Some(50);
    cluster.start_node(5).await;
    let full = Height::new(DROPPED);
    cluster.handle(5).reached(full).await;
    (cluster, one, full)
}

#[test]
fn a_node_that_drops_old_transactions_still_proves_what_they_did() {
    deterministic::Runner::timed(Duration::from_secs(4_000)).start(|context| async move {
        let (mut cluster, one, full) = thin(context).await;
        let [thin, whole] = [5, 1].map(|member| cluster.handle(member));
        let first = Height::new(3);
        assert_eq!(thin.block(first).await, Ok(None));
        assert!(matches!(whole.block(first).await, Ok(Some(_))));
        let header = |node: amanat_node::NodeHandle| async move {
            node.header(first).await.expect("up").map(|one| one.header)
        };
        assert_eq!(header(thin.clone()).await, header(whole).await);
        let proof = receipt(&cluster, 5, one.id()).await;
        assert!(proof.verify(&cluster.genesis).is_ok());
        cluster.kill(5);
        cluster.start_node(5).await;
        cluster.handle(5).reached(full.plus(10)).await;
        let again = receipt(&cluster, 5, one.id()).await;
        assert_eq!(again.header.header, proof.header.header);
    });
}

/// Headers that were damaged and moved aside are gone, and what they proved; those of later blocks are kept as before.
#[test]
fn a_node_whose_old_headers_are_lost_keeps_the_later_ones() {
    deterministic::Runner::timed(Duration::from_secs(4_000)).start(|context| async move {
        let (mut cluster, one, full) = thin(context).await;
        cluster.kill_at_rest(5).await;
        cluster.lose(5, "headers").await;
        cluster.start_node(5).await;
        let thin = cluster.handle(5);
        thin.reached(full).await;
        assert_eq!(thin.receipt(one.id()).await, Err(Unavailable::Certificate));
        let later = full.plus(5);
        thin.reached(later.plus(DROPPED)).await;
        assert_eq!(thin.block(later).await, Ok(None));
        let header = thin.header(later).await.expect("up").expect("final");
        let whole = cluster.handle(1).header(later).await.expect("up");
        assert_eq!(header.header, whole.expect("final").header);
    });
}
