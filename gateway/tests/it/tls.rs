//! The door over TLS, with the synthetic certificate, as ordinary HTTP clients see it.
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use amanat_tls::Acceptor;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::desk::{Desk, short};

fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/tls")).join(name)
}

fn acceptor() -> Acceptor {
    Acceptor::pem(&fixture("door.pem"), &fixture("door.key.pem")).expect("a pair")
}

/// Runs curl, which trusts nothing but the certificate; none if there is no curl here.
async fn curl(desk: &Desk, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new("curl");
    command.args([
        "--silent",
        "--show-error",
        "--max-time",
        "20",
        "--noproxy",
        "*",
    ]);
    command.arg("--cacert").arg(fixture("door.pem"));
    command.args(arguments);
    let url = format!("https://localhost:{}/metadata", desk.address.port());
    command.args([
        "--resolve",
        &format!("localhost:{}:127.0.0.1", desk.address.port()),
    ]);
    command.arg(url);
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    match output.expect("ran") {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("skipped: there is no curl here");
            None
        }
        Err(error) => panic!("curl: {error}"),
    }
}

#[tokio::test]
async fn curl_that_trusts_the_certificate_is_answered_and_one_that_does_not_is_not() {
    let desk = Desk::over(Some(acceptor()), short()).await;
    let Some(answered) = curl(&desk, &["--tlsv1.3"]).await else {
        return desk.stop().await;
    };
    let errors = String::from_utf8_lossy(&answered.stderr).into_owned();
    assert!(answered.status.success(), "{errors}");
    let page: serde_json::Value = serde_json::from_slice(&answered.stdout).expect("JSON");
    assert_eq!(page["resourceType"], "CapabilityStatement");
    // 35: the handshake failed, because nothing older than TLS 1.3 is spoken.
    let old = curl(&desk, &["--tls-max", "1.2"])
        .await
        .expect("curl is here");
    assert_eq!(old.status.code(), Some(35), "{old:?}");
    // 60: the certificate is not of anybody who is trusted.
    let stranger = curl(&desk, &["--cacert", "/etc/ssl/certs/ca-certificates.crt"]).await;
    let stranger = stranger.expect("curl is here");
    assert!(!stranger.status.success(), "{stranger:?}");
    desk.stop().await;
}

#[tokio::test]
async fn plain_http_to_a_door_with_tls_is_told_so() {
    let desk = Desk::over(Some(acceptor()), short()).await;
    let answer = desk.send("GET", "/metadata", &[], b"").await;
    assert_eq!(answer.status, 400);
    let outcome = answer.json();
    assert_eq!(outcome["resourceType"], "OperationOutcome");
    assert!(
        outcome.to_string().contains("speaks TLS 1.3 alone"),
        "{outcome}"
    );
    desk.stop().await;
}

#[tokio::test]
async fn who_is_silent_in_a_handshake_holds_no_place_for_long() {
    let mut limits = short();
    limits.connections_max = 1;
    let tls = acceptor().within(Duration::from_millis(100));
    let desk = Desk::over(Some(tls), limits).await;
    let mut silent = desk.connect().await;
    let mut begun = desk.connect().await;
    // The first byte of a handshake, and no more.
    begun.write_all(&[22]).await.expect("written");
    // The one place is free again: plain HTTP is told that this is TLS.
    let answer = desk.send("GET", "/metadata", &[], b"").await;
    assert_eq!(answer.status, 400);
    for stream in [&mut silent, &mut begun] {
        let mut said = Vec::new();
        let _ended = stream.read_to_end(&mut said).await;
        assert!(said.is_empty(), "{said:?}");
    }
    desk.stop().await;
}
