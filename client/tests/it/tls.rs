//! Goal: what is asked over TLS reaches the process that proves the expected key, and an error says whose, where and why not.
use crate::fake::{FakeLedger, member, network, seed, signer};
use amanat_client::fault::{Failure, Fault};
use amanat_client::http::Bounds;
use amanat_client::serve::{Held, Limits, Tally, serve};
use amanat_client::stores::Stores as _;
use amanat_client::{Asker, Doors, HttpClient, Ledger as _, MemberClient, NodeClient};
use amanat_tls::Acceptor;
use amanat_types::TransactionId;
use amanat_types::code::JournalKind;
use amanat_types::release::JournalRequest;
use hyper::{Request, Response, body::Incoming, service::service_fn};
use std::convert::Infallible;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

const BOUNDS: Bounds = Bounds {
    time: Duration::from_secs(10),
    bytes_max: 1 << 20,
};

/// A server that answers every request with its path; gives its `host:port`.
async fn server(tls: Option<Acceptor>, limits: Limits) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("bound").to_string();
    let service = service_fn(|request: Request<Incoming>| async move {
        let path = request.uri().path().to_owned();
        Ok::<_, Infallible>(Response::new(Held::new(path.into(), None)))
    });
    let forever = std::future::pending();
    tokio::spawn(serve(
        listener,
        service,
        limits,
        tls,
        Tally::default(),
        forever,
    ));
    address
}

fn of_member(number: u16) -> Option<Acceptor> {
    Some(Acceptor::member(&seed(number)).expect("a key"))
}

fn expecting(number: u16) -> HttpClient {
    let key = signer(number).public_key();
    HttpClient::proving(&key, &member(number).to_string()).expect("an Ed25519 key")
}

#[tokio::test]
async fn requests_and_answers_cross_and_connections_are_used_again() {
    let address = server(of_member(2), Limits::default()).await;
    let base = format!("https://{address}");
    let http = expecting(2);
    for path in ["/one", "/two"] {
        let reply = http.get(&base, path, BOUNDS).await.expect("answers");
        assert_eq!(reply.body, path.as_bytes());
    }
}

#[tokio::test]
async fn another_key_is_refused_with_whose_where_and_why() {
    let address = server(of_member(3), Limits::default()).await;
    let base = format!("https://{address}");
    let refused = expecting(2).get(&base, "/", BOUNDS).await;
    let refused = refused.expect_err("another key");
    assert!(!refused.is_passing());
    assert_eq!(
        refused.to_string(),
        format!(
            "member-2 at {base}: it proved another key than the one that is known of it, so nothing was sent"
        )
    );
}

#[tokio::test]
async fn a_member_is_asked_only_if_it_proves_its_key_also_after_it_moved() {
    let (right, wrong) = (
        format!("https://{}", server(of_member(2), Limits::default()).await),
        format!("https://{}", server(of_member(3), Limits::default()).await),
    );
    let asker = Asker {
        network: network(),
        member: member(1),
        signer: signer(1),
        clock: FakeLedger::new(1).clock(),
    };
    let doors = |address: &str| {
        let doors = Doors {
            key: Some(signer(2).public_key()),
            vault: address.to_owned(),
            custodian: address.to_owned(),
        };
        [(member(2), doors)].into()
    };
    let client = MemberClient::new(asker, doors(&wrong)).expect("an Ed25519 key");
    let clone = client.clone();
    let ask = JournalRequest {
        journal: JournalKind::Custodian,
        from: 0,
        limit: 1,
    };
    let refused = clone.journal(member(2), ask.clone()).await;
    assert!(matches!(refused, Err(Fault::Tls { .. })), "{refused:?}");
    let put = clone.put(member(2), Vec::new()).await;
    assert!(matches!(put, Err(Failure::Fault(Fault::Tls { .. }))));
    client.moved(doors(&right)).expect("an Ed25519 key");
    // Asked now; what this server says is no page of a journal.
    let asked = clone.journal(member(2), ask).await;
    assert!(matches!(asked, Err(Fault::Protocol { .. })), "{asked:?}");
}

#[tokio::test]
async fn an_address_with_tls_is_not_asked_without_a_key() {
    let address = server(of_member(2), Limits::default()).await;
    let base = format!("https://{address}");
    let refused = HttpClient::new().get(&base, "/", BOUNDS).await;
    let refused = refused.expect_err("no key").to_string();
    assert!(refused.contains("none is known"), "{refused}");
}

#[tokio::test]
async fn plain_to_tls_and_tls_to_plain_are_told_apart() {
    let address = server(of_member(2), Limits::default()).await;
    let plain = NodeClient::new(HttpClient::new(), &address);
    let told = plain.receipt(TransactionId::new([1; 32])).await;
    let told = told.expect_err("plain").to_string();
    assert!(told.contains(&address), "{told}");
    assert!(told.contains("speaks TLS 1.3 alone"), "{told}");

    let address = server(None, Limits::default()).await;
    let base = format!("https://{address}");
    let refused = expecting(2).get(&base, "/", BOUNDS).await;
    let refused = refused.expect_err("plain").to_string();
    assert!(refused.contains(&base), "{refused}");
    assert!(refused.contains("it does not speak TLS"), "{refused}");
}

#[tokio::test]
async fn who_is_silent_in_a_handshake_gives_its_place_to_others() {
    let limits = Limits {
        connections_max: 1,
        ..Limits::default()
    };
    let tls = of_member(2).map(|tls| tls.within(Duration::from_millis(100)));
    let address = server(tls, limits).await;
    let silent = TcpStream::connect(&address).await.expect("connects");
    let base = format!("https://{address}");
    let reply = expecting(2).get(&base, "/served", BOUNDS).await;
    assert_eq!(reply.expect("answers").body, b"/served".as_slice());
    drop(silent);
}
