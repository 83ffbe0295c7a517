//! Configuration of the two processes of a member: TOML, every key documented, unknown keys refused.
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
    pub api: SocketAddr,
    /// Where other members reach this member's custodian of record keys.
    pub custodian: SocketAddr,
    /// The other nodes.
    pub peers: Vec<Peer>,
}

/// Another node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Number of its member.
    pub member: u16,
    /// Its `listen` address.
    pub address: SocketAddr,
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
    /// Where other members reach this member's vault.
    pub vault: SocketAddr,
    /// Most bytes that the vault keeps.
    pub vault_bytes_max: u64,
    /// HTTP interface of this member's own node.
    pub node: SocketAddr,
    /// Clients that may ask for tokens (SMART Backend Services): a TOML file.
    pub clients: PathBuf,
    /// Vaults and custodians of all members, this one's too.
    pub members: Vec<MemberDoors>,
}

/// Where a member's vault and custodian are reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberDoors {
    /// Number of the member.
    pub member: u16,
    /// Its vault.
    pub vault: SocketAddr,
    /// Its custodian.
    pub custodian: SocketAddr,
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
        /// What is wrong.
        what: String,
    },
}

/// Reads a configuration file.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::File {
        path: path.display().to_string(),
        source,
    })?;
    toml::from_str(&text).map_err(|e| ConfigError::Shape {
        path: path.display().to_string(),
        what: e.to_string().trim_end().to_owned(),
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
