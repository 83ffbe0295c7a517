//! `amanat status`: how the own node stands, in a dozen lines.
use super::target::Asked;
use super::{clock, disk, probe};
use crate::command_error::{CommandError, Held};
use amanat_types::limits;
use amanat_types::wire::{Status, Validators};
use serde::Serialize;

/// What `amanat status --json` prints.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// Version of the node that answers.
    pub version: String,
    /// Network id, hexadecimal.
    pub network: String,
    /// Number of the member.
    pub member: u16,
    /// Finalised height.
    pub height: u64,
    /// Time of that block.
    pub time: String,
    /// Age of that block by this machine's clock, in milliseconds.
    pub tip_age_ms: u64,
    /// Epoch.
    pub epoch: u64,
    /// View.
    pub view: u64,
    /// Version of the rules in force.
    pub protocol: u16,
    /// The newest version that the program knows.
    pub protocol_known: u16,
    /// Transactions that wait.
    pub mempool: u64,
    /// Other validators that are heard.
    pub peers: usize,
    /// Other validators: all of them, for a node that only follows.
    pub others: usize,
    /// Validators of the network.
    pub validators: usize,
    /// How many must vote.
    pub quorum: u64,
    /// Whether the tip is fresh and a quorum is heard.
    pub ready: bool,
    /// Bytes of the data folder; with a configuration file only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_bytes: Option<u64>,
    /// Bytes that are free there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_bytes: Option<u64>,
}

/// Asks the own node.
pub async fn ask(asked: &Asked) -> Result<Shown, CommandError> {
    let api = asked.own();
    let status: Status = probe::json(api, "/v1/status").await.map_err(silent)?;
    let seen: Validators = probe::json(api, "/v1/validators").await.map_err(silent)?;
    let heard = seen.validators.iter().filter(|seen| seen.heard).count();
    let others = seen.validators.iter();
    let others = others.filter(|other| other.member != seen.member);
    let (others, peers) = (
        others.clone().count(),
        others.filter(|other| other.heard).count(),
    );
    let age = crate::now_ms().get().saturating_sub(status.time_ms);
    let quorum = usize::try_from(seen.quorum).unwrap_or(usize::MAX);
    let data = asked
        .config
        .as_ref()
        .map(|(path, config)| config.data(path));
    Ok(Shown {
        ready: age <= limits::RECENCY_MS_MAX
            && status.height > 0
            && heard >= quorum
            && !status.stopping,
        time: clock::at(status.time_ms),
        tip_age_ms: age,
        peers,
        others,
        validators: seen.validators.len(),
        quorum: seen.quorum,
        version: status.version,
        network: status.network,
        member: status.member,
        height: status.height,
        epoch: status.epoch,
        view: status.view,
        protocol: status.protocol,
        protocol_known: status.protocol_known,
        mempool: status.mempool,
        data_bytes: data.as_deref().and_then(disk::used),
        free_bytes: data.as_deref().and_then(disk::free),
    })
}

fn silent(why: String) -> CommandError {
    CommandError::Unknown(format!(
        "the node does not answer: {why}; is it running? its log says why not, `amanat doctor` what is amiss"
    ))
}

impl Shown {
    /// Prints it and says whether the node is fit to be used.
    pub fn print(&self, json: bool) -> Held {
        match json {
            true => println!("{}", serde_json::to_string(self).unwrap_or_default()),
            false => print!("{}", self.words()),
        }
        match self.ready {
            true => Held::Yes,
            false => Held::No,
        }
    }

    fn words(&self) -> String {
        let (age, peers) = (clock::span(self.tip_age_ms), self.peers);
        let others = self.others;
        let mut lines = vec![
            ("member", self.member.to_string()),
            ("network", self.network.clone()),
            ("version", self.version.clone()),
            ("height", self.height.to_string()),
            ("tip", format!("{} ({age} ago)", self.time)),
            ("epoch", format!("{}, view {}", self.epoch, self.view)),
            (
                "rules",
                format!(
                    "version {}; this program knows up to {}",
                    self.protocol, self.protocol_known
                ),
            ),
            ("mempool", format!("{} waiting", self.mempool)),
            (
                "peers",
                format!(
                    "{peers} of {others} heard; {} votes are needed",
                    self.quorum
                ),
            ),
        ];
        if let Some(bytes) = self.data_bytes {
            let free = self.free_bytes.map(disk::size).unwrap_or_default();
            lines.push(("disk", format!("{} used, {free} free", disk::size(bytes))));
        }
        let state = match self.ready {
            true => "ready".to_owned(),
            false => "not ready: ask `amanat why-stalled`".to_owned(),
        };
        lines.push(("state", state));
        let lines = lines
            .iter()
            .map(|(key, value)| format!("{key:8} {value}\n"));
        lines.collect()
    }
}
