//! Goal: each guard before a release stops what it is there to stop, alone. Method: one allowed request, then the same
//! with one thing wrong.
use crate::fake::{FakeLedger, member, network, signer};
use amanat_client::fault::Failure;
use amanat_client::{Fault, Judge};
use amanat_types::code::KeyPurpose;
use amanat_types::codec::List;
use amanat_types::id::BlobDigest;
use amanat_types::release::{REQUEST_SKEW_MS_MAX, ReleaseRequest, SignedRequest};
use amanat_types::state::Actor;
use amanat_types::wire::ReleaseAnswer;
use amanat_types::{Height, RecordId, Refusal, StateKey, TicketId, limits};

const ROUTE: &str = "/v1/release";

fn refused<T: std::fmt::Debug>(result: Result<T, Failure>) -> Refusal {
    match result {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn judge(ledger: &FakeLedger) -> Judge<FakeLedger> {
    Judge::new(ledger.clone(), network(), ledger.clock())
}

fn signed(ledger: &FakeLedger) -> SignedRequest {
    ledger.sign(1, ROUTE, 7u64)
}

#[tokio::test]
async fn an_active_members_request_is_known() {
    let ledger = FakeLedger::new(2);
    let known = judge(&ledger).member_now(&signed(&ledger), ROUTE).await;
    assert_eq!(known.expect("known").member, member(1));
    ledger.admit(1, KeyPurpose::Transaction, true);
    let known = judge(&ledger).member_now(&signed(&ledger), ROUTE).await;
    assert!(known.is_ok());
}

#[tokio::test]
async fn a_changed_or_misused_request_is_refused() {
    let ledger = FakeLedger::new(2);
    let judge = judge(&ledger);
    let wrong = |change: fn(&mut SignedRequest)| {
        let mut request = signed(&ledger);
        change(&mut request);
        request
    };
    let changed = [
        wrong(|r| r.body = List::new(vec![1]).expect("one")),
        wrong(|r| r.member = member(2)),
        wrong(|r| r.time_ms = r.time_ms.plus(1)),
        wrong(|r| r.key = signer(2).public_key()),
    ];
    for request in changed {
        let refusal = refused(judge.member(&request, ROUTE).await);
        assert_eq!(refusal, Refusal::SignatureInvalid);
    }
    let elsewhere = judge.member(&signed(&ledger), "/v1/keys").await;
    assert_eq!(refused(elsewhere), Refusal::SignatureInvalid);
    let other = amanat_types::digest("test/other", &[]);
    let other = Judge::new(ledger.clone(), other, ledger.clock());
    let other = other.member(&signed(&ledger), ROUTE).await;
    assert_eq!(refused(other), Refusal::SignatureInvalid);
}

#[tokio::test]
async fn a_stale_or_future_request_is_refused() {
    let ledger = FakeLedger::new(2);
    let judge = judge(&ledger);
    let request = signed(&ledger);
    let now = request.time_ms.get();
    for (at, fresh) in [
        (now + REQUEST_SKEW_MS_MAX, true),
        (now + REQUEST_SKEW_MS_MAX + 1, false),
        (now - REQUEST_SKEW_MS_MAX, true),
        (now - REQUEST_SKEW_MS_MAX - 1, false),
    ] {
        ledger.set_now(at);
        match judge.member(&request, ROUTE).await {
            Ok(_) => assert!(fresh),
            Err(Failure::Refused(refusal)) => {
                assert!(!fresh);
                assert_eq!(refusal, Refusal::RequestStale);
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn only_a_vault_or_transaction_key_of_an_active_member_counts() {
    let ledger = FakeLedger::new(2);
    let judge = judge(&ledger);
    let unknown = judge.member(&ledger.sign(3, ROUTE, 7u64), ROUTE).await;
    assert_eq!(refused(unknown), Refusal::DepositorUnknown);

    for purpose in [KeyPurpose::Consensus, KeyPurpose::Governance] {
        ledger.admit(1, purpose, true);
        let other = judge.member(&signed(&ledger), ROUTE).await;
        assert_eq!(refused(other), Refusal::DepositorUnknown);
    }

    ledger.admit(1, KeyPurpose::Vault, false);
    let suspended = judge.member(&signed(&ledger), ROUTE).await;
    assert_eq!(refused(suspended), Refusal::DepositorUnknown);

    // The key of member 2 signs in the name of member 1.
    ledger.admit(1, KeyPurpose::Vault, true);
    let body = vec![1];
    let time = signed(&ledger).time_ms;
    let forged = SignedRequest::sign(&signer(2), &network(), ROUTE, member(1), time, body);
    let forged = judge.member(&forged.expect("short"), ROUTE).await;
    assert_eq!(refused(forged), Refusal::DepositorUnknown);

    let practitioner = amanat_types::PractitionerId::new([1; 16]);
    let key = StateKey::actor(&signer(1).public_key());
    ledger.put(key, Actor::Practitioner(practitioner));
    let practitioner = judge.member(&signed(&ledger), ROUTE).await;
    assert_eq!(refused(practitioner), Refusal::DepositorUnknown);
}

#[tokio::test]
async fn a_tip_that_is_not_recent_judges_nothing() {
    let ledger = FakeLedger::new(2);
    let judge = judge(&ledger);
    let tip = ledger.script().time_ms;
    for (now, recent) in [
        (tip + limits::RECENCY_MS_MAX, true),
        (tip + limits::RECENCY_MS_MAX + 1, false),
        (tip - limits::RECENCY_MS_MAX - 1, false),
    ] {
        ledger.set_now(now);
        let known = judge.member_now(&signed(&ledger), ROUTE).await;
        assert_eq!(known.is_ok(), recent);
        if !recent {
            assert_eq!(refused(known), Refusal::TipTooOld);
        }
    }
}

fn request(records: &[RecordId], seen: u64) -> ReleaseRequest {
    ReleaseRequest {
        ticket: TicketId::new([1; 16]),
        seen: Height::new(seen),
        records: List::new(records.to_vec()).expect("few"),
    }
}

#[tokio::test]
async fn the_nodes_yes_is_checked_again() {
    let ledger = FakeLedger::new(2);
    let judge = judge(&ledger);
    let (a, b) = (RecordId::new([1; 16]), RecordId::new([2; 16]));
    for record in [a, b] {
        ledger.deposit(record, BlobDigest::new([9; 32]), 2, &[1, 2]);
    }
    ledger.ticket(TicketId::new([1; 16]), 1, &[a, b]);
    let ask = request(&[a, b], 10);
    let good = judge.release(member(1), &ask).await.expect("released");

    let stranger = judge.release(member(2), &ask).await;
    assert_eq!(refused(stranger), Refusal::ReaderWrong);
    let ahead = judge.release(member(1), &request(&[a, b], 11)).await;
    assert_eq!(refused(ahead), Refusal::TipBehindReader);

    let swapped = request(&[b, a], 10);
    ledger.script().released = Some(ReleaseAnswer::Released(good));
    let other = judge.release(member(1), &swapped).await;
    assert!(matches!(other, Err(Failure::Fault(Fault::Damaged { .. }))));
    ledger.set_now(ledger.script().time_ms + limits::RECENCY_MS_MAX + 1);
    let old = judge.release(member(1), &ask).await;
    assert_eq!(refused(old), Refusal::TipTooOld);

    ledger.script().released = Some(ReleaseAnswer::Refused(Refusal::BasisEnded));
    let ended = judge.release(member(1), &ask).await;
    assert_eq!(refused(ended), Refusal::BasisEnded);
}
