//! `amanat up`: a network with its gateways on this machine, left running until Ctrl-C.
use crate::layout::{Layout, Plan};
use crate::network::{Network, NetworkError};
use amanat_client::Ledger as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Starts or continues the network in `dir`, prints how to use it, and waits for a signal; says whether all stopped cleanly.
pub async fn run(dir: &Path, members: usize) -> Result<bool, NetworkError> {
    let dir = &std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    let mut signals = Signals::listen()?;
    let (layout, new) = Layout::open_or_create(dir, Plan::new(members))?;
    println!(
        "Amanat: {} network of {} members in {}",
        if new { "new" } else { "continuing the" },
        layout.places.len(),
        dir.display()
    );
    let mut network = tokio::select! {
        network = Network::start(layout, |step| println!("  {step}")) => network?,
        () = signals.any() => {
            println!("\nstopped before it had started");
            return Ok(false);
        }
    };
    print_addresses(&network).await?;
    println!("\nCtrl-C stops everything; the same command on the same folder goes on from there.");
    let ended = watch(&mut network, &mut signals).await;
    println!("\nstopping");
    let clean = network.stop();
    ended?;
    println!(
        "{}",
        if clean {
            "stopped"
        } else {
            "some processes had to be killed"
        }
    );
    Ok(clean)
}

async fn print_addresses(network: &Network) -> Result<(), NetworkError> {
    for (place, node) in network.layout.places.iter().zip(&network.nodes) {
        let status = node.status().await?;
        println!(
            "\nmember {} {} ({}): healthy, finalised height {}\n  FHIR door   http://{}\n  node        http://{}\n  custodian   {}\n  vault       {}\n  client key  {}",
            place.member,
            place.name,
            place.kind,
            status.height,
            place.door,
            place.api,
            place.custodian_endpoint(),
            place.vault_endpoint(),
            network.layout.client_file(place.member).display()
        );
    }
    let Some(place) = network.layout.places.first() else {
        return Ok(());
    };
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("amanat"));
    let token = format!(
        "$({} token {})",
        program.display(),
        network.layout.client_file(place.member).display()
    );
    println!("\nTry:");
    println!("  curl -s http://{}/metadata", place.door);
    println!(
        "  curl -s -H \"Authorization: Bearer {token}\" -H 'Content-Type: application/fhir+json' -d '{{\"resourceType\":\"Organization\",\"name\":\"Ward 4\"}}' http://{}/Organization",
        place.door
    );
    println!(
        "  curl -s -H \"Authorization: Bearer {token}\" 'http://{}/Organization?_count=5'",
        place.door
    );
    Ok(())
}

/// The signals that ask for an end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self, NetworkError> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(NetworkError::Signals)?,
            interrupt: signal(SignalKind::interrupt()).map_err(NetworkError::Signals)?,
        })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Waits for a signal, or for a process that ends by itself.
async fn watch(network: &mut Network, signals: &mut Signals) -> Result<(), NetworkError> {
    loop {
        tokio::select! {
            () = signals.any() => return Ok(()),
            () = tokio::time::sleep(Duration::from_millis(500)) => network.check()?,
        }
    }
}
