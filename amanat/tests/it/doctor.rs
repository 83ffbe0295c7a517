//! What the doctor finds: a broken folder, open keys, a port that is taken, clocks that differ.
use crate::member::{Network, run};
use amanat::keys::{Keys, seed_bytes};
use amanat::passphrase::Source;
use amanat_tls::Acceptor;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[test]
fn the_doctor_names_a_broken_folder_open_keys_and_a_port_that_is_taken() {
    let network = Network::founded();
    std::fs::remove_dir_all(network.file("m1/node")).expect("removes");
    std::fs::write(network.file("m1/node"), "not a folder").expect("writes");
    let keys = network.file("m1/keys.toml");
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o644)).expect("chmod");
    let taken = TcpListener::bind(network.places[0][2]).expect("the custodian's port");
    let (code, told, _) = network.run("doctor --config m1/node.toml --json");
    assert_eq!(code, 1);
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    let lines = told["checks"].as_array().expect("checks");
    let failed = lines.iter().filter(|line| line["verdict"] == "fail");
    let failed: Vec<&str> = failed.filter_map(|line| line["check"].as_str()).collect();
    assert_eq!(failed, ["keys", "disk", "custodian", "quorum"]);
    assert!(
        lines
            .iter()
            .all(|line| line["verdict"] == "ok" || line["do"].is_string())
    );
    drop(taken);
    std::fs::remove_file(network.file("m1/node")).expect("removes");
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o600)).expect("chmod");
    let (_, told, _) = network.run("doctor --config m1/node.toml");
    for line in ["ok       keys", "ok       disk", "ok       custodian"] {
        assert!(told.contains(line), "{told}");
    }
    assert_eq!(run(network.path(), "doctor --config absent.toml").0, 2);
}

/// Answers every request to the custodian of a member, with its own key, and a date that is `ahead` seconds from ours, until the
/// test process ends.
fn clock_of(network: &Network, member: usize, ahead: i64) {
    let source = Source::existing(Some(network.file("passphrase")));
    let keys = Keys::open(&network.file(&format!("m{member}/keys.toml")), &source);
    let seed = seed_bytes(&keys.expect("opens").vault).expect("a seed");
    let tls = Acceptor::member(&seed).expect("a key");
    let listener = TcpListener::bind(network.places[member - 1][2]).expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().expect("a runtime");
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("listens");
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                // A connection that only looks whether somebody is there ends in the handshake.
                if let Ok(stream) = tls.accept(stream, |stream| stream).await {
                    answer(stream, ahead).await;
                }
            }
        });
    });
}

/// One answer, and nothing more on this connection.
async fn answer(mut stream: amanat_tls::Stream<tokio::net::TcpStream>, ahead: i64) {
    let mut head = [0u8; 4096];
    let Ok(1..) = stream.read(&mut head).await else {
        return;
    };
    let step = Duration::from_secs(ahead.unsigned_abs());
    let now = match ahead > 0 {
        true => SystemTime::now() + step,
        false => SystemTime::now() - step,
    };
    let date = httpdate::fmt_http_date(now);
    let said = format!("HTTP/1.1 404 Not Found\r\ndate: {date}\r\ncontent-length: 0\r\n\r\n");
    let _ = stream.write_all(said.as_bytes()).await;
    let _ = stream.shutdown().await;
}

#[test]
fn the_doctor_says_whose_clock_is_wrong() {
    let network = Network::founded();
    let clocks = || {
        let (_, told, _) = network.run("doctor --config m1/node.toml");
        let lines = told.lines().filter(|line| line.contains(" clock "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(clocks()[0].starts_with("unknown"), "{:?}", clocks());
    clock_of(&network, 2, 0);
    clock_of(&network, 3, 0);
    clock_of(&network, 4, 60);
    let told = clocks();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(
        told[0].starts_with("ok ") && told[0].contains("member 2"),
        "{told:?}"
    );
    assert!(
        told[1].starts_with("ok ") && told[1].contains("member 3"),
        "{told:?}"
    );
    assert!(
        told[2].starts_with("warn ") && told[2].contains("member 4"),
        "{told:?}"
    );
    assert!(
        told[2].contains("ahead of us") && told[2].contains("handshakes"),
        "{told:?}"
    );
}

#[test]
fn the_doctor_says_when_the_own_clock_is_wrong() {
    let network = Network::founded();
    clock_of(&network, 2, -60);
    clock_of(&network, 3, -60);
    clock_of(&network, 4, 0);
    let (code, told, _) = network.run("doctor --config m1/node.toml");
    assert_eq!(code, 1);
    assert!(
        told.contains("fail     clock      2 of 3 members differ from us: ours is wrong"),
        "{told}"
    );
    assert!(told.contains("behind us"), "{told}");
}
