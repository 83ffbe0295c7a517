//! Reads of the state at the tip: those from memory say what the databases prove, at once after a block and after a restart.
use crate::cluster::{Cluster, NODES, member_signer};
use crate::finality::{finalise, transaction};
use amanat_types::codec::List;
use amanat_types::release::ReleaseRequest;
use amanat_types::wire::{ReleaseAnswer, ReleaseQuestion, StateAnswer};
use amanat_types::{Height, MemberId, RecordId, Refusal, StateKey, TicketId};
use commonware_runtime::{Clock as _, Runner as _, deterministic};
use futures::future::join_all;
use std::time::Duration;

/// Keys that each transaction of member 1 changes, that none does, and that the state does not have.
fn keys() -> Vec<StateKey> {
    vec![
        StateKey::sequence(&member_signer(1).public_key()),
        StateKey::member(MemberId::new(1)),
        StateKey::new([5; 32]),
    ]
}

/// What `member` reads, once at the same height as what it proves; both must say the same.
async fn read(cluster: &Cluster, member: u16) -> StateAnswer {
    let handle = cluster.handle(member);
    'again: loop {
        let answer = handle.state(keys()).await.expect("up");
        for (key, value) in keys().into_iter().zip(answer.values.iter()) {
            let proof = handle.proof(key).await.ok().flatten();
            let at = proof.as_ref().map(|proof| proof.header.header.height);
            let Some(proof) = proof.filter(|_| at == Some(answer.height)) else {
                cluster.context.sleep(Duration::from_millis(50)).await;
                continue 'again;
            };
            let proven = proof.verify(&cluster.genesis).expect("a good proof").value;
            assert_eq!(value.as_deref(), proven.as_deref(), "at {}", answer.height);
        }
        return answer;
    }
}

/// A release under a ticket that nobody has; one that is `early` has seen a block that is not made yet.
fn unknown(early: bool) -> ReleaseQuestion {
    ReleaseQuestion {
        requester: MemberId::new(1),
        request: ReleaseRequest {
            ticket: TicketId::new([7; 16]),
            records: List::new(vec![RecordId::new([7; 16])]).expect("one"),
            seen: Height::new(if early { u64::MAX } else { 1 }),
        },
    }
}

#[test]
fn each_of_many_that_wait_together_has_its_own_answer() {
    deterministic::Runner::timed(Duration::from_secs(120)).start(|context| async move {
        let cluster = Cluster::start(context, 1_000).await;
        finalise(&cluster, 1, transaction(&cluster.genesis, 1, 1)).await;
        let handle = cluster.handle(1);
        // From the databases at first, then from memory; more than are judged in one go.
        for _ in 0..2 {
            let early = |number: usize| number.is_multiple_of(3);
            let answers = (0..200).map(|number| handle.release(unknown(early(number))));
            for (number, answer) in join_all(answers).await.into_iter().enumerate() {
                let refusal = match early(number) {
                    true => Refusal::TipBehindReader,
                    false => Refusal::TicketUnknown,
                };
                let refused = ReleaseAnswer::Refused(refusal);
                assert_eq!(answer.expect("up"), refused, "request {number}");
            }
        }
        let reads = handle.state_reads();
        assert!(reads.from_memory >= 200, "{reads:?}");
    });
}

#[test]
fn what_is_read_from_memory_is_what_the_databases_prove() {
    deterministic::Runner::timed(Duration::from_secs(240)).start(|context| async move {
        let mut cluster = Cluster::start(context, 1_000).await;
        let mut before = None;
        for sequence in 1..=6 {
            let last = finalise(&cluster, 1, transaction(&cluster.genesis, 1, sequence)).await;
            for member in 1..=NODES {
                let handle = cluster.handle(member);
                handle.reached(last.height).await;
                // At once: nothing that the block has changed is given.
                let answer = handle.state(keys()).await.expect("up");
                assert!(answer.height >= last.height);
                let value = answer.values.first().cloned().flatten();
                assert!(value.is_some() && value != before, "member {member}");
                let answer = read(&cluster, member).await;
                if member == NODES {
                    before = answer.values.first().cloned().flatten();
                }
            }
        }
        for member in 1..=NODES {
            let reads = cluster.handle(member).state_reads();
            assert!(
                reads.from_memory > 0 && reads.from_databases > 0,
                "{reads:?}"
            );
        }

        // What a node read before it was stopped is not in its memory after the start, when another block has changed it.
        cluster.kill_at_rest(2).await;
        finalise(&cluster, 1, transaction(&cluster.genesis, 1, 7)).await;
        cluster.start_node(2).await;
        let height = Height::new(cluster.handle(1).status().height);
        cluster.handle(2).reached(height).await;
        let answer = read(&cluster, 2).await;
        assert_ne!(answer.values.first().cloned().flatten(), before);
    });
}
