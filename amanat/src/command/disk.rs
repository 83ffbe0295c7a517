//! Commands about what a member has on disk. Each ends with 0 (it held), 1 (it did not), 2 (it could not be told).
use crate::answer::Answer;
use crate::command_error::CommandError;
use crate::operate::{backup, replay, scrub};
use clap::Subcommand;

/// Commands about what a member has on disk.
#[derive(Subcommand)]
pub enum Disk {
    /// Executes the ledger again from genesis and compares every root of every block, and every certificate.
    Replay(Box<replay::Arguments>),
    /// Reads every file of a stopped node and names what is damaged. It repairs nothing.
    Scrub(scrub::Arguments),
    /// Copies what a member cannot get back from the others into a new folder with a manifest.
    Backup(backup::BackupArguments),
    /// Checks a backup, and brings the member back into a new folder. Its node follows for two epochs before it votes.
    Restore(backup::RestoreArguments),
}

/// Runs one of them.
pub fn disk(command: Disk) -> Result<Answer, CommandError> {
    match command {
        Disk::Replay(arguments) => replay::run(&arguments),
        Disk::Scrub(arguments) => scrub::run(&arguments),
        Disk::Backup(arguments) => backup::take(&arguments),
        Disk::Restore(arguments) => backup::bring_back(&arguments),
    }
}
