//! Receipts and state are proven from the genesis file alone; every mutated part is named.
use crate::cluster::Cluster;
use crate::finality::{finalise, transaction};
use amanat_node::Unavailable;
use amanat_types::block::Header;
use amanat_types::codec::List;
use amanat_types::proof::{Claim, ProofError, ReceiptProof, StateProof};
use amanat_types::{Digest, Height, MemberId, StateKey, TransactionId};
use commonware_codec::{DecodeExt as _, Encode as _};
use commonware_runtime::{Clock as _, Runner as _, deterministic};
use std::time::Duration;

/// Waits for the certificate of a finalised transaction.
pub async fn receipt(cluster: &Cluster, member: u16, id: TransactionId) -> ReceiptProof {
    loop {
        match cluster.handle(member).receipt(id).await {
            Ok(Some(proof)) => return proof,
            Ok(None) | Err(Unavailable::Certificate) => {}
            Err(error) => panic!("{error}"),
        }
        cluster.context.sleep(Duration::from_millis(100)).await;
    }
}

async fn state(cluster: &Cluster, key: StateKey) -> StateProof {
    loop {
        if let Some(proof) = cluster.handle(1).proof(key).await.expect("up") {
            return proof;
        }
        cluster.context.sleep(Duration::from_millis(100)).await;
    }
}

type Mutation = (fn(&mut ReceiptProof), fn(ProofError) -> bool);

fn mutations() -> Vec<Mutation> {
    vec![
        (
            |proof| proof.header.header.time = proof.header.header.time.plus(1),
            |error| {
                matches!(
                    error,
                    ProofError::CertificateOther(_) | ProofError::LinkBroken(_)
                )
            },
        ),
        (
            |proof| proof.header.header.receipts_root = Digest::from([1; 32]),
            |error| {
                matches!(
                    error,
                    ProofError::CertificateOther(_) | ProofError::LinkBroken(_)
                )
            },
        ),
        (
            |proof| proof.receipt.units += 1,
            |error| error == ProofError::ReceiptRoot,
        ),
        (
            |proof| proof.position += 1,
            |error| error == ProofError::ReceiptRoot,
        ),
        (
            |proof| proof.events.events = List::empty(),
            |error| error == ProofError::EventsRoot,
        ),
        (
            |proof| proof.events.transaction = TransactionId::new([3; 32]),
            |error| error == ProofError::EventsOther,
        ),
        (
            |proof| {
                let boundary = proof.header.clone();
                proof.boundaries = List::new(vec![boundary]).expect("one");
            },
            |error| matches!(error, ProofError::BoundaryHeight(0)),
        ),
        (
            |proof| {
                let bytes = proof.header.finalization.encode();
                let mut bytes = bytes.to_vec();
                if let Some(last) = bytes.last_mut() {
                    *last ^= 1;
                }
                let broken = amanat_types::proof::Finalization::decode(bytes);
                proof.header.finalization = broken.expect("same shape");
            },
            |error| matches!(error, ProofError::CertificateWrong(_)),
        ),
        (
            |proof| proof.header.links = List::new(vec![proof.header.header.clone()]).expect("one"),
            |error| matches!(error, ProofError::LinkBroken(_)),
        ),
    ]
}

#[test]
fn receipts_are_proven_and_each_mutation_is_named() {
    deterministic::Runner::timed(Duration::from_secs(120)).start(|context| async move {
        let cluster = Cluster::start(context, 1_000).await;
        let transaction = transaction(&cluster.genesis, 1, 1);
        let last = finalise(&cluster, 1, transaction.clone()).await;
        let proof = receipt(&cluster, 2, transaction.id()).await;
        let verified = proof.verify(&cluster.genesis).expect("a good proof");
        assert_eq!(verified.height, last.height);
        assert_eq!(verified.receipt, last.receipt);
        assert_eq!(verified.events, last.events);
        let decoded = ReceiptProof::decode(proof.encode()).expect("it decodes");
        assert_eq!(decoded, proof);
        for (at, (mutate, expected)) in mutations().into_iter().enumerate() {
            let mut mutated = proof.clone();
            mutate(&mut mutated);
            let error = mutated.verify(&cluster.genesis).expect_err("mutated");
            assert!(expected(error), "mutation {at} gave: {error}");
        }
        let mut other = (*cluster.genesis).clone();
        other.time_ms = other.time_ms.plus(1);
        assert!(proof.verify(&other).is_err(), "another network");
    });
}

#[test]
fn state_is_proven_present_and_absent() {
    deterministic::Runner::timed(Duration::from_secs(120)).start(|context| async move {
        let cluster = Cluster::start(context, 1_000).await;
        finalise(&cluster, 1, transaction(&cluster.genesis, 1, 1)).await;
        let key = StateKey::member(MemberId::new(1));
        let proof = state(&cluster, key).await;
        let verified = proof.verify(&cluster.genesis).expect("present");
        let answer = cluster.handle(1).state(vec![key]).await.expect("up");
        let held = answer.values.first().cloned().flatten().expect("a member");
        assert_eq!(verified.value.as_deref(), Some(&*held));
        assert_eq!(StateProof::decode(proof.encode()).expect("decodes"), proof);

        let mut forged = proof.clone();
        if let Claim::Included { value, .. } = &mut forged.claim {
            *value = List::new(vec![1, 2, 3]).expect("short");
        }
        assert_eq!(
            forged.verify(&cluster.genesis),
            Err(ProofError::StateIncluded)
        );
        let mut moved = proof;
        moved.key = StateKey::new([5; 32]);
        assert_eq!(
            moved.verify(&cluster.genesis),
            Err(ProofError::StateIncluded)
        );

        let absent = state(&cluster, StateKey::new([5; 32])).await;
        let verified = absent.verify(&cluster.genesis).expect("absent");
        assert_eq!(verified.value, None);
        let mut forged = absent;
        forged.key = key;
        assert_eq!(
            forged.verify(&cluster.genesis),
            Err(ProofError::StateExcluded)
        );
    });
}

#[test]
fn headers_decode_strictly() {
    let genesis = crate::cluster::genesis(100);
    let roster = amanat_types::block::Roster::new(genesis.validators()).expect("four");
    let header = Header::genesis(genesis.digest(), genesis.time_ms, genesis.protocol, &roster);
    assert_eq!(header.height, Height::new(0));
    assert_eq!(Header::decode(header.encode()).expect("decodes"), header);
    let mut bytes = header.encode().to_vec();
    bytes[1] ^= 1;
    assert!(Header::decode(bytes).is_err(), "unknown version");
    let mut longer = header.encode().to_vec();
    longer.push(0);
    assert!(Header::decode(longer).is_err(), "trailing byte");
}
