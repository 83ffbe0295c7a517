//! The file `restored` in a node's data folder: votes of this node may have been forgotten, so it must not vote yet.
//!
//! A node that forgot a vote and votes again in the same epoch may sign two blocks of one height, which is what a hostile
//! validator does. Whoever takes votes away from a node, a restore or a quarantine, writes this file first. The node
//! heeds that it is there ([`crate::run::past`]): it follows for two epochs, and removes the file once that is noted on
//! its disk. What the file says is for people.
use crate::command_error::CommandError;
use amanat_client::disk::sync_folder;
use amanat_types::TimestampMs;
use serde::Serialize;
use std::io::Write as _;
use std::path::Path;

/// Name of the file.
pub const NAME: &str = "restored";

/// Why a node may have forgotten votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// Its folder was restored from a backup.
    Restore,
    /// Damaged votes were moved aside.
    Quarantine,
}

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// What was done.
    pub reason: Reason,
    /// The latest epoch that was known then. Votes of it and of any later one up to the network's own may be forgotten.
    pub epoch: u64,
    /// When, in milliseconds since 1970 by this machine's clock.
    pub time_ms: u64,
}

impl Restored {
    /// What is to be written now.
    pub fn now(reason: Reason, epoch: u64, now: TimestampMs) -> Self {
        Self {
            reason,
            epoch,
            time_ms: now.get(),
        }
    }

    /// Writes it durably into a node's data folder, in place of an older one.
    pub fn write(&self, folder: &Path) -> Result<(), CommandError> {
        let path = folder.join(NAME);
        let failed = CommandError::file(&path.display().to_string());
        let text = toml::to_string(self).map_err(|error| {
            CommandError::rule(path.display().to_string(), "restored", error.to_string())
        })?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(&failed)?;
        file.write_all(text.as_bytes()).map_err(&failed)?;
        file.as_file().sync_all().map_err(&failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        sync_folder(folder).map_err(&failed)
    }
}

#[cfg(test)]
mod tests {
    use super::{NAME, Reason, Restored};
    use crate::run::past;
    use amanat_node::PastVotes;
    use amanat_types::TimestampMs;

    #[test]
    fn a_node_heeds_the_file_and_it_says_why() {
        let folder = tempfile::tempdir().expect("a folder");
        past::mark_new(folder.path()).expect("marks");
        assert_eq!(past::votes(folder.path()), PastVotes::None);
        for (reason, epoch) in [(Reason::Restore, 3), (Reason::Quarantine, 4)] {
            let restored = Restored::now(reason, epoch, TimestampMs::new(7));
            restored.write(folder.path()).expect("writes");
            assert_eq!(past::votes(folder.path()), PastVotes::Elsewhere);
        }
        let text = std::fs::read_to_string(folder.path().join(NAME)).expect("reads");
        assert_eq!(text, "reason = \"quarantine\"\nepoch = 4\ntime_ms = 7\n");
    }
}
