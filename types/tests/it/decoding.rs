//! Decoding is strict: it takes exactly what encoding gives, and never panics.
use crate::samples;
use amanat_types::codec::List;
use amanat_types::{Call, Event, Refusal, Transaction, limits};
use commonware_codec::{DecodeExt as _, Encode as _, EncodeSize as _};
use proptest::prelude::*;

#[test]
fn every_call_and_event_comes_back() {
    for call in samples::calls() {
        assert_eq!(Call::decode(call.encode().to_vec()).expect("decodes"), call);
    }
    for event in samples::events() {
        assert_eq!(
            Event::decode(event.encode().to_vec()).expect("decodes"),
            event
        );
    }
    assert_eq!(samples::calls().len(), Call::ALL.len());
}

#[test]
fn truncated_and_longer_transactions_are_malformed() {
    let bytes = samples::transaction().encode().to_vec();
    for end in 0..bytes.len() {
        assert_eq!(
            Transaction::from_bytes(&bytes[..end]),
            Err(Refusal::Malformed),
            "cut at {end}"
        );
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(Transaction::from_bytes(&longer), Err(Refusal::Malformed));
    assert_eq!(
        Transaction::from_bytes(&bytes).expect("whole").id(),
        samples::transaction().id()
    );
}

#[test]
fn a_transaction_over_the_limit_is_refused_before_it_is_parsed() {
    let bytes = vec![0xff; limits::TRANSACTION_BYTES_MAX + 1];
    assert_eq!(
        Transaction::from_bytes(&bytes),
        Err(Refusal::TransactionTooLarge)
    );
    assert_eq!(
        Transaction::from_bytes(&bytes[1..]),
        Err(Refusal::Malformed)
    );
}

#[test]
fn a_list_holds_its_limit_and_no_more() {
    assert!(List::<u8, 2>::new(vec![1, 2]).is_ok());
    assert!(List::<u8, 2>::new(vec![1, 2, 3]).is_err());
    let three = vec![1u8, 2, 3].encode();
    assert!(List::<u8, 2>::decode(three.to_vec()).is_err());
    assert!(List::<u8, 3>::decode(three.to_vec()).is_ok());
}

#[test]
fn refusal_numbers_are_distinct_and_come_back() {
    let mut numbers: Vec<u16> = Refusal::ALL.iter().map(|r| r.number()).collect();
    for refusal in Refusal::ALL {
        assert_eq!(Refusal::from_number(refusal.number()), Some(*refusal));
        assert_eq!(
            Refusal::decode(refusal.encode().to_vec()).expect("decodes"),
            *refusal
        );
        let ranges = [refusal.is_admission(), refusal.is_release()];
        assert!(ranges.iter().filter(|is| **is).count() <= 1);
    }
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), count);
}

#[test]
fn shape_refuses_what_bytes_alone_show() {
    let whole = samples::transaction();
    assert_eq!(whole.shape(), Ok(()));
    let mut version = whole.clone();
    version.body.version = 3;
    assert_eq!(version.shape(), Err(Refusal::Malformed));
    let mut empty = whole.clone();
    empty.body.calls = List::empty();
    assert_eq!(empty.shape(), Err(Refusal::NoCalls));
    let mut unsigned = whole.clone();
    unsigned.signatures = List::empty();
    assert_eq!(unsigned.shape(), Err(Refusal::SignerCount));
    let mut nobody = unsigned.clone();
    nobody.body.signers = List::empty();
    assert_eq!(nobody.shape(), Err(Refusal::SignerCount));
    let mut twice = whole.clone();
    let key = whole.body.signers[0];
    twice.body.signers = samples::list(vec![key, key]);
    twice.signatures = samples::list(vec![whole.signatures[0], whole.signatures[0]]);
    assert_eq!(twice.shape(), Err(Refusal::SignerRepeated));
}

/// A transaction whose encoding has exactly so many bytes: large grants, a few deposits, and two grants that fill the rest.
fn of_size(bytes: usize) -> Transaction {
    let grant = |purposes: usize, openings: usize| {
        let found = samples::calls().into_iter().find_map(|call| match call {
            Call::Grant(grant) => Some(grant),
            _ => None,
        });
        let mut grant = found.expect("a sample");
        grant.purposes = samples::list(vec![grant.purposes[0]; purposes]);
        grant.openings = samples::list(vec![grant.openings[0].clone(); openings]);
        Call::Grant(grant)
    };
    let mut whole = samples::transaction();
    let deposit = Call::Deposit(samples::deposit());
    let room = bytes - 8 * 1024;
    let mut calls = vec![grant(1, 64); room / grant(1, 64).encode_size()];
    let base = calls.len();
    for (one, other) in (1..=8).flat_map(|one| (1..=8).map(move |other| (one, other))) {
        for openings in 1..=64 {
            calls.truncate(base);
            calls.extend([grant(one, 64), grant(other, openings)]);
            whole.body.calls = samples::list(calls.clone());
            let more = bytes.saturating_sub(whole.encode_size()) / deposit.encode_size();
            calls.extend(vec![deposit.clone(); more]);
            whole.body.calls = samples::list(calls.clone());
            if whole.encode_size() == bytes {
                return whole;
            }
        }
    }
    panic!("no transaction has {bytes} bytes");
}

#[test]
fn the_bound_of_a_size_is_inside() {
    let most = of_size(limits::TRANSACTION_BYTES_MAX);
    assert_eq!(most.shape(), Ok(()));
    let more = of_size(limits::TRANSACTION_BYTES_MAX + 1);
    assert_eq!(more.shape(), Err(Refusal::TransactionTooLarge));
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = Transaction::from_bytes(&bytes);
        let _ = Call::decode(bytes.clone());
        let _ = Event::decode(bytes);
    }

    #[test]
    fn a_changed_byte_changes_the_transaction_or_is_refused(at in 0usize..2000, bit in 0u8..8) {
        for whole in [samples::transaction(), crate::stored::with(2, &[1, 1, 2])] {
            let mut bytes = whole.encode().to_vec();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            if let Ok(changed) = Transaction::from_bytes(&bytes) {
                prop_assert_ne!(&changed, &whole);
                prop_assert_eq!(changed.encode().to_vec(), bytes, "one encoding a value");
            }
        }
    }
}
