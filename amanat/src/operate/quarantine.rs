//! Damaged partitions are moved beside the ledger, so that a node starts without them. Nothing is deleted.
use crate::command_error::CommandError;
use crate::marker::{Reason, Restored};
use amanat_client::disk::sync_folder;
use amanat_node::disk::{Cure, PREFIX, Part, partitions};
use amanat_node::scrub::{Report, hold};
use amanat_types::TimestampMs;
use std::path::{Path, PathBuf};

/// Moves the damaged parts that a node can do without; gives the folder and the names, or nothing if there are none.
///
/// An archive is moved as a whole, its index with its values. Where votes are moved the node's folder is marked first
/// ([`crate::marker`]). Parts that only a re-sync cures stay where they are: without them the rest is worth nothing.
pub fn quarantine(
    data: &Path,
    report: &Report,
    now: TimestampMs,
) -> Result<Option<(PathBuf, Vec<String>)>, CommandError> {
    let parts: Vec<Part> = report
        .parts()
        .into_iter()
        .filter(|part| matches!(part.cure(), Cure::Rebuild | Cure::Forgo | Cure::Observe))
        .collect();
    if parts.is_empty() {
        return Ok(None);
    }
    let unknown = |error: &dyn std::fmt::Display| CommandError::Unknown(error.to_string());
    let ledger = data.join("ledger");
    let _lock = hold(&ledger).map_err(|error| unknown(&error))?;
    let votes = parts.iter().filter_map(|part| match part {
        Part::Votes(epoch) => Some(*epoch),
        Part::VoteFrom => Some(0),
        _ => None,
    });
    if let Some(epoch) = votes.max() {
        Restored::now(Reason::Quarantine, epoch, now).write(data)?;
    }
    let folder = data.join("quarantine").join(dated(now));
    let failed = CommandError::file(&folder.display().to_string());
    std::fs::create_dir_all(&folder).map_err(&failed)?;
    let mut names = Vec::new();
    for partition in partitions(&ledger, PREFIX).map_err(|error| unknown(&error))? {
        if parts.contains(&partition.part) {
            let to = folder.join(&partition.name);
            std::fs::rename(&partition.path, to).map_err(&failed)?;
            names.push(partition.name);
        }
    }
    for changed in [&folder, &ledger, &data.join("quarantine"), data] {
        sync_folder(changed).map_err(&failed)?;
    }
    Ok(Some((folder, names)))
}

/// A time as the name of a folder.
fn dated(now: TimestampMs) -> String {
    crate::verify::instant(now).replace(':', "-")
}
