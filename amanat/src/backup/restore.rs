//! Brings a member back from a backup, into a folder that is not there yet.
use super::files::{below, digest, folders, sync_all};
use super::manifest::{FILE_NAME, Item, MANIFEST_BYTES_MAX, Manifest};
use crate::command_error::CommandError;
use crate::config::{self, NodeConfig};
use crate::marker;
use amanat_types::TimestampMs;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// The manifest.
    pub manifest: Manifest,
    /// Bytes of all files.
    pub bytes: u64,
    /// The file that keeps the node from voting; none if nothing was written.
    pub marker: Option<PathBuf>,
}

/// Checks the backup in `from` whole, then writes it into the new folder `to`; without `to` it is only checked.
///
/// The node's data folder is marked first ([`crate::marker`]), so that a restore that is cut off leaves nothing that votes.
pub fn restore(from: &Path, to: Option<&Path>, now: TimestampMs) -> Result<Restored, CommandError> {
    if let Some(to) = to
        && to.symlink_metadata().is_ok()
    {
        let rule = "is there already; nothing was written. Name another";
        return Err(CommandError::rule(to.display().to_string(), "dir", rule));
    }
    let manifest = read(from)?;
    complete(from, &manifest)?;
    for item in &manifest.files {
        same(from, item, None)?;
    }
    let node: NodeConfig = config::read(&from.join(&manifest.node))?;
    if node.member != manifest.member {
        let rule = "is not the member of the node's configuration";
        return Err(CommandError::rule(named(from), "member", rule));
    }
    let marker = match to {
        Some(to) => Some(write(from, to, &node.data, &manifest, now)?),
        None => None,
    };
    let bytes = manifest.files.iter().map(|item| item.bytes);
    Ok(Restored {
        bytes: bytes.fold(0, u64::saturating_add),
        manifest,
        marker,
    })
}

fn named(from: &Path) -> String {
    from.join(FILE_NAME).display().to_string()
}

fn read(from: &Path) -> Result<Manifest, CommandError> {
    let path = from.join(FILE_NAME);
    let failed = CommandError::file(&named(from));
    let size = std::fs::metadata(&path).map_err(&failed)?.len();
    if size > MANIFEST_BYTES_MAX {
        let rule = format!("it has {size} bytes; at most {MANIFEST_BYTES_MAX} are read");
        return Err(CommandError::rule(named(from), "size", rule));
    }
    let text = std::fs::read_to_string(&path).map_err(&failed)?;
    let parsed = Manifest::parse(&text);
    parsed.map_err(|error| CommandError::rule(named(from), "manifest", error.to_string()))
}

/// No file is missing, and none is there that the manifest does not name.
fn complete(from: &Path, manifest: &Manifest) -> Result<(), CommandError> {
    let found: BTreeSet<PathBuf> = below(from)?.into_iter().collect();
    let mut listed: BTreeSet<PathBuf> = manifest
        .files
        .iter()
        .map(|item| item.path.clone())
        .collect();
    listed.insert(PathBuf::from(FILE_NAME));
    let wrong = |path: &Path, rule: &str| {
        CommandError::rule(from.join(path).display().to_string(), "file", rule)
    };
    if let Some(missing) = listed.difference(&found).next() {
        return Err(wrong(missing, "stands in the manifest and is missing"));
    }
    match found.difference(&listed).next() {
        Some(strange) => Err(wrong(strange, "does not stand in the manifest")),
        None => Ok(()),
    }
}

/// A file is what the manifest says, and is written to `to` if that is given.
fn same(from: &Path, item: &Item, to: Option<&Path>) -> Result<(), CommandError> {
    let path = from.join(&item.path);
    let (bytes, digest) = digest(&path, to)?;
    match bytes == item.bytes && digest == item.digest {
        true => Ok(()),
        false => {
            let rule = "is not what the manifest says: its size or its SHA-256 is another";
            Err(CommandError::rule(path.display().to_string(), "file", rule))
        }
    }
}

fn write(
    from: &Path,
    to: &Path,
    data: &Path,
    manifest: &Manifest,
    now: TimestampMs,
) -> Result<PathBuf, CommandError> {
    if !super::manifest::is_plain(data) {
        let rule = "data: must be a relative path below the configuration's folder";
        return Err(CommandError::rule(named(from), "node", rule));
    }
    let folder = to.join(data);
    folders(&folder)?;
    let path = folder.join(marker::NAME);
    let older = data.join(marker::NAME);
    let reason = marker::Reason::Restore;
    marker::Restored::now(reason, manifest.epoch, now).write(&folder)?;
    let mut paths = vec![older.clone()];
    for item in &manifest.files {
        // A marker of before is older than the one that stands.
        if item.path != older {
            same(from, item, Some(&to.join(&item.path)))?;
            paths.push(item.path.clone());
        }
    }
    sync_all(to, &paths)?;
    Ok(path)
}
