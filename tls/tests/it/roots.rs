//! Goal: a server with a certificate is asked exactly if its certificate, or who signed it, is one that was named. Method: synthetic certificates.
use amanat_tls::{Acceptor, Broken, Roots, Stream};
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::{TcpListener, TcpStream};

fn fixture(name: &str) -> PathBuf {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/tls");
    PathBuf::from(root).join(name)
}

/// A server that shows `certificate`, and takes one connection.
async fn server(certificate: &str, key: &str) -> SocketAddr {
    let acceptor = Acceptor::pem(&fixture(certificate), &fixture(key)).expect("a server");
    served(acceptor).await
}

async fn served(acceptor: Acceptor) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let _ended = acceptor.accept(stream, |stream| stream).await;
    });
    address
}

async fn asks(address: SocketAddr, roots: &str, name: &str) -> Result<Stream<TcpStream>, Broken> {
    let roots = Roots::pem(&fixture(roots)).expect("certificates");
    let stream = TcpStream::connect(address).await.expect("connects");
    roots.connect(stream, name).await
}

#[tokio::test]
async fn what_was_named_or_signed_by_what_was_named_is_trusted_and_nothing_else() {
    for (certificate, key, roots, name, why) in [
        // Signed by the authority, for a name and for an address.
        ("signed.pem", "signed.key.pem", "ca.pem", "localhost", None),
        ("signed.pem", "signed.key.pem", "ca.pem", "127.0.0.1", None),
        // The very certificate that was named: one that signed itself, and one that another signed.
        ("door.pem", "door.key.pem", "door.pem", "localhost", None),
        ("door.pem", "door.key.pem", "door.pem", "another.name", None),
        (
            "signed.pem",
            "signed.key.pem",
            "signed.pem",
            "localhost",
            None,
        ),
        // Another name, another authority, too late.
        (
            "signed.pem",
            "signed.key.pem",
            "ca.pem",
            "another.name",
            Some("for another name"),
        ),
        (
            "signed.pem",
            "signed.key.pem",
            "ca.pem",
            "127.0.0.2",
            Some("for another name"),
        ),
        (
            "elsewhere.pem",
            "signed.key.pem",
            "ca.pem",
            "localhost",
            Some("for another name"),
        ),
        (
            "signed.pem",
            "signed.key.pem",
            "door.pem",
            "localhost",
            Some("nor signed by one that was"),
        ),
        // It may sign others: as a server's own it counts only where it was named itself.
        (
            "door.pem",
            "door.key.pem",
            "ca.pem",
            "localhost",
            Some("is not one that was named, and cannot be used otherwise"),
        ),
        (
            "ended.pem",
            "signed.key.pem",
            "ca.pem",
            "localhost",
            Some("has ended"),
        ),
        (
            "ended.pem",
            "signed.key.pem",
            "ended.pem",
            "localhost",
            Some("has ended"),
        ),
        (
            "later.pem",
            "signed.key.pem",
            "ca.pem",
            "localhost",
            Some("not valid yet"),
        ),
        (
            "later.pem",
            "signed.key.pem",
            "later.pem",
            "localhost",
            Some("not valid yet"),
        ),
        (
            "signed.pem",
            "signed.key.pem",
            "ca.pem",
            "no name at all",
            Some("no name of a host"),
        ),
    ] {
        let address = server(certificate, key).await;
        let asked = asks(address, roots, name).await;
        let case = format!("{certificate} {roots} {name}");
        match (asked, why) {
            (Ok(_), None) => {}
            (Err(error), Some(why)) => {
                assert!(error.to_string().contains(why), "{case}: {error}");
                assert!(!error.is_passing(), "{case}");
            }
            (asked, why) => panic!("{case}: {:?} {why:?}", asked.err()),
        }
    }
}

#[tokio::test]
async fn a_process_that_proves_a_key_has_no_certificate() {
    let address = served(Acceptor::member(&[7; 32]).expect("a key")).await;
    let error = asks(address, "ca.pem", "localhost")
        .await
        .expect_err("none");
    assert!(
        error.to_string().contains("it has no certificate"),
        "{error}"
    );
}

#[test]
fn files_that_hold_no_certificate_are_named() {
    for (file, word) in [
        ("door.key.pem", "it holds no CERTIFICATE"),
        ("absent.pem", "absent.pem"),
    ] {
        let error = Roots::pem(&fixture(file)).expect_err("refused").to_string();
        assert!(error.contains(word) && error.starts_with("ca "), "{error}");
    }
}
