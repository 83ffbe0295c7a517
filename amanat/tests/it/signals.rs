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
