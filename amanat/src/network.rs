//! The running processes of a network on one machine: a node and a gateway for each member.
use crate::layout::{Layout, LayoutError};
use crate::process::{Process, ProcessError};
use amanat_client::http::{Bounds, HttpClient};
use amanat_client::{Fault, Ledger as _, NodeClient};
use std::time::{Duration, Instant};

/// How long a process may take until it answers.
const READY: Duration = Duration::from_secs(60);
/// How long a process may take to stop.
const STOP: Duration = Duration::from_secs(15);

/// A network that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// Its folder.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A process.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A node.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Signals cannot be listened for.
    #[error("signals: {0}")]
    Signals(#[source] std::io::Error),
}

/// The processes of one member.
pub struct Member {
    /// Its node.
    pub node: Process,
    /// Its gateway.
    pub gateway: Process,
}

/// A running network.
pub struct Network {
    /// Where it lives.
    pub layout: Layout,
    /// Its processes, in the order of the members.
    pub members: Vec<Member>,
    /// A client of each node.
    pub nodes: Vec<NodeClient>,
    http: HttpClient,
}

impl Network {
    /// Starts every process and waits until all answer. `say` is told of each step.
    pub async fn start(layout: Layout, say: impl Fn(&str)) -> Result<Self, NetworkError> {
        let mut members = Vec::new();
        let mut nodes = Vec::new();
        say(&format!("starting {} nodes", layout.places.len()));
        for place in &layout.places {
            let node = start(&layout, place.member, "node")?;
            let gateway = start(&layout, place.member, "gateway")?;
            members.push(Member { node, gateway });
            nodes.push(NodeClient::new(HttpClient::new(), &place.api.to_string()));
        }
        let mut network = Self {
            layout,
            members,
            nodes,
            http: HttpClient::new(),
        };
        say("waiting for the first finalised block");
        for at in 0..network.members.len() {
            network.node_ready(at).await?;
        }
        say("waiting for the gateways");
        for at in 0..network.members.len() {
            network.gateway_ready(at).await?;
        }
        Ok(network)
    }

    /// Waits until the node of member number `at` (from 0) has a finalised block and answers.
    pub async fn node_ready(&mut self, at: usize) -> Result<(), NetworkError> {
        let (Some(member), Some(client)) = (self.members.get_mut(at), self.nodes.get(at)) else {
            return Ok(());
        };
        let end = Instant::now() + READY;
        loop {
            member.node.check()?;
            if client.status().await.is_ok_and(|status| status.height > 0) {
                return Ok(());
            }
            wait(&member.node, end).await?;
        }
    }

    async fn gateway_ready(&mut self, at: usize) -> Result<(), NetworkError> {
        let (Some(member), Some(place)) = (self.members.get_mut(at), self.layout.places.get(at))
        else {
            return Ok(());
        };
        let end = Instant::now() + READY;
        let door = place.door.to_string();
        let bounds = Bounds {
            time: Duration::from_secs(2),
            bytes_max: 64 * 1024,
        };
        loop {
            member.gateway.check()?;
            let answer = self.http.get(&door, "/readyz", bounds);
            if answer.await.is_ok_and(|reply| reply.status.is_success()) {
                return Ok(());
            }
            wait(&member.gateway, end).await?;
        }
    }

    /// Starts the node of member number `at` again after it was killed.
    pub fn restart_node(&mut self, at: usize) -> Result<(), NetworkError> {
        if let (Some(member), Some(place)) = (self.members.get_mut(at), self.layout.places.get(at))
        {
            member.node = start(&self.layout, place.member, "node")?;
        }
        Ok(())
    }

    /// Starts the node of member number `at` again with `--resync`: its ledger is moved aside and comes from the others.
    pub fn rejoin_node(&mut self, at: usize) -> Result<(), NetworkError> {
        if let (Some(member), Some(place)) = (self.members.get_mut(at), self.layout.places.get(at))
        {
            member.node = start_with(&self.layout, place.member, "node", &["--resync"])?;
        }
        Ok(())
    }

    /// An error if any process ended by itself.
    pub fn check(&mut self) -> Result<(), NetworkError> {
        for member in &mut self.members {
            member.node.check()?;
            member.gateway.check()?;
        }
        Ok(())
    }

    /// Stops gateways, then nodes; says whether all stopped by themselves.
    pub fn stop(&mut self) -> bool {
        for member in &self.members {
            member.gateway.ask_to_stop();
        }
        let mut clean = true;
        for member in &mut self.members {
            clean &= member.gateway.stop(STOP);
        }
        for member in &self.members {
            member.node.ask_to_stop();
        }
        for member in &mut self.members {
            clean &= member.node.stop(STOP);
        }
        clean
    }
}

fn start(layout: &Layout, member: u16, what: &str) -> Result<Process, ProcessError> {
    start_with(layout, member, what, &[])
}

fn start_with(
    layout: &Layout,
    member: u16,
    what: &str,
    more: &[&str],
) -> Result<Process, ProcessError> {
    let folder = layout.member_dir(member);
    let config = folder.join(format!("{what}.toml"));
    let config = config.display().to_string();
    let mut arguments = vec![what, "--config", &config];
    arguments.extend(more);
    Process::start(
        &format!("{what} of member {member}"),
        &arguments,
        &folder.join(format!("{what}.log")),
    )
}

async fn wait(process: &Process, end: Instant) -> Result<(), ProcessError> {
    if Instant::now() > end {
        return Err(ProcessError::NotReady {
            name: process.name.clone(),
            seconds: READY.as_secs(),
            log: process.log.display().to_string(),
        });
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    Ok(())
}
