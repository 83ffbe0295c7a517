//! Why a process of a member cannot run, or had to end.
use crate::command_error::CommandError;
use crate::config::ConfigError;
use crate::genesis_file::GenesisFileError;
use crate::keys::KeysError;
use amanat_client::Fault;

/// A process that cannot run, or had to end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Its configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The genesis.
    #[error(transparent)]
    Genesis(#[from] GenesisFileError),
    /// The members' public files.
    #[error(transparent)]
    Members(#[from] CommandError),
    /// A field of the configuration does not agree with the rest.
    #[error("configuration: {field}: {rule}")]
    Field {
        /// Which field.
        field: &'static str,
        /// Which rule it breaks.
        rule: String,
    },
    /// The FHIR door's certificate.
    #[error(transparent)]
    Certificate(#[from] amanat_tls::PemError),
    /// A socket or a folder.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A store, a journal, the ledger.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The node.
    #[error("node: {0}")]
    Node(String),
    /// The exchange.
    #[error("exchange: {0}")]
    Exchange(String),
    /// The FHIR door.
    #[error("gateway: {0}")]
    Gateway(String),
}

/// What was tried, around what the system said.
pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> RunError {
    let what = what.into();
    move |source| RunError::Io { what, source }
}
