//! Refusals and faults, apart in the type. A refusal is a lawful no; a fault means that this node must stop and say so.
use amanat_types::{Refusal, StateKey};

/// Something broke: a bug of [`crate::keys`], a rotten store, or rules newer than this program. Never the transaction's doing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A key was read that was not loaded.
    #[error("the {what} under state key {key} was not loaded")]
    NotLoaded {
        /// Name of the value's kind, as in `docs/state.md`.
        what: &'static str,
        /// Its key.
        key: StateKey,
    },
    /// A stored value does not decode.
    #[error("the {what} under state key {key} does not decode")]
    Corrupt {
        /// Name of the value's kind, as in `docs/state.md`.
        what: &'static str,
        /// Its key.
        key: StateKey,
    },
    /// A value that every network has from genesis on is absent.
    #[error("the {what} is absent from the state")]
    Absent {
        /// Name of the value's kind, as in `docs/state.md`.
        what: &'static str,
    },
    /// A list outgrew the bound that its own rules keep.
    #[error("a list of {what} outgrew its bound")]
    Outgrown {
        /// What is listed.
        what: &'static str,
    },
    /// The rules in force are not known to this program.
    #[error(
        "protocol version {0} is in force, which this program does not know: install a newer one"
    )]
    ProtocolUnknown(u16),
}

/// Why a call, an admission or a release did not go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// A lawful no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something broke.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A block holds a transaction that admission refuses: the block is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("transaction {index} of the block is inadmissible: {refusal}")]
pub struct Inadmissible {
    /// Position of the transaction.
    pub index: usize,
    /// Why.
    pub refusal: Refusal,
}

/// Why a block was not executed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The block is invalid.
    #[error(transparent)]
    Inadmissible(#[from] Inadmissible),
    /// This node broke.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// `Ok` if `holds`, else the refusal.
pub fn require(holds: bool, refusal: Refusal) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(refusal) }
}
