//! What the doctor finds: a broken folder, open keys, a port that is taken, clocks that differ.
use crate::member::{Network, run};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

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

/// Answers every request there with a date that is `ahead` seconds from ours, until the test process ends.
fn clock_at(address: std::net::SocketAddr, ahead: i64) {
    let listener = TcpListener::bind(address).expect("a free port");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut head = [0u8; 4096];
            // Whatever is asked; a connection that only looks whether somebody is there asks nothing.
            let Ok(1..) = stream.read(&mut head) else {
                continue;
            };
            let step = Duration::from_secs(ahead.unsigned_abs());
            let now = match ahead > 0 {
                true => SystemTime::now() + step,
                false => SystemTime::now() - step,
            };
            let date = httpdate::fmt_http_date(now);
            let _ = write!(
                stream,
                "HTTP/1.1 404 Not Found\r\ndate: {date}\r\ncontent-length: 0\r\n\r\n"
            );
        }
    });
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
    clock_at(network.places[1][2], 0);
    clock_at(network.places[2][2], 0);
    clock_at(network.places[3][2], 60);
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
    clock_at(network.places[1][2], -60);
    clock_at(network.places[2][2], -60);
    clock_at(network.places[3][2], 0);
    let (code, told, _) = network.run("doctor --config m1/node.toml");
    assert_eq!(code, 1);
    assert!(
        told.contains("fail     clock      2 of 3 members differ from us: ours is wrong"),
        "{told}"
    );
    assert!(told.contains("behind us"), "{told}");
}
