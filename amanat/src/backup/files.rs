//! Files of a backup: found, copied with their digest, synced.
use crate::command_error::CommandError;
use amanat_client::disk::sync_folder;
use commonware_cryptography::{Hasher as _, Sha256};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Bytes that are copied at once.
const CHUNK: usize = 1024 * 1024;
/// Folders within one another at most.
const DEPTH_MAX: usize = 32;

/// Size and SHA-256 of a file that was read to its end, and written to `to` durably if that is given.
///
/// `to` must not exist; it is its owner's alone, and so are folders that are made for it.
pub fn digest(from: &Path, to: Option<&Path>) -> Result<(u64, String), CommandError> {
    let failed = CommandError::file(&from.display().to_string());
    let mut source = File::open(from).map_err(&failed)?;
    let mut target = to.map(create).transpose()?;
    let (mut hasher, mut size) = (Sha256::default(), 0u64);
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = source.read(&mut buffer).map_err(&failed)?;
        let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else {
            break;
        };
        hasher.update(chunk);
        size = size.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        if let Some((file, path)) = &mut target {
            let failed = CommandError::file(&path.display().to_string());
            file.write_all(chunk).map_err(failed)?;
        }
    }
    if let Some((file, path)) = target {
        let failed = CommandError::file(&path.display().to_string());
        file.sync_all().map_err(failed)?;
    }
    Ok((size, hex::encode(hasher.finalize().1.0)))
}

fn create(path: &Path) -> Result<(File, PathBuf), CommandError> {
    let failed = CommandError::file(&path.display().to_string());
    if let Some(folder) = path.parent() {
        folders(folder)?;
    }
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    Ok((file.map_err(failed)?, path.to_owned()))
}

/// Makes a folder and those above it, its owner's alone.
pub fn folders(folder: &Path) -> Result<(), CommandError> {
    let failed = CommandError::file(&folder.display().to_string());
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(failed)
}

/// Paths of all files below `root`, relative to it, ascending. Links and other strange things are refused.
pub fn below(root: &Path) -> Result<Vec<PathBuf>, CommandError> {
    let mut found = Vec::new();
    let mut open = vec![(PathBuf::new(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let at = root.join(&folder);
        let failed = CommandError::file(&at.display().to_string());
        for entry in std::fs::read_dir(&at).map_err(&failed)? {
            let entry = entry.map_err(&failed)?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type().map_err(&failed)?;
            if kind.is_dir() && depth < DEPTH_MAX {
                open.push((path, depth + 1));
            } else if kind.is_file() {
                found.push(path);
            } else {
                let named = at.join(entry.file_name()).display().to_string();
                let rule = "neither a file nor a folder, or too deep: take it out";
                return Err(CommandError::rule(named, "kind", rule));
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Makes all names below `root` durable.
pub fn sync_all(root: &Path, files: &[PathBuf]) -> Result<(), CommandError> {
    let folders = files.iter().flat_map(|path| path.ancestors().skip(1));
    let mut folders: Vec<PathBuf> = folders.map(|folder| root.join(folder)).collect();
    folders.push(root.to_owned());
    folders.extend(root.parent().map(Path::to_owned));
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        let failed = CommandError::file(&folder.display().to_string());
        sync_folder(&folder).map_err(failed)?;
    }
    Ok(())
}
