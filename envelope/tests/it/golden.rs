//! Pinned bytes of every format that this crate composes. A change here is a change of format: it takes a new version.
use crate::letter::{letter, sealed};
use crate::seed::{Seed, TICKET, custodian, network, reader, record};
use amanat_envelope::at_rest::{RestKey, encrypt};
use amanat_envelope::{Custody as _, IndexRoot, SingleCustodian, seal};
use std::fmt::Write as _;

/// `name bytes` a line, the bytes in hexadecimal.
fn lines() -> String {
    let mut out = String::new();
    let mut line = |name: &str, bytes: &[u8]| {
        writeln!(out, "{name} {}", hex::encode(bytes)).unwrap();
    };
    let (custodian, reader, network) = (custodian(), reader(), network());
    let mut rng = Seed::new(2);
    line("custodian", custodian.public().as_bytes());
    line("reader", reader.public().as_bytes());
    line("network", network.as_ref());

    let content = br#"{"resourceType":"Basic","id":"1"}"#;
    let record = seal(record(1), content, &mut rng).unwrap();
    line("blob", &record.blob);
    line("blob-digest", record.digest.as_bytes());

    let id = record.record;
    let keepers = custodian.public();
    let wrap = SingleCustodian::wrap(keepers, &network, id, &record.key, &mut rng).unwrap();
    line("wrap", &wrap.to_bytes());
    let wraps = [(id, wrap)];
    let to = reader.public();
    let bundle = SingleCustodian::rewrap(&custodian, &network, TICKET, to, &wraps, &mut rng);
    line("bundle", &bundle.unwrap().to_bytes());

    let root = IndexRoot::new([9; 32]);
    line("index-secret-1", root.secret(1).as_bytes());
    line("index-1", root.opening(1).index.as_bytes());
    line("index-salt-1", root.salt(1).as_bytes());
    line(
        "letter",
        &sealed(&letter(1..3, Some(b"label".to_vec()))).to_bytes(),
    );

    let key = RestKey::new([3; 32]);
    let value = encrypt(&key, "keyring/member", b"secret", &mut rng).unwrap();
    line("at-rest", &value);
    out
}

#[test]
fn the_formats_are_as_pinned() {
    let made = lines();
    let pinned = include_str!("../golden/formats.txt");
    for (made, pinned) in made.lines().zip(pinned.lines()) {
        assert_eq!(made, pinned);
    }
    assert_eq!(made.lines().count(), pinned.lines().count(), "{made}");
}
