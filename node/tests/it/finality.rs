//! Transactions reach finality on every node, with the same roots.
use crate::cluster::{Cluster, NODES, member_signer};
use amanat_types::call::{Call, Discharge};
use amanat_types::codec::List;
use amanat_types::transaction::{Body, VERSION};
use amanat_types::wire::{Finalized, Submitted};
use amanat_types::{EncounterId, Genesis, Height, MemberId, Refusal, Transaction};
use commonware_runtime::{Runner as _, deterministic};
use std::time::Duration;

/// A lawful transaction that the contracts refuse with a receipt: there is no such encounter.
pub fn transaction(genesis: &Genesis, member: u16, sequence: u64) -> Transaction {
    let signer = member_signer(member);
    let body = Body {
        version: VERSION,
        network: genesis.digest(),
        sponsor: MemberId::new(member),
        sequence,
        last_height: Height::new(400),
        signers: List::new(vec![signer.public_key()]).expect("one"),
        stored: List::empty(),
        calls: List::new(vec![Call::Discharge(Discharge {
            encounter: EncounterId::new([9; 16]),
        })])
        .expect("one"),
    };
    Transaction::sign(body, &signer)
}

/// Submits to `member` and waits.
pub async fn finalise(cluster: &Cluster, member: u16, transaction: Transaction) -> Finalized {
    let answers = cluster.handle(member).submit(vec![transaction], true).await;
    match answers.as_slice() {
        [Submitted::Final(last)] => last.clone(),
        other => panic!("not final: {other:?}"),
    }
}

#[test]
fn four_nodes_finalise_the_same() {
    deterministic::Runner::timed(Duration::from_secs(120)).start(|context| async move {
        let cluster = Cluster::start(context, 1_000).await;
        for member in 1..=NODES {
            let transaction = transaction(&cluster.genesis, member, 1);
            let last = finalise(&cluster, member, transaction.clone()).await;
            let again = finalise(&cluster, member, transaction).await;
            assert_eq!(again, last, "the same id gives the first receipt");
        }
        let tip = cluster.handle(1).status().height;
        let mut headers = Vec::new();
        for member in 1..=NODES {
            let handle = cluster.handle(member);
            handle.reached(Height::new(tip)).await;
            let block = handle.block(Height::new(tip)).await.expect("up");
            headers.push(block.expect("a finalised block").header().clone());
        }
        assert!(headers.windows(2).all(|pair| pair[0] == pair[1]));
    });
}

#[test]
fn admission_refuses_at_once() {
    deterministic::Runner::timed(Duration::from_secs(120)).start(|context| async move {
        let cluster = Cluster::start(context, 1_000).await;
        let good = transaction(&cluster.genesis, 1, 1);
        finalise(&cluster, 1, good.clone()).await;
        let handle = cluster.handle(1);
        let refused = |mut body: Body, change: fn(&mut Body), refusal: Refusal| {
            let handle = handle.clone();
            async move {
                change(&mut body);
                let transaction = Transaction::sign(body, &member_signer(1));
                let answers = handle.submit(vec![transaction], true).await;
                assert_eq!(answers, vec![Submitted::Refused(refusal)]);
            }
        };
        let body = good.body.clone();
        refused(
            body.clone(),
            |body| body.last_height = Height::new(399),
            Refusal::SequenceUsed,
        )
        .await;
        refused(
            body.clone(),
            |body| body.last_height = Height::new(0),
            Refusal::TransactionExpired,
        )
        .await;
        refused(
            body.clone(),
            |body| body.last_height = Height::new(5_000),
            Refusal::ValidTooFarAhead,
        )
        .await;
        refused(
            body,
            |body| body.network = amanat_types::Digest::from([1; 32]),
            Refusal::WrongNetwork,
        )
        .await;
        let mut forged = transaction(&cluster.genesis, 1, 2);
        forged.signatures = transaction(&cluster.genesis, 1, 3).signatures;
        let answers = handle.submit(vec![forged], true).await;
        assert_eq!(answers, vec![Submitted::Refused(Refusal::SignatureInvalid)]);
    });
}
