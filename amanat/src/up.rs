//! `amanat up`: a network with its gateways on this machine, left running until Ctrl-C.
use crate::answer::{Answer, tell};
use crate::command_error::Held;
use crate::layout::{Layout, Plan};
use crate::network::{Network, NetworkError};
use crate::signals;
use amanat_client::Ledger as _;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::Notify;

/// Starts or continues the network in `dir`, prints how to use it, and waits for a signal; it holds if all stopped cleanly.
pub async fn run(dir: &Path, members: usize) -> Result<Answer, NetworkError> {
    let dir = &std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    let stop = signals::stop().map_err(NetworkError::Signals)?;
    let (layout, new) = Layout::open_or_create(dir, Plan::new(members))?;
    let count = layout.places.len();
    tell(&format!(
        "Amanat: {} network of {count} members in {}",
        if new { "new" } else { "continuing the" },
        dir.display()
    ));
    let shape = json!({ "folder": dir.display().to_string(), "members": layout.places });
    let mut network = tokio::select! {
        network = Network::start(layout, |step| tell(&format!("  {step}"))) => network?,
        () = stop.notified() => {
            return Ok(Answer::new(Held::No, "\nstopped before it had started", shape));
        }
    };
    tell(&addresses(&network).await?);
    tell("\nCtrl-C stops everything; the same command on the same folder goes on from there.");
    let ended = watch(&mut network, &stop).await;
    tell("\nstopping");
    let clean = network.stop();
    ended?;
    Ok(match clean {
        true => Answer::yes("stopped", shape),
        false => Answer::new(Held::No, "some processes had to be killed", shape),
    })
}

/// Where everything is, and how to try it.
async fn addresses(network: &Network) -> Result<String, NetworkError> {
    let mut text = String::new();
    for (place, node) in network.layout.places.iter().zip(&network.nodes) {
        let status = node.status().await?;
        let metrics = place
            .metrics
            .map(|at| format!("\n  metrics     http://{at}/metrics"));
        text.push_str(&format!(
            "\nmember {} {} ({}): healthy, finalised height {}\n  FHIR door   http://{}\n  node        http://{}\n  custodian   {}\n  vault       {}{}\n  client key  {}\n",
            place.member,
            place.name,
            place.kind,
            status.height,
            place.door,
            place.api,
            place.custodian_endpoint(),
            place.vault_endpoint(),
            metrics.unwrap_or_default(),
            network.layout.client_file(place.member).display()
        ));
    }
    let Some(place) = network.layout.places.first() else {
        return Ok(text);
    };
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("amanat"));
    let token = format!(
        "$({} token {})",
        program.display(),
        network.layout.client_file(place.member).display()
    );
    let door = place.door;
    text.push_str(&format!(
        "\nTry:\n  curl -s http://{door}/metadata\n  curl -s -H \"Authorization: Bearer {token}\" -H 'Content-Type: application/fhir+json' -d '{{\"resourceType\":\"Organization\",\"name\":\"Ward 4\"}}' http://{door}/Organization\n  curl -s -H \"Authorization: Bearer {token}\" 'http://{door}/Organization?_count=5'"
    ));
    Ok(text)
}

/// Waits for a signal, or for a process that ends by itself.
async fn watch(network: &mut Network, stop: &Notify) -> Result<(), NetworkError> {
    loop {
        tokio::select! {
            () = stop.notified() => return Ok(()),
            () = tokio::time::sleep(Duration::from_millis(500)) => network.check()?,
        }
    }
}
