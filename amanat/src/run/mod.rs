//! The two processes of a member: `amanat node` (validator, and custodian of record keys) and `amanat gateway` (FHIR door and vault).
mod damage;
mod ending;
pub mod gateway;
mod lines;
mod measure;
mod members;
pub mod node;
mod observe;
pub mod past;
mod tls;

pub use ending::{last_words, stop_with_stdin};
pub(crate) use lines::throughs;
pub(crate) use members::{member_doors, node_addresses, own_keys};
pub(crate) use tls::{OWN_NODE, door_acceptor, founding_key, needs_key, own_key, own_node};

use crate::command_error::CommandError;
use crate::config::ConfigError;
use crate::genesis_file::GenesisFileError;
use crate::keys::KeysError;
use amanat_client::Fault;
use amanat_types::MemberId;

/// Position of the transaction key that each user of a member's keys has for itself; one key serves one process.
pub mod key {
    /// The gateway's use cases.
    pub const EXCHANGE: usize = 0;
    /// Transactions by hand.
    pub const HAND: usize = 1;
    /// Anchors of the vault's journal.
    pub const VAULT: usize = 2;
    /// Anchors of the custodian's journal.
    pub const CUSTODIAN: usize = 3;
    /// How many keys a member needs.
    pub const COUNT: usize = 4;
}

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

fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> RunError {
    let what = what.into();
    move |source| RunError::Io { what, source }
}

/// The member of a configuration. The genesis need not name it: members come by vote.
fn known(member: u16) -> Result<MemberId, RunError> {
    match member {
        0 => Err(RunError::Field {
            field: "member",
            rule: "numbers begin with 1".to_owned(),
        }),
        _ => Ok(MemberId::new(member)),
    }
}
