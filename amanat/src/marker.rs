//! The file `restored` in a node's data folder: votes of this node may have been forgotten, so it must not vote yet.
//!
//! A node that forgot a vote and votes again in the same epoch may sign two blocks of one height, which is what a hostile
//! validator does. Whoever takes votes away from a node, a restore or a quarantine, writes this file first; it is gone
//! only once an epoch has begun in which the node has not voted.
use crate::command_error::CommandError;
use amanat_client::disk::sync_folder;
use amanat_types::TimestampMs;
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::path::Path;

/// Name of the file.
pub const NAME: &str = "restored";
/// Bytes of it at most.
const BYTES_MAX: u64 = 4096;

/// Why a node may have forgotten votes, and of which epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// Its folder was restored from a backup.
    Restore,
    /// Damaged votes were moved aside.
    Quarantine,
}

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

    /// Writes it durably into a node's data folder. One that is there already and knows of a later epoch stays.
    pub fn write(&self, folder: &Path) -> Result<(), CommandError> {
        if read(folder)?.is_some_and(|present| present.epoch >= self.epoch) {
            return Ok(());
        }
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

/// What the file in a node's data folder says; nothing if there is none. One that does not read is an error, not none.
pub fn read(folder: &Path) -> Result<Option<Restored>, CommandError> {
    let path = folder.join(NAME);
    let named = path.display().to_string();
    let size = match std::fs::metadata(&path) {
        Ok(about) => about.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(CommandError::file(&named)(error)),
    };
    if size > BYTES_MAX {
        let rule = format!("it has {size} bytes; at most {BYTES_MAX} are read");
        return Err(CommandError::rule(named, "restored", rule));
    }
    let text = std::fs::read_to_string(&path).map_err(CommandError::file(&named))?;
    let parsed = toml::from_str(&text);
    let parsed = parsed.map_err(|error| {
        let rule = format!(
            "{}; the node must not vote while it is in doubt",
            error.message()
        );
        CommandError::rule(named, "restored", rule)
    })?;
    Ok(Some(parsed))
}

#[cfg(test)]
mod tests {
    use super::{NAME, Reason, Restored, read};
    use amanat_types::TimestampMs;

    #[test]
    fn the_file_names_the_latest_epoch_and_is_never_taken_for_absent() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(read(folder.path()).expect("reads"), None);
        let of = |epoch| Restored::now(Reason::Restore, epoch, TimestampMs::new(7));
        of(3).write(folder.path()).expect("writes");
        assert_eq!(read(folder.path()).expect("reads"), Some(of(3)));
        of(2).write(folder.path()).expect("writes");
        assert_eq!(read(folder.path()).expect("reads"), Some(of(3)));
        of(4).write(folder.path()).expect("writes");
        assert_eq!(read(folder.path()).expect("reads"), Some(of(4)));
        for text in [
            "",
            "epoch = 4",
            "reason = \"whim\"\nepoch = 4\ntime_ms = 1\n",
        ] {
            std::fs::write(folder.path().join(NAME), text).expect("writes");
            assert!(read(folder.path()).expect_err("in doubt").is_no());
        }
    }
}
