//! Where members are: decided by vote, in force with the epoch, by none but the latest vote.
use crate::book::{Book, check, member, place};
use amanat_types::{Jurisdiction, StateKey};
use commonware_codec::DecodeExt as _;

/// Of whoever is a member, suspended or not; not of a stranger, nor of one that was removed.
pub const PLACE: &str = "
    0  a    propose p place f PK            => MemberGone [CallRefused]
    0  a    propose p place e PK            => ok [ProposalMade]
    # By itself a member says nothing about itself.
    0  e    propose own place e IN          => ok
    0  a    propose s suspend e             => ok
    0  a    propose r remove e              => ok
    0  b    vote a/s yes ; vote a/p yes     => ok
    0  c    vote a/s yes ; vote a/p yes     => ok
    0  d    vote a/s yes ; vote a/p yes     => ok [VoteCast ProposalPassed VoteCast ProposalPassed]
    epoch                                   => ok []
    epoch                                   => ok [ChangeApplied ChangeApplied]
    0  b    propose q place e PK-SD         => ok
    0  c    vote b/q yes ; vote a/r yes     => ok
    0  d    vote b/q yes ; vote a/r yes     => ok [VoteCast ProposalPassed VoteCast ProposalPassed]
    epoch                                   => ok []
    # In the order in which they passed: it was still a member.
    epoch                                   => ok [ChangeApplied ChangeApplied]
    0  a    propose t place e PK            => MemberGone
";

fn of(book: &Book, word: &str) -> Option<Jurisdiction> {
    let bytes = book.state.get(&StateKey::jurisdiction(member(word)))?;
    Some(Jurisdiction::decode(bytes.clone()).unwrap())
}

#[test]
fn placing() {
    check(PLACE);
}

/// From the epoch on in which the change is in force, no sooner; the next vote stands in its place; a removal after it drops it.
#[test]
fn in_force() {
    let mut book = Book::after("0 a propose p place b PK => ok");
    for voter in ["c", "d", "e"] {
        book.check(&format!("0 {voter} vote a/p yes => ok"));
    }
    assert_eq!(of(&book, "b"), None);
    book.last_block(&[]);
    assert_eq!(of(&book, "b"), None);
    // What the end of the epoch writes it has loaded.
    book.env.last_of_epoch = true;
    let key = StateKey::jurisdiction(member("b"));
    assert!(book.loaded(&[]).contains_key(&key));
    book.last_block(&[]);
    assert_eq!(of(&book, "b"), Some(place("PK")));
    assert_eq!(of(&book, "a"), None);
    book.placed("b=PK-SD c=IN");
    assert_eq!(of(&book, "b"), Some(place("PK-SD")));
    assert_eq!(of(&book, "c"), Some(place("IN")));
    // Passed after its removal.
    book.check(
        "
        0  a  propose r remove e                => ok
        0  a  propose q place e IN              => ok
        0  b  vote a/r yes ; vote a/q yes       => ok
        0  c  vote a/r yes ; vote a/q yes       => ok
        0  d  vote a/r yes ; vote a/q yes       => ok [VoteCast ProposalPassed VoteCast ProposalPassed]
        epoch                                   => ok []
        epoch                                   => ok [ChangeApplied ChangeDropped:MemberGone]
        ",
    );
    assert_eq!(of(&book, "e"), None);
}

/// Before version 3 nobody proposes it, whatever else stands in the transaction.
#[test]
fn not_before_version_3() {
    for (protocol, said) in [(1, "!CallNotInForce"), (2, "!CallNotInForce"), (3, "ok")] {
        let mut book = Book::new();
        book.env.protocol = protocol;
        book.check(&format!("0 a propose p place b PK => {said}"));
        book.check(&format!(
            "0 a anchor vault 1 ; propose q place b PK => {said}"
        ));
        book.check("0 a propose r suspend e => ok");
    }
}
