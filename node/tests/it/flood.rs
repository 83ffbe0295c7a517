//! Nothing that one member sends stops the others: not what it floods its own name with, not what it forges in theirs.
use crate::cluster::{Cluster, consensus_key, member_signer};
use crate::finality::{finalise, transaction};
use amanat_node::mempool::wire::{Frame, Message};
use amanat_node::mempool::{Dropped, Report};
use amanat_node::network::{CHANNELS, MEMPOOL};
use amanat_types::call::{BreakGlass, Call};
use amanat_types::codec::List;
use amanat_types::id::{LocalId, PatientId, SealingKey};
use amanat_types::receipt::Outcome;
use amanat_types::wire::Submitted;
use amanat_types::{Refusal, TimestampMs, Transaction};
use commonware_codec::Encode as _;
use commonware_cryptography::Signer as _;
use commonware_macros::select;
use commonware_p2p::{Recipients, Sender as _};
use commonware_runtime::{Clock as _, Runner as _, deterministic};
use std::collections::BTreeSet;
use std::time::Duration;

/// Transactions that a mempool holds here.
const POOL: usize = 64;

/// An emergency of a member, which the contracts refuse with a receipt: it would never end.
fn emergency(cluster: &Cluster, member: u16, sequence: u64) -> Transaction {
    let mut body = transaction(&cluster.genesis, member, sequence).body;
    let glass = Call::BreakGlass(BreakGlass {
        local: LocalId::new([1; 16]),
        patient: PatientId::new([2; 16]),
        until_ms: TimestampMs::new(u64::MAX),
        reader: SealingKey::new([7; 32]),
    });
    body.calls = List::new(vec![glass]).expect("one");
    Transaction::sign(body, &member_signer(member))
}

/// Submits more than a mempool holds to the node of member 1, in its name, again and again.
async fn flood(cluster: &Cluster) {
    let handle = cluster.handle(1);
    // All within one window of sequence numbers.
    for first in (1_000..4_800).step_by(200).cycle() {
        let all = (first..first + 200).map(|at| transaction(&cluster.genesis, 1, at));
        for answer in handle.submit(all.collect(), false).await {
            match answer {
                Submitted::Pending(_) | Submitted::Final(_) => {}
                Submitted::Refused(refusal) => assert_eq!(refusal, Refusal::MempoolShareFull),
                Submitted::TimedOut(_) => panic!("without a wait"),
            }
        }
        cluster.context.sleep(Duration::from_millis(10)).await;
    }
}

#[test]
fn the_flood_of_one_member_does_not_stop_the_others() {
    deterministic::Runner::timed(Duration::from_secs(300)).start(|context| async move {
        let cluster = Cluster::start_small(context, POOL).await;
        finalise(&cluster, 1, transaction(&cluster.genesis, 1, 1)).await;
        let others = async {
            // The mempool is full before anybody else comes.
            let full = |report: Report| report.dropped.contains_key(&Dropped::Share);
            while !full(cluster.handle(1).mempool()) {
                cluster.context.sleep(Duration::from_millis(5)).await;
            }
            for sequence in 1..=5 {
                // At the flooded node itself, and at another, which the flood reaches as a leader's share of it.
                finalise(&cluster, 1, transaction(&cluster.genesis, 2, sequence)).await;
                finalise(&cluster, 3, transaction(&cluster.genesis, 3, sequence)).await;
                let done = finalise(&cluster, 1, emergency(&cluster, 1, 900 + sequence)).await;
                let Outcome::Refused(refused) = done.receipt.outcome else {
                    panic!("nobody broke the glass");
                };
                assert_eq!(refused.refusal, Refusal::UntilTooFar);
            }
            cluster.handle(1).mempool()
        };
        let report = select! {
            report = others => report,
            _ = flood(&cluster) => panic!("it goes on"),
        };
        assert!(report.dropped[&Dropped::Share] > 0, "{report:?}");
        assert!(report.transactions <= POOL && report.block_units.is_some());
    });
}

/// A member without a node of its own sends what is signed by nobody, in the name of another: it is cut off, and nobody suffers.
#[test]
fn who_forwards_forgeries_is_cut_off() {
    deterministic::Runner::timed(Duration::from_secs(300)).start(|context| async move {
        let mut cluster = Cluster::found(context, 1_000, 0).await;
        for member in 1..=3 {
            cluster.start_node(member).await;
        }
        let hostile = consensus_key(4).public_key();
        let control = cluster.oracle.control(hostile.clone());
        let quota = CHANNELS.into_iter().find(|(number, _)| *number == MEMPOOL);
        let (_, quota) = quota.expect("every channel is listed");
        let channel = control.register(MEMPOOL, quota).await.expect("a network");
        let (mut sender, _receiver) = channel;
        finalise(&cluster, 1, transaction(&cluster.genesis, 1, 1)).await;
        let forged = (2..500).map(|sequence| {
            let mut forged = transaction(&cluster.genesis, 1, sequence);
            forged.signatures = transaction(&cluster.genesis, 1, 501).signatures;
            Frame(forged.encode())
        });
        let forged = Message::Transactions(List::new(forged.collect()).expect("few"));
        // Signed well, by somebody who is not the sponsor: refused, held by nobody, and no reason to cut anybody off.
        let mut body = transaction(&cluster.genesis, 1, 600).body;
        let other = member_signer(4);
        body.signers = List::new(vec![other.public_key()]).expect("one");
        let other = Transaction::sign(body, &other).encode();
        let other = Message::Transactions(List::new(vec![Frame(other)]).expect("one"));
        for message in [other, forged] {
            let _ = sender.send(Recipients::All, message.encode(), false);
            cluster.context.sleep(Duration::from_secs(1)).await;
        }
        for member in 1..=3 {
            let report = cluster.handle(member).mempool();
            assert_eq!(report.transactions, 0, "{report:?}");
            assert_eq!(report.dropped[&Dropped::Admission], 1, "{report:?}");
            assert_eq!(report.dropped[&Dropped::Signature], 498, "{report:?}");
        }
        for member in 1..=3 {
            finalise(
                &cluster,
                member,
                transaction(&cluster.genesis, 1, 1 + u64::from(member)),
            )
            .await;
        }
        let blocked = cluster.oracle.blocked().await.expect("a network");
        let cut: BTreeSet<_> = blocked
            .into_iter()
            .filter(|(_, who)| *who == hostile)
            .collect();
        assert_eq!(cut.len(), 3);
    });
}
