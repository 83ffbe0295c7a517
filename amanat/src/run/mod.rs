//! The two processes of a member: `amanat node` (validator, and custodian of record keys) and `amanat gateway` (FHIR door and vault).
mod damage;
mod ending;
mod erase;
mod error;
pub mod gateway;
mod lines;
mod measure;
mod members;
pub mod node;
mod observe;
pub mod past;
mod tls;

pub use ending::{last_words, stop_with_stdin};
pub use error::RunError;
pub(crate) use lines::{Lines, throughs};
pub(crate) use members::{member_doors, node_addresses, own_keys};
pub(crate) use tls::{
    OWN_NODE, door_acceptor, founding_key, needs_key, own_key, own_node, stores_doors,
};

use amanat_types::MemberId;
use error::io;

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
