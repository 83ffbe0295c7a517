//! A member leaves: its records go to a successor or into a folder first (`docs/operate/members.md`, decision 0006).
mod check;
pub mod custody;
pub mod export;
pub(crate) mod folder;
pub mod keep;
mod member;

pub use custody::demand_no_records;

use crate::command_error::CommandError;
use amanat_client::Fault;
use amanat_exchange::Error;

/// A refusal says no; a fault leaves it open.
fn failed(subject: &str, error: &Error) -> CommandError {
    match error {
        Error::Refused(refusal) => CommandError::rule(subject, "refused", refusal.to_string()),
        other => CommandError::Unknown(other.to_string()),
    }
}

/// The own node did not tell.
fn unknown(fault: &Fault) -> CommandError {
    CommandError::Unknown(fault.to_string())
}
