//! How long a node takes to be at the tip again: with the state of the others, and from its own ledger after it was away.
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

/// How a node came back that was away.
#[derive(Clone, Copy, Debug)]
pub struct Back {
    /// Blocks that it missed.
    pub blocks: u64,
    /// From the start of the process until it stood at the height at which the others stood then.
    pub took: Duration,
}

/// Kills the last node and starts it with `--resync`: nothing of its ledger is used.
pub async fn measure(nodes: &mut Nodes) -> Result<Joined, LabError> {
    let tip = tip(nodes).await?;
    kill(nodes)?;
    let start = Instant::now();
    start_last(nodes, &["--resync"])?;
    wait(nodes, tip, start).await
}

/// Kills the last node, lets the others go on for a while, and starts it as it was.
pub async fn away(nodes: &mut Nodes, seconds: u64) -> Result<Back, LabError> {
    let before = tip(nodes).await?;
    kill(nodes)?;
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let now = tip(nodes).await?;
    let start = Instant::now();
    start_last(nodes, &[])?;
    let joined = wait(nodes, now, start).await?;
    Ok(Back {
        blocks: now.get().saturating_sub(before.get()),
        took: joined.tip,
    })
}

fn missing() -> LabError {
    LabError::Ledger("there is no node".to_owned())
}

/// Height of the first node.
async fn tip(nodes: &Nodes) -> Result<Height, LabError> {
    let status = nodes.clients.first().ok_or_else(missing)?.status().await?;
    Ok(Height::new(status.height))
}

fn kill(nodes: &mut Nodes) -> Result<(), LabError> {
    nodes.processes.last_mut().ok_or_else(missing)?.kill();
    Ok(())
}

fn start_last(nodes: &mut Nodes, more: &[&str]) -> Result<(), LabError> {
    let place = nodes.layout.places.last().ok_or_else(missing)?;
    let folder = nodes.layout.member_dir(place.member);
    let config = folder.join("node.toml").display().to_string();
    let mut arguments = vec!["node", "--config", &config];
    arguments.extend(more);
    let process = nodes.processes.last_mut().ok_or_else(missing)?;
    *process = Process::start(
        &format!("node of member {}", place.member),
        &arguments,
        &folder.join("node.log"),
    )?;
    Ok(())
}

/// Waits until the last node stands at a height, and then has the events of all blocks.
async fn wait(nodes: &mut Nodes, tip: Height, start: Instant) -> Result<Joined, LabError> {
    let client = nodes.clients.last().ok_or_else(missing)?;
    let process = nodes.processes.last_mut().ok_or_else(missing)?;
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
            None if height >= tip.get() => at_tip = Some(now),
            Some(tip) if client.events(Height::new(1), 1, 0).await.is_ok() => {
                return Ok(Joined { tip, history: now });
            }
            _ => {}
        }
        tokio::time::sleep(TICK).await;
    }
}
