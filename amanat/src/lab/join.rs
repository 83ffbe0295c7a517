//! How long a node takes to join a ledger that is there already, with the state of the others.
use super::LabError;
use super::nodes::Nodes;
use crate::process::Process;
use amanat_client::Ledger as _;
use amanat_types::Height;
use std::time::{Duration, Instant};

/// How long joining may take.
const PATIENCE: Duration = Duration::from_secs(900);
/// How often the node is asked.
const TICK: Duration = Duration::from_millis(50);

/// How long it took, from the start of the process.
#[derive(Clone, Copy, Debug)]
pub struct Joined {
    /// Until it stood at the height at which the others stood when it started.
    pub tip: Duration,
    /// Until it had the receipts and events of all blocks, too.
    pub history: Duration,
}

/// Kills the last node and starts it with `--resync`: nothing of its ledger is used.
pub async fn measure(nodes: &mut Nodes) -> Result<Joined, LabError> {
    let missing = || LabError::Ledger("there is no node".to_owned());
    let place = nodes.layout.places.last().ok_or_else(missing)?;
    let folder = nodes.layout.member_dir(place.member);
    let client = nodes.clients.last().ok_or_else(missing)?;
    let tip = nodes.clients.first().ok_or_else(missing)?.status().await?;
    let process = nodes.processes.last_mut().ok_or_else(missing)?;
    process.kill();
    let config = folder.join("node.toml").display().to_string();
    let start = Instant::now();
    *process = Process::start(
        &format!("node of member {}", place.member),
        &["node", "--config", &config, "--resync"],
        &folder.join("node.log"),
    )?;
    let mut at_tip = None;
    loop {
        process.check()?;
        let now = start.elapsed();
        if now > PATIENCE {
            let seconds = PATIENCE.as_secs();
            let what = format!("the node did not join within {seconds} s");
            return Err(LabError::Ledger(what));
        }
        let height = client.status().await.map_or(0, |status| status.height);
        match at_tip {
            None if height >= tip.height => at_tip = Some(now),
            Some(tip) if client.events(Height::new(1), 1, 0).await.is_ok() => {
                return Ok(Joined { tip, history: now });
            }
            _ => {}
        }
        tokio::time::sleep(TICK).await;
    }
}
