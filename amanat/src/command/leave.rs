//! Commands by which a member's records go to another before it leaves. Each ends with 0 (it held), 1 (it did not), 2 (it could not be told).
use crate::answer::Answer;
use crate::command_error::CommandError;
use crate::leaving::{custody, export, keep};
use clap::Subcommand;

/// Commands by which a member's records go to another before it leaves.
#[derive(Subcommand)]
pub enum Leave {
    /// Tells how many records each member keeps, and how many of them too few active members hold.
    Custody(custody::Arguments),
    /// Takes over the records of a member that named this one its successor. May be stopped and run again.
    TakeOver(keep::TakeOverArguments),
    /// Brings the records of this member back to f+1 active holders, after one was suspended or removed. May be stopped and run again.
    Spread(keep::SpreadArguments),
    /// Writes all records that this member keeps into a folder, sealed, each with its proof; or checks such a folder offline.
    Export(export::Arguments),
}

/// Runs one of them.
pub async fn leave(command: Leave) -> Result<Answer, CommandError> {
    match command {
        Leave::Custody(arguments) => custody::run(&arguments).await,
        Leave::TakeOver(arguments) => keep::take_over(&arguments).await,
        Leave::Spread(arguments) => keep::spread(&arguments).await,
        Leave::Export(arguments) => export::run(&arguments).await,
    }
}
