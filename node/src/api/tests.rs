//! Hostile requests against the API, with no node behind it: what is asked of one is answered with 503.
use super::{Limits, Server, serve};
use crate::follow::Follow;
use crate::handle::{NodeHandle, Parts};
use crate::mempool::ingress::Submit;
use crate::mempool::tests::{anchor, parcel};
use crate::mempool::{self, Mempool, actor};
use crate::rosters::Rosters;
use crate::rounds::Rounds;
use crate::tip_cache::TipCache;
use amanat_tls::{Acceptor, Broken, Pin};
use amanat_types::block::{Header, Roster};
use amanat_types::codec::{List, Text};
use amanat_types::genesis::{Genesis, PROTOCOL, VERSION};
use amanat_types::key::MemberSigner;
use amanat_types::wire::{Submission, Submitted};
use amanat_types::{MemberId, Refusal, TimestampMs};
use commonware_codec::Encode as _;
use commonware_cryptography::{Signer as _, ed25519};
use commonware_utils::channel::mpsc;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

fn server(limits: Limits) -> Server {
    server_with(limits, mpsc::channel(1).0)
}

fn server_with(limits: Limits, submit: mpsc::Sender<Submit>) -> Server {
    server_over(None, limits, submit)
}

fn server_over(tls: Option<Acceptor>, limits: Limits, submit: mpsc::Sender<Submit>) -> Server {
    let key = ed25519::PrivateKey::from_seed(1);
    let genesis = Genesis {
        version: VERSION,
        name: Text::new("api").expect("short"),
        time_ms: TimestampMs::new(1),
        protocol: PROTOCOL,
        epoch_blocks: 10,
        members: List::empty(),
    };
    let roster = Roster::new(vec![key.public_key()]).expect("one");
    let header = Header::genesis(genesis.digest(), genesis.time_ms, PROTOCOL, &roster);
    let rosters = Rosters::new(genesis.digest(), key, roster);
    let handle = NodeHandle::new(Parts {
        genesis: Arc::new(genesis),
        member: MemberId::new(1),
        rosters: rosters.clone(),
        follow: Follow::new(header),
        rounds: Rounds::new(rosters),
        cache: TipCache::new(0),
        mempool: Mempool::new(mempool::Limits::default()),
        peers: actor::Peers::default(),
        submit,
        desk: mpsc::channel(1).0,
    });
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    serve(listener, handle, limits, tls, Box::new(String::new)).expect("it serves")
}

/// Sends bytes, closes nothing, and reads what comes until the server closes.
fn exchange(server: &Server, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address()).expect("it listens");
    let patience = Some(Duration::from_secs(10));
    stream.set_read_timeout(patience).expect("a socket");
    stream.write_all(request).expect("it reads");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").into_bytes()
}

fn post(path: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

#[test]
fn bad_requests_are_answered_with_the_rule() {
    let server = server(Limits {
        body_bytes: 1024,
        ..Limits::default()
    });
    let answered = |request: Vec<u8>, status: &str, word: &str| {
        let answer = exchange(&server, &request);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
        assert!(answer.contains(word), "{answer}");
    };
    answered(get("/v1/status"), "200", "\"member\":1");
    answered(get("/v1/validators"), "200", "\"quorum\":");
    answered(get("/healthz"), "204", "");
    answered(get("/readyz"), "503", "NotReady");
    answered(get("/metrics"), "200", "\namanat_height 0\n");
    answered(get("/v1/nothing"), "404", "no such route");
    answered(get("/v1/receipts/xyz"), "400", "64 hexadecimal digits");
    answered(get("/v1/state/zz/proof"), "400", "64 hexadecimal digits");
    answered(post("/v1/transactions", b"\xff\xff"), "400", "\"number\":1");
    answered(post("/v1/state", &[200]), "400", "state keys");
    answered(
        post("/v1/transactions", &[0; 2048]),
        "413",
        "larger than allowed",
    );
    let id = "00".repeat(32);
    answered(get(&format!("/v1/receipts/{id}")), "503", "stopping");
    server.stop();
}

#[test]
fn slow_clients_are_cut_off() {
    let server = server(Limits {
        head: Duration::from_millis(200),
        body: Duration::from_millis(200),
        ..Limits::default()
    });
    let answer = exchange(&server, b"GET /v1/sta");
    assert!(!answer.contains("200 OK"), "{answer}");
    let half =
        b"POST /v1/state HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 100\r\n\r\n12";
    let answer = exchange(&server, half);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    server.stop();
}

#[test]
fn connections_are_bounded() {
    let server = server(Limits {
        connections: 1,
        head: Duration::from_millis(300),
        ..Limits::default()
    });
    // The first connection idles until its head is overdue; the second is served only then.
    let idle = TcpStream::connect(server.address()).expect("it listens");
    let answer = exchange(&server, &get("/v1/status"));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(idle);
    server.stop();
}

/// What a node that answers every submission with `refusal` says to one of two transactions.
fn refused(refusal: Refusal) -> String {
    let (submit, mut submissions) = mpsc::channel::<Submit>(8);
    let server = server_with(Limits::default(), submit);
    let node = std::thread::spawn(move || {
        while let Some(submit) = futures::executor::block_on(submissions.recv()) {
            let _ = submit.reply.send(Submitted::Refused(refusal));
        }
    });
    let transactions = (1..=2).map(|at| parcel(1, at, anchor(1)).transaction.clone());
    let submission = Submission {
        transactions: List::new(transactions.collect()).expect("two"),
    };
    let answer = exchange(&server, &post("/v1/transactions", &submission.encode()));
    let metrics = exchange(&server, &get("/metrics"));
    let number = refusal.number();
    let name = refusal.name();
    let counted = format!("amanat_refused_total{{number=\"{number}\",name=\"{name}\"}} 2");
    assert!(metrics.contains(&counted), "{metrics}");
    server.stop();
    node.join().expect("the sender is gone with the server");
    answer
}

#[test]
fn a_full_mempool_says_when_to_come_again() {
    for (refusal, status) in [
        (Refusal::MempoolShareFull, 429),
        (Refusal::MempoolFull, 503),
        (Refusal::Stopping, 503),
    ] {
        let answer = refused(refusal);
        let start = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&start), "{answer}");
        assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
        assert!(answer.contains(refusal.text()), "{answer}");
    }
    // What a rule says of a transaction is no error of the request.
    let answer = refused(Refusal::QuotaExceeded);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(!answer.contains("retry-after"), "{answer}");
}

#[test]
fn an_address_with_too_many_connections_is_told() {
    let server = server(Limits {
        address_connections: 2,
        ..Limits::default()
    });
    let status = "GET /v1/status HTTP/1.1\r\nhost: x\r\n\r\n";
    let held: Vec<TcpStream> = (0..2)
        .map(|_| {
            // An answer shows that the connection was taken.
            let mut stream = TcpStream::connect(server.address()).expect("it listens");
            stream.write_all(status.as_bytes()).expect("it reads");
            let mut head = [0; 12];
            stream.read_exact(&mut head).expect("an answer");
            assert_eq!(&head, b"HTTP/1.1 200");
            stream
        })
        .collect();
    let answer = exchange(&server, &get("/v1/status"));
    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
    assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
    assert!(answer.contains("as many connections as it may"), "{answer}");
    drop(held);
    // Room comes back once the server has seen that they are gone.
    let served = || exchange(&server, &get("/metrics"));
    let answer = std::iter::repeat_with(served)
        .find(|answer| answer.starts_with("HTTP/1.1 200"))
        .expect("repeats");
    let counted = "amanat_api_turned_away_total{bound=\"address_connections\"} ";
    assert!(answer.contains(counted), "{answer}");
    assert!(answer.contains("\namanat_api_connections 1\n"), "{answer}");
    for from in ["memory", "databases"] {
        let reads = format!("\namanat_state_reads_total{{from=\"{from}\"}} 0\n");
        assert!(answer.contains(&reads), "{answer}");
    }
    server.stop();
}

#[test]
fn too_many_requests_are_told() {
    for (address_requests_per_second, requests_per_second, status, text) in [
        (0, 9, "HTTP/1.1 429 ", "the address sends more requests"),
        (9, 0, "HTTP/1.1 503 ", "more requests a second come"),
    ] {
        let server = server(Limits {
            address_requests_per_second,
            requests_per_second,
            ..Limits::default()
        });
        let answer = exchange(&server, &get("/v1/status"));
        assert!(answer.starts_with(status), "{answer}");
        assert!(answer.contains(text), "{answer}");
        assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
        server.stop();
    }
}

#[test]
fn metrics_name_what_the_documents_name() {
    let server = server(Limits::default());
    let metrics = exchange(&server, &get("/metrics"));
    let page = include_str!("../../../docs/operate/explain.md");
    let names = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    let names: Vec<&str> = names.filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"amanat_mempool_bytes") && names.contains(&"amanat_block_units_max"));
    for name in names {
        let documented = [format!("`{name}`"), format!("`{name}{{")];
        let found = documented.iter().any(|name| page.contains(name));
        assert!(found, "{name} is not in docs/operate/explain.md");
    }
    server.stop();
}

/// One question over TLS to whoever proves the key of `seed`.
fn asked_over_tls(server: &Server, seed: [u8; 32], request: &[u8]) -> Result<String, Broken> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let key = MemberSigner::from_seed(seed).public_key();
        let pin = Pin::new(&key).expect("Ed25519");
        let stream = tokio::net::TcpStream::connect(server.address()).await;
        let mut stream = pin.connect(stream.expect("it listens")).await?;
        stream.write_all(request).await.expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it ends");
        Ok(answer)
    })
}

#[test]
fn over_tls_it_answers_those_who_expect_its_key_and_tells_plain_ones_why_not() {
    let tls = Acceptor::member(&[7; 32]).expect("a key");
    let tls = tls.within(Duration::from_millis(300));
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let server = server_over(Some(tls), limits, mpsc::channel(1).0);
    let answer = asked_over_tls(&server, [7; 32], &get("/v1/status")).expect("its key");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\"member\":1"), "{answer}");
    let refused = asked_over_tls(&server, [8; 32], &get("/v1/status"));
    assert!(matches!(refused, Err(Broken::OtherKey)), "{refused:?}");
    let plain = exchange(&server, &get("/v1/status"));
    assert!(plain.starts_with("HTTP/1.1 400"), "{plain}");
    assert!(plain.contains("speaks TLS 1.3 alone"), "{plain}");
    // Who says nothing holds the one place only until its time for a handshake is over.
    let silent = TcpStream::connect(server.address()).expect("it listens");
    let answer = asked_over_tls(&server, [7; 32], &get("/healthz")).expect("its key");
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    drop(silent);
    server.stop();
}

#[test]
fn a_handshake_is_counted_as_a_request() {
    let tls = Acceptor::member(&[7; 32]).expect("a key");
    let limits = Limits {
        address_requests_per_second: 0,
        ..Limits::default()
    };
    let server = server_over(Some(tls), limits, mpsc::channel(1).0);
    let refused = asked_over_tls(&server, [7; 32], &get("/healthz"));
    assert!(matches!(refused, Err(Broken::Line(_))), "{refused:?}");
    server.stop();
}
