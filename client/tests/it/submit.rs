//! Goal: no retry doubles anything. Method: a ledger that loses answers, drops, times out and refuses by script; then
//! count what took effect and compare what was sent.
use crate::fake::{Act, FakeLedger, member, network, sequence, signer};
use crate::proof;
use amanat_client::fault::{Failure, Fault};
use amanat_client::submit::{RESTART_GAP, Sponsor, VALID_BLOCKS, accepted};
use amanat_client::{Draft, Submitter};
use amanat_types::call::Discharge;
use amanat_types::id::EncounterId;
use amanat_types::key::NAMESPACE_TRANSACTION;
use amanat_types::{Call, Height, Refusal, StateKey};
use std::collections::BTreeSet;
use std::time::Duration;

fn submitter(ledger: &FakeLedger) -> Submitter<FakeLedger> {
    let sponsor = Sponsor {
        network: network(),
        member: member(1),
        signer: signer(1),
        deadline: Duration::from_secs(30),
    };
    Submitter::new(ledger.clone(), sponsor, ledger.clock())
}

fn call(byte: u8) -> Call {
    Call::Discharge(Discharge {
        encounter: EncounterId::new([byte; 16]),
    })
}

/// Distinct ids and sequence numbers that were sent, and how many took effect.
fn tally(ledger: &FakeLedger) -> (usize, usize, usize) {
    let script = ledger.script();
    let ids: BTreeSet<_> = script.sent.iter().map(|t| t.id()).collect();
    let numbers: BTreeSet<_> = script.sent.iter().map(|t| t.body.sequence).collect();
    (ids.len(), numbers.len(), script.finals.len())
}

#[tokio::test]
async fn a_transaction_is_signed_for_its_network_within_its_window() {
    let ledger = FakeLedger::new(2);
    let key = signer(1).public_key();
    ledger.put(StateKey::sequence(&key), sequence(500));
    let done = submitter(&ledger).submit(call(1)).await.expect("final");
    assert!(accepted(done).is_ok());
    let script = ledger.script();
    let sent = script.sent.first().expect("sent");
    assert_eq!(sent.shape(), Ok(()));
    assert!(sent.checks().iter().all(|check| check.verify().is_ok()));
    assert_eq!(sent.body.network, network());
    assert_eq!(sent.body.sponsor, member(1));
    assert_eq!(sent.body.sequence, 500 + RESTART_GAP);
    assert_eq!(sent.body.last_height, Height::new(10 + VALID_BLOCKS));
}

#[tokio::test]
async fn lost_answers_are_asked_again_with_the_same_bytes() {
    let ledger = FakeLedger::new(2);
    ledger
        .script()
        .acts
        .extend([Act::Drop, Act::TimeOut, Act::Lose]);
    submitter(&ledger).submit(call(1)).await.expect("final");
    assert_eq!(ledger.script().sent.len(), 4);
    assert_eq!(tally(&ledger), (1, 1, 1));
}

#[tokio::test]
async fn passing_refusals_are_asked_again_with_the_same_bytes() {
    for refusal in [
        Refusal::MempoolFull,
        Refusal::MempoolShareFull,
        Refusal::Stopping,
        Refusal::ValidTooFarAhead,
    ] {
        let ledger = FakeLedger::new(2);
        ledger.script().acts.push_back(Act::Refuse(refusal));
        submitter(&ledger).submit(call(1)).await.expect("final");
        assert_eq!(ledger.script().sent.len(), 2);
        assert_eq!(tally(&ledger), (1, 1, 1));
    }
}

/// What a busy node asks for is waited, within bounds, and it is not asked about what it did not take.
#[tokio::test]
async fn a_busy_node_is_left_alone_for_as_long_as_it_asks() {
    for (asked, waited) in [
        (0, 25),
        (3_000, 3_000),
        (10_000, 10_000),
        (3_600_000, 10_000),
    ] {
        let ledger = FakeLedger::new(2);
        let start = ledger.clock().now();
        ledger.script().acts.push_back(Act::Busy(asked));
        submitter(&ledger).submit(call(1)).await.expect("final");
        assert_eq!(ledger.clock().now().since(start), waited, "asked {asked}");
        assert_eq!(ledger.script().sent.len(), 2);
        assert_eq!(ledger.script().states, 1, "one question for the number");
        assert_eq!(tally(&ledger), (1, 1, 1));
    }
}

/// However long it asks, the deadline stands: it is not passed, and the same bytes were sent until then.
#[tokio::test]
async fn a_busy_node_does_not_move_the_deadline() {
    let ledger = FakeLedger::new(2);
    let start = ledger.clock().now();
    ledger.script().acts.extend([Act::Busy(9_000); 200]);
    let fault = submitter(&ledger).submit(call(1)).await;
    assert!(matches!(fault, Err(Failure::Fault(Fault::TimedOut { .. }))));
    assert_eq!(ledger.clock().now().since(start), 30_000);
    // At 0, 9, 18 and 27 s, and once more at the end.
    assert_eq!(ledger.script().sent.len(), 5);
    assert_eq!(tally(&ledger), (1, 1, 0));
}

#[tokio::test]
async fn a_number_that_another_took_is_left_and_the_calls_signed_anew() {
    let ledger = FakeLedger::new(2);
    let acts = [Refusal::SequenceUsed, Refusal::SequenceOutsideWindow];
    ledger.script().acts.extend(acts.map(Act::Refuse));
    submitter(&ledger).submit(call(1)).await.expect("final");
    let (ids, _, finals) = tally(&ledger);
    assert_eq!(
        (ids, finals),
        (2, 1),
        "outside the window starts from the ledger's top again"
    );
}

#[tokio::test]
async fn a_receipt_wins_over_any_refusal() {
    for refusal in [
        Refusal::SequenceUsed,
        Refusal::SequenceOutsideWindow,
        Refusal::TransactionExpired,
    ] {
        let ledger = FakeLedger::new(2);
        let submitter = submitter(&ledger);
        ledger.script().acts.push_back(Act::TimeOut);
        ledger.script().acts.push_back(Act::Refuse(refusal));
        let run = tokio::spawn(async move { submitter.submit(call(1)).await });
        while ledger.script().sent.is_empty() {
            tokio::task::yield_now().await;
        }
        let id = ledger.script().sent[0].id();
        let proof = proof::receipt(id, Height::new(12));
        ledger.script().receipts.insert(id, proof);
        let done = run.await.expect("runs").expect("final");
        assert_eq!(done.height, Height::new(12));
        assert_eq!(done.receipt.transaction, id);
        assert_eq!(tally(&ledger).0, 1, "nothing was signed anew");
    }
}

#[tokio::test]
async fn an_expired_transaction_is_signed_anew_only_past_its_last_height() {
    let ledger = FakeLedger::new(2);
    // Refused as expired while the tip has not passed the last height: the node is ahead of what it tells.
    let refuse = Act::Refuse(Refusal::TransactionExpired);
    ledger.script().acts.extend([refuse, refuse]);
    submitter(&ledger).submit(call(1)).await.expect("final");
    assert_eq!(
        tally(&ledger),
        (1, 1, 1),
        "the same bytes until the tip tells"
    );

    let ledger = FakeLedger::new(2);
    let submitter = submitter(&ledger);
    ledger.script().acts.push_back(Act::TimeOut);
    let clone = ledger.clone();
    let run = tokio::spawn(async move { submitter.submit(call(1)).await });
    while clone.script().sent.is_empty() {
        tokio::task::yield_now().await;
    }
    let last = clone.script().sent[0].body.last_height;
    clone.script().height = last.get() + 1;
    let done = run.await.expect("runs").expect("final");
    assert!(done.height > last);
    let (ids, numbers, finals) = tally(&ledger);
    assert_eq!((ids, numbers, finals), (2, 2, 1));
}

#[tokio::test]
async fn other_refusals_at_admission_come_back() {
    let ledger = FakeLedger::new(2);
    let refuse = Act::Refuse(Refusal::SponsorUnknown);
    ledger.script().acts.push_back(refuse);
    let refused = submitter(&ledger).submit(call(1)).await;
    assert!(matches!(
        refused,
        Err(Failure::Refused(Refusal::SponsorUnknown))
    ));
    assert_eq!(ledger.script().sent.len(), 1);
}

#[tokio::test]
async fn after_the_deadline_the_fate_is_unknown() {
    let ledger = FakeLedger::new(2);
    ledger.script().acts.extend([Act::Drop; 200]);
    let fault = submitter(&ledger).submit(call(1)).await;
    assert!(matches!(fault, Err(Failure::Fault(Fault::TimedOut { .. }))));
    let ledger = FakeLedger::new(2);
    ledger.script().down = true;
    let fault = submitter(&ledger).submit(call(1)).await;
    assert!(matches!(fault, Err(Failure::Fault(Fault::TimedOut { .. }))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_are_taken_once_under_concurrency() {
    let ledger = FakeLedger::new(2);
    let submitter = submitter(&ledger);
    let runs = (0..100u8).map(|byte| {
        let submitter = submitter.clone();
        tokio::spawn(async move { submitter.submit(call(byte)).await })
    });
    for run in runs.collect::<Vec<_>>() {
        run.await.expect("runs").expect("final");
    }
    assert_eq!(tally(&ledger), (100, 100, 100));
}

#[tokio::test]
async fn cosigners_sign_the_id_of_each_body() {
    let ledger = FakeLedger::new(2);
    ledger
        .script()
        .acts
        .push_back(Act::Refuse(Refusal::SequenceUsed));
    let draft = Draft {
        cosigners: vec![signer(2).public_key()],
        ..Draft::from(call(1))
    };
    let done = submitter(&ledger)
        .submit_with(draft, |id| {
            Ok(vec![signer(2).sign(NAMESPACE_TRANSACTION, id.as_bytes())])
        })
        .await;
    done.expect("final");
    let script = ledger.script();
    assert_eq!(script.sent.len(), 2);
    for sent in &script.sent {
        assert_eq!(sent.shape(), Ok(()));
        assert!(sent.checks().iter().all(|check| check.verify().is_ok()));
    }
}
