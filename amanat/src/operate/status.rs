//! `amanat status`: how the own node stands, in a dozen lines.
use super::target::Asked;
use super::{clock, disk, probe};
use crate::answer::Answer;
use crate::command_error::{CommandError, Held};
use crate::config::Blocks;
use crate::config::check::Configured;
use amanat_types::limits;
use amanat_types::wire::{Status, Validators};
use serde::Serialize;
use std::path::{Path, PathBuf};

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
    /// What takes them, part by part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub data_parts: Vec<Part>,
    /// Whose transactions the configuration keeps: `all` or `recent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks: Option<Blocks>,
    /// Bytes that are free there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_bytes: Option<u64>,
}

/// Bytes of one part of the data.
#[derive(Debug, Serialize)]
pub struct Part {
    /// Which.
    pub part: &'static str,
    /// How many.
    pub bytes: u64,
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
        data_parts: asked.config.as_ref().map(parts).unwrap_or_default(),
        blocks: match &asked.config {
            Some((_, Configured::Node(config))) => Some(config.blocks),
            _ => None,
        },
    })
}

/// What the data of a process takes, and of a node that of the gateway beside it too.
fn parts((path, config): &(PathBuf, Configured)) -> Vec<Part> {
    let mut parts = parts_of(path, config);
    let beside = path.with_file_name("gateway.toml");
    if let Configured::Node(_) = config
        && let Ok(gateway) = Configured::read(&beside)
        && gateway.member() == config.member()
    {
        parts.extend(parts_of(&beside, &gateway));
    }
    parts
}

fn parts_of(path: &Path, config: &Configured) -> Vec<Part> {
    let data = config.data(path);
    let all = match config {
        Configured::Node(_) => disk::NODE_PARTS,
        Configured::Gateway(_) => disk::GATEWAY_PARTS,
    };
    let sized = all.iter().filter_map(|&(part, at)| {
        let bytes = disk::used(&data.join(at))?;
        Some(Part { part, bytes })
    });
    sized.collect()
}

fn silent(why: String) -> CommandError {
    CommandError::Unknown(format!(
        "the node does not answer: {why}; is it running? its log says why not, `amanat doctor` what is amiss"
    ))
}

impl Shown {
    /// It holds if the node is fit to be used.
    pub fn answer(&self) -> Answer {
        let held = if self.ready { Held::Yes } else { Held::No };
        Answer::new(held, self.words(), self)
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
            let parts = self.data_parts.iter();
            let parts: Vec<String> = parts
                .map(|Part { part, bytes }| format!("{part} {}", disk::size(*bytes)))
                .collect();
            lines.push(("parts", parts.join(", ")));
        }
        if let Some(blocks) = self.blocks {
            let kept = match blocks {
                Blocks::All => "all are kept",
                Blocks::Recent => "recent ones are kept",
            };
            lines.push(("blocks", kept.to_owned()));
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
