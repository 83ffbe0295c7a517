//! Admission: each refusal and each boundary; the sequence window against a set that remembers everything.
mod quota;

use super::sequence::{judge, taken};
use crate::book::{Book, member_key, unsigned};
use crate::{Failure, Fault, Inadmissible, Stop, admit, keys, screen};
use amanat_types::code::KeyPurpose;
use amanat_types::codec::List;
use amanat_types::limits::{EVENTS_MAX, SEQUENCE_WINDOW, WINDOW_BLOCKS};
use amanat_types::state::{Member, Sequence, Standing};
use amanat_types::transaction::{Body, SHARED_VERSION};
use amanat_types::{Digest, Height, MemberId, Refusal, StateKey, Transaction};
use commonware_codec::{DecodeExt as _, Encode as _};

/// What admission says of a good transaction after `change`.
fn said(change: impl FnOnce(&mut Body)) -> Result<(), Refusal> {
    let mut book = Book::new();
    book.env.height = Height::new(1000);
    let mut tx = book.tx("0 a anchor vault 1");
    change(&mut tx.body);
    asked(&book, &unsigned(tx.body))
}

fn asked(book: &Book, tx: &Transaction) -> Result<(), Refusal> {
    match admit(&book.env, &book.loaded(std::slice::from_ref(tx)), tx) {
        Ok(()) => Ok(()),
        Err(Stop::Refused(refusal)) => Err(refusal),
        Err(Stop::Fault(fault)) => panic!("{fault}"),
    }
}

/// The format in which roots that are the same are written once, under each version of the rules.
#[test]
fn a_format_before_its_version() {
    for (protocol, outcome) in [(1, false), (2, false), (3, true)] {
        let mut book = Book::new();
        book.env.protocol = protocol;
        let mut tx = book.tx("0 a deposit r1 dir:a by=dir");
        tx.body.version = SHARED_VERSION;
        let said = asked(&book, &tx);
        assert_eq!(said, outcome.then_some(()).ok_or(Refusal::CallNotInForce));
    }
}

#[test]
fn shape_and_network() {
    assert_eq!(said(|_| {}), Ok(()));
    assert_eq!(said(|body| body.version = 0), Err(Refusal::Malformed));
    assert_eq!(said(|body| body.version = 3), Err(Refusal::Malformed));
    assert_eq!(
        said(|body| body.calls = List::empty()),
        Err(Refusal::NoCalls)
    );
    let signers = |count: usize| {
        let key = member_key(MemberId::new(1), KeyPurpose::Transaction);
        List::new(vec![key; count]).unwrap()
    };
    assert_eq!(
        said(|body| body.signers = signers(0)),
        Err(Refusal::SignerCount)
    );
    assert_eq!(
        said(|body| body.signers = signers(2)),
        Err(Refusal::SignerRepeated)
    );
    let other = Digest::from([3; 32]);
    assert_eq!(
        said(|body| body.network = other),
        Err(Refusal::WrongNetwork)
    );
}

#[test]
fn window_of_heights() {
    let last = |height: u64| said(|body| body.last_height = Height::new(height));
    assert_eq!(last(999), Err(Refusal::TransactionExpired));
    assert_eq!(last(1000), Ok(()));
    assert_eq!(last(1000 + WINDOW_BLOCKS), Ok(()));
    assert_eq!(last(1001 + WINDOW_BLOCKS), Err(Refusal::ValidTooFarAhead));
}

#[test]
fn sponsor() {
    let by = |member: u16, key: u16, purpose| {
        said(|body| {
            body.sponsor = MemberId::new(member);
            body.signers = List::new(vec![member_key(MemberId::new(key), purpose)]).unwrap();
        })
    };
    let tx = KeyPurpose::Transaction;
    assert_eq!(by(2, 2, tx), Ok(()));
    assert_eq!(by(9, 2, tx), Err(Refusal::SponsorUnknown));
    assert_eq!(by(1, 2, tx), Err(Refusal::SponsorKeyWrong));
    assert_eq!(by(1, 1, KeyPurpose::Vault), Err(Refusal::SponsorKeyWrong));
    assert_eq!(
        by(1, 1, KeyPurpose::Consensus),
        Err(Refusal::SponsorKeyWrong)
    );

    let mut book = Book::new();
    let key = StateKey::member(MemberId::new(1));
    let member = Member::decode(book.state[&key].clone()).unwrap();
    let member = Member {
        standing: Standing::Suspended,
        ..member
    };
    book.state.insert(key, member.encode().to_vec());
    let tx = book.tx("0 a anchor vault 1");
    assert_eq!(asked(&book, &tx), Err(Refusal::SponsorUnknown));
}

/// Nothing is accepted twice: not later, not in the same block, not when it was refused on the ledger.
#[test]
fn replay() {
    let mut book = Book::new();
    for text in ["0 a anchor vault 1", "0 a anchor vault 0"] {
        let tx = book.tx(text);
        book.block(std::slice::from_ref(&tx));
        assert_eq!(asked(&book, &tx), Err(Refusal::SequenceUsed));
        let twice = Failure::Inadmissible(Inadmissible {
            index: 0,
            refusal: Refusal::SequenceUsed,
        });
        assert_eq!(book.try_block(&[tx]), Err(twice));
    }
    let tx = book.tx("0 b anchor vault 1");
    let twice = Failure::Inadmissible(Inadmissible {
        index: 1,
        refusal: Refusal::SequenceUsed,
    });
    assert_eq!(book.try_block(&[tx.clone(), tx.clone()]), Err(twice));
    let loaded = book.loaded(std::slice::from_ref(&tx));
    let answers = screen(&book.env, &loaded, [&tx, &tx]).unwrap();
    assert_eq!(answers, [Ok(()), Err(Refusal::SequenceUsed)]);
}

fn used(numbers: &[u64]) -> Sequence {
    let mut window = None;
    for number in numbers {
        judge(window.as_ref(), *number).unwrap();
        window = Some(taken(window, *number).unwrap());
    }
    window.unwrap()
}

#[test]
fn window_of_numbers() {
    let at = |window: &Sequence, number| judge(Some(window), number);
    assert_eq!(judge(None, 0), Ok(()));
    assert_eq!(judge(None, u64::MAX), Ok(()));
    let window = used(&[0]);
    assert_eq!(at(&window, 0), Err(Refusal::SequenceUsed));
    assert_eq!(at(&window, 1), Ok(()));
    let window = used(&[10_000, 9_000]);
    assert_eq!(window.top, 10_000);
    assert_eq!(
        window.ring.len() * 8,
        usize::try_from(SEQUENCE_WINDOW).unwrap()
    );
    assert_eq!(at(&window, 10_000), Err(Refusal::SequenceUsed));
    assert_eq!(at(&window, 9_000), Err(Refusal::SequenceUsed));
    assert_eq!(at(&window, 9_001), Ok(()));
    assert_eq!(at(&window, 10_001 - SEQUENCE_WINDOW), Ok(()));
    let below = 10_000 - SEQUENCE_WINDOW;
    assert_eq!(at(&window, below), Err(Refusal::SequenceOutsideWindow));
    // The slot of 10,000 is free again exactly one window later.
    let window = used(&[10_000, 10_000 + SEQUENCE_WINDOW - 1]);
    assert_eq!(at(&window, 10_000), Err(Refusal::SequenceUsed));
    assert_eq!(at(&window, 10_001), Ok(()));
    let window = used(&[10_000, 10_001 + SEQUENCE_WINDOW]);
    assert_eq!(at(&window, 10_002), Ok(()));
    assert_eq!(at(&window, 10_001), Err(Refusal::SequenceOutsideWindow));
    let window = used(&[9_999, 10_000, 10_000 + SEQUENCE_WINDOW]);
    assert_eq!(at(&window, 10_001), Ok(()));
    assert_eq!(at(&window, 9_999 + SEQUENCE_WINDOW), Ok(()));
    assert_eq!(
        at(&window, 10_000 + SEQUENCE_WINDOW),
        Err(Refusal::SequenceUsed)
    );
    let window = used(&[10_000, 9_999, 10_000 + 3 * SEQUENCE_WINDOW]);
    assert_eq!(at(&window, 9_999 + 3 * SEQUENCE_WINDOW), Ok(()));
    // Taking a number again does not free it.
    let again = taken(Some(used(&[5])), 5).unwrap();
    assert_eq!(at(&again, 5), Err(Refusal::SequenceUsed));
    // A short ring is a rotten one: nothing in it is free.
    let ring = List::empty();
    assert_eq!(
        at(&Sequence { top: 5, ring }, 4),
        Err(Refusal::SequenceUsed)
    );
}

/// A transaction that could emit more events than a list holds is refused before a block, not a fault in one.
#[test]
fn events_of_a_transaction() {
    let mut book = Book::new();
    let declare = |from: usize, count: usize| {
        let words: Vec<String> = (from..from + count).map(|n| format!("x{n}/p")).collect();
        format!("declare {}", words.join(" "))
    };
    let calls: Vec<String> = (0..EVENTS_MAX / 64).map(|n| declare(n * 64, 64)).collect();
    let full = book.tx(&format!("0 a {}", calls.join(" ; ")));
    let execution = book.try_block(std::slice::from_ref(&full)).unwrap();
    assert_eq!(execution.events[0].events.len(), EVENTS_MAX);
    let over = book.tx(&format!("0 a {} ; anchor vault 1", calls.join(" ; ")));
    assert_eq!(asked(&book, &over), Err(Refusal::TooCostly));
    // So of breaches: one event for each ticket.
    let breach = |from: usize| {
        let tickets: Vec<String> = (from..from + 64).map(|n| format!("a/t{n}")).collect();
        format!("breach of={}", tickets.join(","))
    };
    let calls: Vec<String> = (0..EVENTS_MAX / 64).map(|n| breach(n * 64)).collect();
    let full = book.tx(&format!("0 a {}", calls.join(" ; ")));
    assert_eq!(asked(&book, &full), Ok(()));
    let over = book.tx(&format!("0 a {} ; anchor vault 1", calls.join(" ; ")));
    assert_eq!(asked(&book, &over), Err(Refusal::TooCostly));
}

#[test]
fn faults() {
    let mut book = Book::new();
    let tx = book.tx("0 a anchor vault 1");
    let loaded = book.loaded(std::slice::from_ref(&tx));
    for key in keys(&tx) {
        let mut less = loaded.clone();
        less.remove(&key);
        let outcome = crate::execute(&book.env, less, std::slice::from_ref(&tx));
        if let Err(failure) = outcome {
            assert!(matches!(failure, Failure::Fault(Fault::NotLoaded { .. })));
        }
        let mut rotten = loaded.clone();
        rotten.insert(key, Some(vec![0xff; 3]));
        let outcome = crate::execute(&book.env, rotten, std::slice::from_ref(&tx));
        if let Err(failure) = outcome {
            assert!(matches!(failure, Failure::Fault(Fault::Corrupt { .. })));
        }
    }
    let env = crate::Env {
        protocol: 4,
        ..book.env
    };
    let unknown = Fault::ProtocolUnknown(4);
    assert_eq!(admit(&env, &loaded, &tx), Err(Stop::Fault(unknown.clone())));
    assert_eq!(screen(&env, &loaded, [&tx]), Err(unknown.clone()));
    let outcome = crate::execute(&env, loaded, &[tx]);
    assert_eq!(outcome, Err(Failure::Fault(unknown)));
}
