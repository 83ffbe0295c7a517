//! Consent in tables: every refusal of its calls, and each boundary.
mod permits;
mod places;
mod restrictions;
mod speakers;
mod studies;

use crate::book::{Book, check, grant, key, patient};
use amanat_types::StateKey;
use amanat_types::state::{GrantState, Patient};
use commonware_codec::{DecodeExt as _, Encode as _};

/// Granting: signed by the card, to somebody active, for stated purposes, on own indexes.
pub const GRANT: &str = "
    0  a         declare x1/p1 x2/p1 y1/p2                      => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  b+dr      practitioner dr until=100                      => ok
    0  a+rg      practitioner rg role=registrar                 => ok
    0  a+c1+rg+k1 second p1 k1                                  => ok
    9  a+c1      grant g p1 to=b open=x1 until=9                => UntilInThePast [CallRefused]
    9  a+c1      grant g p1 to=b open=x1 until=3660d+10         => UntilTooFar
    9  a+c1      grant g p9 to=b open=x1                        => PatientUnknown
    9  a         grant g p1 to=b open=x1                        => CardNotPresent
    9  a+c2      grant g p1 to=b open=x1                        => CardNotPresent
    9  a+c1      grant g p1 to=z open=x1                        => GranteeUnknown
    9  a+c1      grant g p1 to=b/no open=x1                     => GranteeUnknown
    100 a+c1     grant g p1 to=b/dr open=x1                     => GranteeUnknown
    99 a+c1      grant g p1 to=b open=x1 for=                   => NoPurposes
    99 a+c1      grant g p1 to=b open=x1 for=HRESCH,TREAT       => NoPurposes
    99 a+c1      grant g p1 to=b open=x1 for=TREAT,TREAT        => NoPurposes
    99 a+c1      grant g p1 to=b                                => NoIndexes
    99 a+c1      grant g p1 to=b open=x9                        => IndexUnknown
    99 a+c1      grant g p1 to=b open=x1,y1                     => IndexNotOwned
    99 a+c1      grant g p1 to=b open=x1,x1                     => IndexRepeated
    99 a+c1      grant g p1 to=b open=x2,x1 for=TREAT,HRESCH until=3660d+99 => NoSecondKey
    99 a+c2+k1   grant g p1 to=b open=x1 until=31d              => CardNotPresent
    99 a+c1      grant j p1 to=b open=x1 until=30d+100          => NoSecondKey
    99 a+c1      grant j p1 to=b open=x1 until=30d+99           => ok
    99 a+c1+k1   grant k p1 to=b open=x1 until=30d+100          => ok
    99 a+c1+k1   grant g p1 to=b open=x2,x1 for=TREAT,HRESCH until=3660d+99 => ok [ConsentGranted]
    99 a+c1      grant g p1 to=b open=x1                        => GrantExists
    99 a+c1      grant h p1 to=b/dr open=x1 until=100           => ok
    99 b+c1      grant g p1 to=a open=x1                        => ok
    99 a+c1      block p1 c1                                    => ok
    99 a+c1      grant i p1 to=b open=x1                        => CardBlocked
";

/// Revoking: by the card, once, even after the end.
pub const REVOKE: &str = "
    0  a         declare x1/p1                                  => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  a+c1      grant g p1 to=b open=x1 until=10               => ok
    0  a+c1      grant h p1 to=b open=x1 until=10               => ok
    0  a+c1      grant i p1 to=b open=x1 until=10               => ok
    9  a+c1      revoke a/no                                    => GrantUnknown [CallRefused]
    9  a         revoke a/g                                     => CardNotPresent
    9  a+c2      revoke a/g                                     => CardNotPresent
    9  b+c1      revoke a/g                                     => ok [ConsentRevoked]
    9  b+c1      revoke a/g                                     => GrantRevoked
    10 b+c1      revoke a/h                                     => ok
    10 a+c1      block p1 c1                                    => ok
    10 a+c1      revoke a/i                                     => CardBlocked
";

#[test]
fn granting() {
    check(GRANT);
}

/// Under the rules before version 3 a card alone grants for long: their blocks execute as they did.
#[test]
fn standing_before_version_3() {
    for (protocol, said) in [(1, "ok"), (2, "ok"), (3, "NoSecondKey")] {
        let mut book = Book::after("0 a declare x1/p1 => ok\n0 a+c1 patient p1 card=c1 => ok");
        book.env.protocol = protocol;
        book.check(&format!(
            "9 a+c1 grant g p1 to=b open=x1 until=31d => {said}"
        ));
    }
}

#[test]
fn revoking() {
    check(REVOKE);
}

/// A grant is stored sorted, so that whoever reads it may search it.
#[test]
fn stored_sorted() {
    let book = Book::after(GRANT);
    let bytes = &book.state[&StateKey::grant(&grant("a/g"))];
    let grant = GrantState::decode(bytes.clone()).unwrap();
    assert_eq!(grant.indexes.len(), 2);
    assert!(grant.indexes.is_sorted());
}

/// A key that was the patient's card until another replaced it says nothing for the patient.
#[test]
fn a_card_that_was_replaced_is_not_present() {
    let mut book = Book::after(REVOKE);
    let place = StateKey::patient(&patient("p2"));
    let mut state = Patient::decode(book.state[&place].clone()).unwrap();
    state.card.as_mut().unwrap().key = key("c9");
    book.state.insert(place, state.encode().to_vec());
    book.check(
        "
        11 a         declare y1/p2                                  => ok
        11 a+c2      grant g p2 to=b open=y1 until=20               => CardNotPresent
    ",
    );
}
