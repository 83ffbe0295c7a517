//! Signals that come as soon as anybody can know of the process.
use crate::member::{Network, Process};
use crate::operate::until;
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

/// Sends `signal` in the moment in which `at` is listened at.
fn at_once(process: &Process, at: SocketAddr, signal: &str) {
    let end = Instant::now() + Duration::from_secs(90);
    while TcpStream::connect(at).is_err() {
        assert!(Instant::now() < end, "nobody listens at {at}");
        std::thread::sleep(Duration::from_millis(1));
    }
    send(process, signal);
}

fn send(process: &Process, signal: &str) {
    let id = process.0.id().to_string();
    let told = Command::new("kill").args([signal, &id]).status();
    assert!(told.expect("runs").success());
}

fn ended(what: &str, mut process: Process) -> ExitStatus {
    let ask = || process.0.try_wait().expect("is a child");
    until(what, ask, Option::is_some).expect("has ended")
}

#[test]
fn a_signal_that_comes_at_once_reloads_or_stops_and_kills_nothing() {
    let network = Network::founded();
    let [_, api, _, _, door] = network.places[0];
    for (what, at) in [("node", api), ("gateway", door)] {
        let process = network.start(what, 1);
        at_once(&process, at, "-HUP");
        let log = || network.text(&format!("m1/{what}.log"));
        until(what, log, |log| log.contains("were read anew"));
        send(&process, "-TERM");
        assert_eq!(ended(what, process).code(), Some(0), "{what}: {}", log());
        // What a stop at its start leaves, the next start goes on from.
        let process = network.start(what, 1);
        at_once(&process, at, "-TERM");
        assert_eq!(ended(what, process).code(), Some(0), "{what}: {}", log());
        let process = network.start(what, 1);
        at_once(&process, at, "-HUP");
        until(what, log, |log| log.contains("were read anew"));
    }
}

/// Gives `at` a public file of `of` with an address at which nobody listens.
fn misled(network: &Network, of: usize, at: usize) {
    let config = network.file(&format!("m{of}/node.toml"));
    let good = network.text(&format!("m{of}/node.toml"));
    let [listen, ..] = network.places[of - 1];
    let [nobody, ..] = network.free(1)[0];
    std::fs::write(
        &config,
        good.replace(&listen.to_string(), &nobody.to_string()),
    )
    .expect("writes");
    let announce = format!("announce --dir m{of} --passphrase-file passphrase");
    assert_eq!(network.run(&announce).0, 0);
    put_right(network, of, at);
    std::fs::write(&config, good).expect("writes");
    assert_eq!(network.run(&announce).0, 0);
}

/// Gives `at` the public file of `of` as it is.
fn put_right(network: &Network, of: usize, at: usize) {
    let from = network.file(&format!("m{of}/member.toml"));
    let to = network.file(&format!("m{at}/members/member-{of}.toml"));
    std::fs::copy(from, to).expect("copies");
}

/// A node that does not have all votes of its key asks three of four where the ledger stands before anything else, so one that is looked for
/// at a wrong address keeps it from starting.
#[test]
fn a_start_that_waits_for_others_looks_for_them_where_they_are_said_to_be_meanwhile() {
    let network = Network::founded();
    misled(&network, 1, 4);
    misled(&network, 4, 1);
    std::fs::remove_file(network.file("m4/node/new-keys")).expect("new keys");
    let _others: Vec<Process> = (1..=3)
        .map(|number| network.start("node", number))
        .collect();
    let process = network.start("node", 4);
    let log = || network.text("m4/node.log");
    until("a start", log, |log| log.contains("told=2"));
    put_right(&network, 1, 4);
    send(&process, "-HUP");
    until("a reload", log, |log| log.contains("were read anew"));
    until("a node", log, |log| log.contains("node takes part"));
    send(&process, "-TERM");
    assert_eq!(ended("node", process).code(), Some(0), "{}", log());
}
