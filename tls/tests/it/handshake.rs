//! Goal: a connection stands exactly when the other side proves the expected key under TLS 1.3, and nobody holds a handshake for long.
use amanat_tls::{Acceptor, Broken, NotMade, Pin, Stream};
use amanat_types::key::{MemberSigner, PublicKey};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const SEED: [u8; 32] = [7; 32];

fn key(seed: [u8; 32]) -> PublicKey {
    MemberSigner::from_seed(seed).public_key()
}

/// A server that takes one connection, and says `hello` on it.
async fn server(acceptor: Acceptor) -> (SocketAddr, JoinHandle<Result<(), NotMade>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let mut stream = acceptor.accept(stream, |stream| stream).await?;
        stream.write_all(b"hello").await.expect("writes");
        stream.shutdown().await.expect("ends");
        Ok(())
    });
    (address, served)
}

fn member() -> Acceptor {
    Acceptor::member(&SEED).expect("a key")
}

async fn connect(address: SocketAddr, expected: &PublicKey) -> Result<Stream<TcpStream>, Broken> {
    let stream = TcpStream::connect(address).await.expect("connects");
    let pin = Pin::new(expected).expect("Ed25519");
    pin.connect(stream).await
}

#[tokio::test]
async fn the_expected_key_is_taken_and_what_is_said_arrives() {
    let (address, served) = server(member()).await;
    let mut stream = connect(address, &key(SEED)).await.expect("the right key");
    let mut said = Vec::new();
    stream.read_to_end(&mut said).await.expect("reads");
    assert_eq!(said, b"hello");
    served.await.expect("ran").expect("taken");
}

#[tokio::test]
async fn another_key_is_refused_before_anything_is_sent() {
    let (address, served) = server(member()).await;
    let refused = connect(address, &key([8; 32])).await.expect_err("another");
    assert!(matches!(refused, Broken::OtherKey), "{refused}");
    assert!(!refused.is_passing());
    let served = served.await.expect("ran").expect_err("not taken");
    assert!(matches!(served, NotMade::Handshake(_)), "{served}");
}

#[test]
fn a_key_of_a_card_is_none_of_a_process() {
    assert!(Pin::new(&PublicKey::P256([2; 33])).is_err());
}

#[tokio::test]
async fn plain_requests_are_told_in_plain_that_this_is_tls() {
    let (address, served) = server(member()).await;
    let mut stream = TcpStream::connect(address).await.expect("connects");
    let request = b"GET /v1/status HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(request).await.expect("writes");
    let mut said = String::new();
    stream.read_to_string(&mut said).await.expect("reads");
    assert!(said.starts_with("HTTP/1.1 400 "), "{said}");
    assert!(said.contains("speaks TLS 1.3 alone"), "{said}");
    let served = served.await.expect("ran").expect_err("not taken");
    assert!(matches!(served, NotMade::Plain), "{served}");
}

#[tokio::test]
async fn a_plain_server_is_known_for_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let plain = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut scrap = [0u8; 4096];
        let _some = stream.read(&mut scrap).await.expect("reads");
        let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n";
        stream.write_all(answer).await.expect("writes");
    });
    let refused = connect(address, &key(SEED)).await.expect_err("plain");
    assert!(matches!(refused, Broken::Plain), "{refused:?}");
    plain.await.expect("ran");
}

#[tokio::test]
async fn a_server_with_a_certificate_proves_no_members_key() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/tls"));
    let door = Acceptor::pem(&folder.join("door.pem"), &folder.join("door.key.pem"));
    let (address, served) = server(door.expect("a pair")).await;
    let refused = connect(address, &key(SEED)).await.expect_err("no key");
    assert!(matches!(refused, Broken::Certificate), "{refused:?}");
    assert!(served.await.expect("ran").is_err());
}

/// A client hello of TLS 1.2 with one suite, and no word of 1.3 (RFC 5246, 7.4.1.2).
fn hello_of_tls_1_2() -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([0x55; 32]); // random
    body.push(0); // no session
    body.extend([0, 2, 0xc0, 0x2b]); // ECDHE-ECDSA-AES128-GCM-SHA256
    body.extend([1, 0]); // no compression
    let groups = [0, 10, 0, 4, 0, 2, 0, 29];
    let schemes = [0, 13, 0, 4, 0, 2, 8, 7];
    body.extend([0, 16]);
    body.extend(groups.into_iter().chain(schemes));
    let length = u8::try_from(body.len()).expect("short");
    let message = [&[1, 0, 0, length][..], &body].concat();
    let length = u8::try_from(message.len()).expect("short");
    [&[22, 3, 1, 0, length][..], &message].concat()
}

#[tokio::test]
async fn who_speaks_tls_1_2_alone_is_refused_by_name() {
    let (address, served) = server(member()).await;
    let mut stream = TcpStream::connect(address).await.expect("connects");
    let hello = hello_of_tls_1_2();
    stream.write_all(&hello).await.expect("writes");
    let mut said = Vec::new();
    stream.read_to_end(&mut said).await.expect("reads");
    // An alert: fatal, protocol_version (RFC 8446, 6.2).
    assert_eq!(said, [21, 3, 3, 0, 2, 2, 70]);
    assert!(served.await.expect("ran").is_err());
}

#[tokio::test]
async fn who_is_silent_or_slow_in_a_handshake_is_ended() {
    for sent in [Vec::new(), vec![22], hello_of_tls_1_2()[..20].to_vec()] {
        let acceptor = member().within(Duration::from_millis(50));
        let (address, served) = server(acceptor).await;
        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream.write_all(&sent).await.expect("writes");
        let mut said = Vec::new();
        // An end or a reset; never a wait for us to go on.
        let _ended = stream.read_to_end(&mut said).await;
        let served = served.await.expect("ran").expect_err("not taken");
        assert!(matches!(served, NotMade::Late(_)), "{sent:?}: {served}");
    }
}

#[tokio::test]
async fn rubbish_in_place_of_a_hello_ends_the_handshake() {
    for sent in [
        vec![22; 4096],
        [&[22, 3, 1, 0x40, 0][..], &[1; 16384]].concat(),
        vec![22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff],
    ] {
        let acceptor = member().within(Duration::from_millis(500));
        let (address, served) = server(acceptor).await;
        let mut stream = TcpStream::connect(address).await.expect("connects");
        // The other side may have closed already.
        let _sent = stream.write_all(&sent).await;
        assert!(served.await.expect("ran").is_err());
    }
}

#[tokio::test]
async fn a_replaced_key_is_shown_to_who_comes_next() {
    let acceptor = member();
    acceptor.replace(&Acceptor::member(&[8; 32]).expect("a key"));
    let (address, served) = server(acceptor).await;
    let stream = connect(address, &key([8; 32])).await;
    let mut said = Vec::new();
    let mut stream = stream.expect("the new key");
    stream.read_to_end(&mut said).await.expect("reads");
    served.await.expect("ran").expect("taken");
}

/// Who stands between may pass bytes on, and nothing that it changed: the proof is over the whole handshake.
#[tokio::test]
async fn the_signature_is_over_this_handshake_and_not_another() {
    let (address, served) = server(member()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let between = listener.local_addr().expect("bound");
    let relay = tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.expect("a connection");
        let mut far = TcpStream::connect(address).await.expect("connects");
        let mut hello = [0u8; 8192];
        let count = near.read(&mut hello).await.expect("reads");
        // The first byte of the random: the server answers another handshake than the client began.
        let random = 5 + 4 + 2;
        hello[random] ^= 1;
        far.write_all(&hello[..count]).await.expect("writes");
        let _over = tokio::io::copy_bidirectional(&mut near, &mut far).await;
    });
    let refused = connect(between, &key(SEED)).await.expect_err("changed");
    assert!(matches!(refused, Broken::Handshake(_)), "{refused:?}");
    drop(served);
    relay.await.expect("ran");
}
