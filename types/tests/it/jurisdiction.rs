//! Codes of countries and subdivisions: their form, their one encoding, what lies in what.
use amanat_types::Jurisdiction;
use amanat_types::call::Denied;
use amanat_types::change::SetJurisdiction;
use amanat_types::{Change, MemberId};
use commonware_codec::{DecodeExt as _, Encode as _};

fn place(code: &str) -> Jurisdiction {
    Jurisdiction::parse(code).expect("a code")
}

#[test]
fn codes() {
    for code in [
        "PK", "GB", "PK-SD", "PK-IS", "US-CA", "FR-2A", "GB-ENG", "AT-9", "ES-007",
    ] {
        let place = place(code);
        assert_eq!(place.as_str(), code);
        assert_eq!(place.to_string(), code);
        let bytes = place.encode().to_vec();
        assert_eq!(bytes.len(), 6);
        assert_eq!(Jurisdiction::decode(bytes).expect("decodes"), place);
    }
}

#[test]
fn what_is_no_code() {
    let none = [
        "",
        "P",
        "pk",
        "Pk",
        "P1",
        "1K",
        "PAK",
        "PK-",
        "PK-sd",
        "PK-SDXX",
        "PK-SDXXX",
        "PK_SD",
        "PKSD",
        "PK-S-",
        "PK--S",
        " PK",
        "PK ",
        "PK\0",
        "PK-S\0",
        "PK-\u{e9}",
        "\u{e9}",
        "P\u{e9}-1",
        "\u{67e}\u{6a9}",
        "PK-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    ];
    for text in none {
        assert_eq!(Jurisdiction::parse(text), None, "{text:?}");
    }
}

/// Six bytes that are no code, or another encoding of one, do not decode; neither does what holds them.
#[test]
fn no_second_encoding() {
    let none: [&[u8]; 10] = [
        b"\0\0\0\0\0\0",
        b"pk\0\0\0\0",
        b"P\0\0\0\0\0",
        b"PK\0\0\0A",
        b"PK\0SD\0",
        b"PK-\0\0\0",
        b"PK-sd\0",
        b"PK SD\0",
        b"PK-S\xffD",
        b"PAK\0\0\0",
    ];
    for bytes in none {
        assert!(Jurisdiction::decode(bytes.to_vec()).is_err(), "{bytes:?}");
        let denied = [&[6][..], bytes].concat();
        assert!(Denied::decode(denied).is_err(), "{bytes:?}");
        let change = [&[8, 0, 1][..], bytes].concat();
        assert!(Change::decode(change).is_err(), "{bytes:?}");
    }
    let (member, jurisdiction) = (MemberId::new(1), place("PK"));
    let lawful = Change::SetJurisdiction(SetJurisdiction {
        member,
        jurisdiction,
    });
    let bytes = [&[8, 0, 1][..], b"PK\0\0\0\0"].concat();
    assert_eq!(Change::decode(bytes).expect("decodes"), lawful);
    assert!(Jurisdiction::decode(b"PK\0\0\0".to_vec()).is_err());
    assert!(Jurisdiction::decode(b"PK\0\0\0\0\0".to_vec()).is_err());
}

/// A subdivision lies within its country; nothing else lies in anything.
#[test]
fn within_and_meets() {
    // Of the first: whether it is within the second for certain; whether it may be.
    let rows = [
        ("PK", "PK", true, true),
        ("PK-SD", "PK-SD", true, true),
        ("PK-SD", "PK", true, true),
        ("PK", "PK-SD", false, true),
        ("PK-SD", "PK-PB", false, false),
        ("PK-SD", "IN", false, false),
        ("PK", "IN", false, false),
        ("IN-SD", "PK-SD", false, false),
        ("PK-S", "PK-SD", false, false),
        ("PK-SD", "PK-S", false, false),
    ];
    for (one, other, within, meets) in rows {
        assert_eq!(place(one).is_within(place(other)), within, "{one} {other}");
        assert_eq!(place(one).meets(place(other)), meets, "{one} {other}");
        assert_eq!(place(other).meets(place(one)), meets, "{other} {one}");
    }
    assert!(place("PK").is_country());
    assert!(!place("PK-SD").is_country());
}

/// Where a member is, and how long records are kept, belongs to version 3; every change before that to the first.
#[test]
fn since() {
    for (name, change) in crate::samples::changes() {
        let late = ["SetJurisdiction", "SetRetention"].contains(&name);
        let expected = if late { 3 } else { 1 };
        assert_eq!(change.since(), expected, "{name}");
        let call = amanat_types::Call::Propose(amanat_types::change::Propose {
            local: amanat_types::LocalId::new([1; 16]),
            change: change.clone(),
        });
        assert_eq!(call.since(), expected, "{name}");
        assert_eq!(
            change.member().is_some(),
            !["SetLimits", "SetProtocol", "SetRetention"].contains(&name),
            "{name}"
        );
    }
}
