//! Members come and go by vote: the roster changes at an epoch's end, without a stop, and receipts lead over the change.
use crate::cluster::{
    Cluster, NODES, consensus_key, governance_signer, hospital, member_signer, vault_signer,
};
use crate::finality::{finalise, transaction};
use crate::proofs::receipt;
use amanat_types::call::{Propose, Vote};
use amanat_types::codec::List;
use amanat_types::event::Event;
use amanat_types::id::{LocalId, ProposalId};
use amanat_types::key::{MemberSigner, NAMESPACE_TRANSACTION};
use amanat_types::proof::{FinalizedHeader, ProofError, ReceiptProof};
use amanat_types::receipt::Outcome;
use amanat_types::transaction::{Body, VERSION};
use amanat_types::wire::Finalized;
use amanat_types::{Call, Change, Height, MemberId, Transaction};
use commonware_codec::Encode as _;
use commonware_runtime::{Clock as _, Runner as _, deterministic};
use std::time::Duration;

const EPOCH: u64 = 10;

/// A governance call of `member`, co-signed by its governance key and by `others`.
fn governed(
    cluster: &Cluster,
    member: u16,
    sequence: u64,
    call: Call,
    others: &[MemberSigner],
) -> Transaction {
    let signer = member_signer(member);
    let governance = governance_signer(member);
    let cosigners: Vec<&MemberSigner> = std::iter::once(&governance).chain(others).collect();
    let mut signers = vec![signer.public_key()];
    signers.extend(cosigners.iter().map(|one| one.public_key()));
    let body = Body {
        version: VERSION,
        network: cluster.genesis.digest(),
        sponsor: MemberId::new(member),
        sequence,
        last_height: Height::new(500),
        signers: List::new(signers).expect("few"),
        stored: List::empty(),
        calls: List::new(vec![call]).expect("one"),
    };
    let id = body.id();
    let sign = |one: &&MemberSigner| one.sign(NAMESPACE_TRANSACTION, id.as_bytes());
    let signatures = cosigners.iter().map(sign).collect();
    Transaction::with(body, &signer, signatures)
}

/// Member 1 proposes, `voters` approve: it passes with the last of them. Gives what that vote did.
async fn pass(
    cluster: &Cluster,
    name: u8,
    change: Change,
    keys: &[MemberSigner],
    voters: &[u16],
) -> Finalized {
    let sequence = 10 + u64::from(name);
    let local = LocalId::new([name; 16]);
    let call = Call::Propose(Propose { local, change });
    accepted(finalise(cluster, 1, governed(cluster, 1, sequence, call, keys)).await);
    let mut last = None;
    for &member in voters {
        let call = Call::Vote(Vote {
            proposal: ProposalId::derive(MemberId::new(1), local),
            approve: true,
        });
        let voted = finalise(
            cluster,
            member,
            governed(cluster, member, sequence, call, &[]),
        );
        last = Some(accepted(voted.await));
    }
    let last = last.expect("a vote");
    let event = last.events.events.last();
    assert!(matches!(event, Some(Event::ProposalPassed(_))), "{event:?}");
    last
}

fn accepted(done: Finalized) -> Finalized {
    assert!(
        matches!(done.receipt.outcome, Outcome::Accepted(_)),
        "{:?}",
        done.receipt.outcome
    );
    done
}

/// Waits until `member` has seen two epochs end after `height`: what passed by then is in force.
async fn in_force(cluster: &Cluster, member: u16, height: Height) {
    let epoch = height.get() / EPOCH + 3;
    cluster
        .handle(member)
        .reached(Height::new(epoch * EPOCH))
        .await;
    cluster.context.sleep(Duration::from_secs(1)).await;
}

/// The keys of a hospital that is not in the genesis, as signers.
fn keys(member: u16) -> Vec<MemberSigner> {
    let consensus: [u8; 32] = consensus_key(member)
        .encode()
        .as_ref()
        .try_into()
        .expect("a seed");
    vec![
        governance_signer(member),
        member_signer(member),
        vault_signer(member),
        MemberSigner::from_seed(consensus),
    ]
}

#[test]
fn a_fifth_member_follows_is_admitted_votes_and_is_removed() {
    deterministic::Runner::timed(Duration::from_secs(900)).start(|context| async move {
        let mut cluster = Cluster::start_with(context, EPOCH, 1).await;
        let first = transaction(&cluster.genesis, 4, 1);
        finalise(&cluster, 4, first.clone()).await;

        // It follows without voting, from the first block on.
        cluster.start_node(5).await;
        cluster.handle(5).reached(Height::new(5)).await;
        assert_eq!(cluster.handle(5).status().validators, u64::from(NODES));

        // Before it is admitted nothing that it signs stands in a block.
        let stranger = transaction(&cluster.genesis, 5, 1);
        let answer = cluster.handle(1).submit(vec![stranger], true).await;
        assert!(
            !matches!(answer.as_slice(), [amanat_types::wire::Submitted::Final(_)]),
            "{answer:?}"
        );

        let admit = Change::AdmitMember(hospital(5));
        let passed = pass(&cluster, 1, admit, &keys(5), &[2, 3]).await;
        in_force(&cluster, 5, passed.height).await;
        for member in 1..=5 {
            assert_eq!(
                cluster.handle(member).status().validators,
                5,
                "member {member}"
            );
        }

        // Four of five are a quorum now: with member 4 down nothing is final without member 5's vote.
        cluster.kill_at_rest(4).await;
        let own = transaction(&cluster.genesis, 5, 2);
        let done = finalise(&cluster, 5, own.clone()).await;
        let proof = receipt(&cluster, 5, own.id()).await;
        let verified = proof.verify(&cluster.genesis).expect("a good proof");
        assert_eq!(verified.height, done.height);

        // A node that was away while the roster changed comes back, and a restarted one knows the roster from its disk.
        cluster.start_node(4).await;
        cluster.kill_at_rest(5).await;
        cluster.context.sleep(Duration::from_secs(1)).await;
        cluster.start_node(5).await;
        let tip = cluster.handle(1).status().height;
        for member in [4, 5] {
            cluster.handle(member).reached(Height::new(tip + 2)).await;
            assert_eq!(cluster.handle(member).status().validators, 5);
        }

        // Two thirds of five are four.
        let remove = Change::RemoveMember(MemberId::new(5));
        let passed = pass(&cluster, 2, remove, &[], &[2, 3, 4]).await;
        in_force(&cluster, 1, passed.height).await;
        assert_eq!(cluster.handle(1).status().validators, u64::from(NODES));
        // Three of four are a quorum again, without members 4 and 5.
        cluster.kill_at_rest(4).await;
        cluster.kill_at_rest(5).await;
        let last = transaction(&cluster.genesis, 1, 90);
        finalise(&cluster, 1, last.clone()).await;
        // A proof carries those boundaries at which the validators changed before it, and no other.
        let genesis = &*cluster.genesis;
        for (member, id, changes) in [(1, first.id(), 0), (2, own.id(), 1), (3, last.id(), 2)] {
            let proof = receipt(&cluster, member, id).await;
            let verified = proof.verify(genesis).expect("a good proof");
            assert_eq!(proof.boundaries.len(), changes, "{member}");
            assert_eq!(verified.checkpoint.roster.keys().len(), 4 + changes % 2);
        }
        let proof = receipt(&cluster, 2, own.id()).await;
        let mut left_out = proof.clone();
        left_out.boundaries = List::empty();
        let error = left_out.verify(genesis).expect_err("one is missing");
        assert!(matches!(error, ProofError::CertificateWrong(_)), "{error}");
        let of_last = receipt(&cluster, 3, last.id()).await;
        let with = |boundaries: Vec<FinalizedHeader>| ReceiptProof {
            boundaries: List::new(boundaries).expect("few"),
            ..of_last.clone()
        };
        let [admitted, removed] = &*of_last.boundaries else {
            panic!("two changes");
        };
        let error = with(vec![removed.clone()]).verify(genesis);
        assert!(matches!(error, Err(ProofError::CertificateWrong(_))));
        let twice = vec![admitted.clone(), removed.clone(), removed.clone()];
        let epoch = removed.header.epoch();
        let error = with(twice).verify(genesis);
        assert_eq!(error, Err(ProofError::BoundaryEpoch(epoch)));
        let error = with(vec![removed.clone(), admitted.clone()]).verify(genesis);
        assert!(error.is_err(), "out of order");
        // From a checkpoint, what it vouches for is passed over.
        let from = proof.verify(genesis).expect("good").checkpoint;
        let short = with(vec![removed.clone()]);
        assert!(short.verify_from(genesis, &from).is_ok());
    });
}
