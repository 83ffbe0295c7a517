//! Configuration of the two processes of a member: TOML, every key documented (`docs/operate/configuration.md`), unknown keys refused.
pub mod cache;
pub mod check;
pub mod endpoint;
pub mod limits;
pub mod lines;
pub mod open;

use amanat_relay::Place;
use cache::CacheMib;
use endpoint::{Endpoint, Reach};
use limits::{ApiLimits, DoorLimits, StoreLimits};
use lines::{RelayConfig, ThroughConfig};
use open::PlainHttp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Configuration of `amanat node`. Relative paths are relative to the file's folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeConfig {
    /// Number of the member.
    pub member: u16,
    /// Genesis file of the network.
    pub genesis: PathBuf,
    /// Key file of the member.
    pub keys: PathBuf,
    /// Folder of the ledger's data.
    pub data: PathBuf,
    /// Where other nodes reach this one.
    pub listen: SocketAddr,
    /// HTTP interface of the ledger; for this member's own processes only.
    pub api: Endpoint,
    /// Where other members reach this member's custodian of record keys.
    pub custodian: Endpoint,
    /// Where plain HTTP may be spoken.
    #[serde(default, skip_serializing_if = "PlainHttp::is_loopback_only")]
    pub plain_http: PlainHttp,
    /// Which blocks are fetched and kept.
    #[serde(default, skip_serializing_if = "Blocks::is_all")]
    pub blocks: Blocks,
    /// Blocks whose changes of the state are kept for nodes that join; without it 4,096.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_blocks: Option<StateBlocks>,
    /// Memory for pages of the ledger's files, in MiB; without it 256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_mib: Option<CacheMib>,
    /// What its HTTP interface bears.
    #[serde(default, skip_serializing_if = "ApiLimits::is_default")]
    pub api_limits: ApiLimits,
    /// What its custodian bears.
    #[serde(default, skip_serializing_if = "StoreLimits::is_default")]
    pub custodian_limits: StoreLimits,
    /// Folder of the members' public files, which say where the other nodes are. Either this or `peers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members_folder: Option<PathBuf>,
    /// The other nodes, one by one. Either these or `members_folder`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<Peer>,
    /// Relays through which others reach this member: the node and the custodian keep a line to each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub through: Vec<ThroughConfig>,
    /// This member as a relay for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relay: Option<RelayConfig>,
}

/// How many blocks' changes of the state are kept: 64 to 1,000,000. A node that joins must find the state of one block for as long as
/// it fetches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct StateBlocks(u32);

impl TryFrom<u32> for StateBlocks {
    type Error = &'static str;

    fn try_from(blocks: u32) -> Result<Self, &'static str> {
        match blocks {
            64..=1_000_000 => Ok(Self(blocks)),
            _ => Err("state_blocks is 64 to 1,000,000"),
        }
    }
}

impl From<StateBlocks> for u32 {
    fn from(blocks: StateBlocks) -> Self {
        blocks.0
    }
}

/// Whose transactions a node fetches on an empty disk, and keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Blocks {
    /// Every one, and executes it.
    #[default]
    All,
    /// Of recent ones: it takes the state, the receipts and the events of older ones from other members, and drops them after a day.
    Recent,
}

impl Blocks {
    const fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }
}

/// Another node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Number of its member.
    pub member: u16,
    /// Where its node is reached.
    pub address: Place,
}

/// Configuration of `amanat gateway`. Relative paths are relative to the file's folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// Number of the member.
    pub member: u16,
    /// Genesis file of the network.
    pub genesis: PathBuf,
    /// Key file of the member.
    pub keys: PathBuf,
    /// Folder of the read model, the keyring and the vault.
    pub data: PathBuf,
    /// The FHIR door.
    pub listen: SocketAddr,
    /// Certificate of the FHIR door, and what signed it, in PEM. Together with `tls_key`, or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_certificate: Option<PathBuf>,
    /// Secret key of that certificate, in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    /// Base URL of the FHIR door as its clients write it; by default made of `listen`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Where plain HTTP may be spoken.
    #[serde(default, skip_serializing_if = "PlainHttp::is_loopback_only")]
    pub plain_http: PlainHttp,
    /// Health and metrics of this process, in plain, for this member's own monitoring; without it there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<SocketAddr>,
    /// What the FHIR door bears.
    #[serde(default, skip_serializing_if = "DoorLimits::is_default")]
    pub door_limits: DoorLimits,
    /// What the vault bears.
    #[serde(default, skip_serializing_if = "StoreLimits::is_default")]
    pub vault_limits: StoreLimits,
    /// Where other members reach this member's vault.
    pub vault: Endpoint,
    /// Most bytes that the vault keeps.
    pub vault_bytes_max: u64,
    /// HTTP interface of this member's own node.
    pub node: Endpoint,
    /// Clients that may ask for tokens (SMART Backend Services): a TOML file.
    pub clients: PathBuf,
    /// Folder of the members' public files, which say where vaults and custodians are. Either this or `members`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members_folder: Option<PathBuf>,
    /// Vaults and custodians of all members, this one's too, one by one. Either these or `members_folder`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberDoors>,
    /// Relays through which others reach this member: the vault keeps a line to each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub through: Vec<ThroughConfig>,
}

/// Where a member's vault and custodian are reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberDoors {
    /// Number of the member.
    pub member: u16,
    /// Its vault.
    pub vault: Reach,
    /// Its custodian.
    pub custodian: Reach,
    /// The key that both prove over TLS, hexadecimal: its vault key. By default the one in the genesis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Where both are reached too, vault before custodian: a member's own public file says so.
    #[serde(skip)]
    pub also: Vec<(Reach, Reach)>,
}

/// A configuration file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read or written.
    #[error("configuration {path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not as it must be.
    #[error("configuration {path}: {what}")]
    Shape {
        /// Which file.
        path: String,
        /// Where, what is wrong, and what to do.
        what: String,
    },
}

impl ConfigError {
    /// Whether the file was shown to be wrong, rather than not read.
    pub const fn is_no(&self) -> bool {
        matches!(self, Self::Shape { .. })
    }
}

/// Reads a configuration file.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::File {
        path: path.display().to_string(),
        source,
    })?;
    parse(&path.display().to_string(), &text)
}

/// Reads the text of the file `named`. An error says the line and the key, and what to do; it shows no value.
pub fn parse<T: DeserializeOwned>(named: &str, text: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let message = error.message();
        let at = error.span().and_then(|span| text.get(..span.start));
        let line = at.map(|before| before.matches('\n').count());
        let place = match line {
            // A missing key stands nowhere.
            Some(line) if !message.starts_with("missing field") => {
                let key = text.lines().nth(line).and_then(|line| line.split_once('='));
                let key = key
                    .map(|(key, _)| key.trim())
                    .filter(|key| !message.contains(key));
                let key = key.map_or(String::new(), |key| format!("{key}: "));
                format!("line {}: {key}", line + 1)
            }
            _ => String::new(),
        };
        let advice = if text.trim().is_empty() {
            "the file is empty: "
        } else if message.starts_with("missing field") {
            "the file is not whole: "
        } else {
            ""
        };
        let what =
            format!("{place}{advice}{message}; docs/operate/configuration.md names every key");
        ConfigError::Shape {
            path: named.to_owned(),
            what,
        }
    })
}

/// Writes a configuration file.
pub fn write<T: Serialize>(path: &Path, config: &T) -> Result<(), ConfigError> {
    let text = toml::to_string(config).map_err(|e| ConfigError::Shape {
        path: path.display().to_string(),
        what: e.to_string(),
    })?;
    std::fs::write(path, text).map_err(|source| ConfigError::File {
        path: path.display().to_string(),
        source,
    })
}

/// `path` as seen from the folder of the configuration file `config`.
pub fn beside(config: &Path, path: &Path) -> PathBuf {
    match config.parent() {
        Some(folder) => folder.join(path),
        None => path.to_owned(),
    }
}
