//! What the door counts: labels are its own words, whatever a caller sends, and each refusal is counted by its number.
use std::collections::BTreeSet;
use std::time::Duration;

use amanat_gateway::{Class, routes};
use amanat_tls::Acceptor;
use amanat_types::Refusal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::desk::{Desk, short};
use crate::fake::Fake;

const CLASSES: [Class; 8] = [
    Class::Discovery,
    Class::Health,
    Class::SignIn,
    Class::Write,
    Class::Read,
    Class::Audit,
    Class::Call,
    Class::Unknown,
];

#[tokio::test]
async fn requests_are_counted_by_class_and_status_and_by_nothing_that_was_sent() {
    let desk = Desk::start().await;
    for (method, path) in [
        ("GET", "/metadata"),
        ("GET", "/metadata?_format=json"),
        ("HEAD", "/healthz"),
        ("GET", "/Patient/ali-raza-35202"),
        ("GET", "/no/such/route/at/all"),
        ("BREW", "/metadata"),
        ("DELETE", "/Patient/ali-raza-35202"),
    ] {
        desk.send(method, path, &[("x-request-id", "ali-raza")], b"")
            .await;
    }
    let counts = desk.meter.counts();
    let count = |class: Class, status| counts.requests.get(&(class.word(), status)).copied();
    assert_eq!(count(Class::Discovery, 200), Some(2));
    assert_eq!(count(Class::Health, 204), Some(1));
    assert_eq!(count(Class::Read, 401), Some(1));
    assert_eq!(count(Class::Unknown, 404), Some(1));
    assert_eq!(count(Class::Unknown, 405), Some(2));
    assert_eq!(counts.requests.values().sum::<u64>(), 7);
    let words: BTreeSet<&str> = CLASSES.iter().map(|class| class.word()).collect();
    assert!(
        counts
            .requests
            .keys()
            .all(|(class, _)| words.contains(class))
    );
    let timed: u64 = counts.times.values().map(|(count, _)| count).sum();
    assert_eq!(timed, 7);
    assert!(!format!("{counts:?}").contains("ali-raza"));
}

#[test]
fn every_route_has_a_class_of_its_own_kind() {
    for route in routes::<Fake>() {
        assert_ne!(route.class, Class::Unknown, "{}", route.path);
    }
}

#[tokio::test]
async fn sign_ins_and_refusals_are_counted_by_why() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let stranger = desk.form("stranger", "system/*.rs", "TREAT");
    let answer = desk
        .send("POST", "/token", &form, stranger.as_bytes())
        .await;
    assert_eq!(answer.status, 401);
    desk.send("GET", "/Patient/p", &[], b"").await;
    desk.send(
        "GET",
        "/Patient/p",
        &[("authorization", "Bearer forged")],
        b"",
    )
    .await;
    let counts = desk.meter.counts();
    assert_eq!(counts.tokens, 1);
    let why = |name: &str| counts.sign_ins_refused.get(name).copied();
    assert_eq!(why("ClientUnknown"), Some(1));
    assert_eq!(why("TokenMissing"), Some(1));
    assert_eq!(counts.sign_ins_refused.values().sum::<u64>(), 3);
    assert!(counts.refused.is_empty());
    // A record that the ledger does not open looks to the caller as one that is not there, and is counted by its refusal.
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let answer = desk
        .send(
            "GET",
            "/Observation/00000000000000000000000000000001",
            &headers,
            b"",
        )
        .await;
    assert_eq!(answer.status, 404);
    let refused = desk.meter.counts().refused;
    let no = Refusal::NoBasis;
    assert_eq!(
        refused.get(&(no.number(), no.name())),
        Some(&1),
        "{refused:?}"
    );
}

#[tokio::test]
async fn connections_are_counted_while_they_are_open_and_those_that_never_asked_by_why() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/tls");
    let root = std::path::Path::new(root);
    let tls = Acceptor::pem(&root.join("door.pem"), &root.join("door.key.pem")).expect("a door");
    let desk = Desk::over(Some(tls), short()).await;
    let mut plain = desk.connect().await;
    plain
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .expect("writes");
    let mut said = Vec::new();
    plain.read_to_end(&mut said).await.expect("reads");
    assert!(said.starts_with(b"HTTP/1.1 400"));
    let mut broken = desk.connect().await;
    broken
        .write_all(&[22, 3, 1, 0, 4, 9, 9, 9, 9])
        .await
        .expect("writes");
    let _ended = broken.read_to_end(&mut said).await;
    let refused = settled(&desk, 0).await.connections_refused;
    assert_eq!(refused.get("plain"), Some(&1));
    assert_eq!(refused.get("handshake"), Some(&1));
    // Headers that do not come.
    let desk = Desk::with(short()).await;
    let mut slow = desk.connect().await;
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost")
        .await
        .expect("writes");
    assert_eq!(settled(&desk, 1).await.connections, 1);
    slow.read_to_end(&mut said).await.expect("reads");
    let refused = settled(&desk, 0).await.connections_refused;
    assert_eq!(refused.get("slow"), Some(&1));
}

/// The counts once so many connections are open.
async fn settled(desk: &Desk, connections: u64) -> amanat_gateway::Counts {
    loop {
        let counts = desk.meter.counts();
        if counts.connections == connections {
            return counts;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
