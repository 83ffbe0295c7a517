//! What a folder takes, what is free beside it, and whether it takes a durable write.
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Files that are looked at: more than any member has by orders.
const FILES_MAX: usize = 1_000_000;

/// Parts of a node's data: label, and file or folder below it.
pub const NODE_PARTS: &[(&str, &str)] = &[("ledger", "ledger"), ("custodian", "custodian")];
/// Parts of a gateway's data.
pub const GATEWAY_PARTS: &[(&str, &str)] = &[
    ("vault", "vault"),
    ("exchange", "exchange/exchange.redb"),
    ("read_models", "exchange/read-model.redb"),
];

/// Bytes of a file, or of all files below a folder; links are not followed. Nothing if it is not there.
pub fn used(folder: &Path) -> Option<u64> {
    let mut bytes = 0u64;
    let mut files = 0;
    let mut folders = vec![folder.to_owned()];
    if let Ok(about) = folder.symlink_metadata()
        && about.is_file()
    {
        return Some(about.len());
    }
    if !folder.is_dir() {
        return None;
    }
    while let Some(at) = folders.pop() {
        // A folder or file that vanishes while it is counted counts nothing.
        for entry in std::fs::read_dir(at).ok()?.flatten() {
            let Ok(about) = entry.metadata() else {
                continue;
            };
            files += 1;
            if about.is_dir() {
                folders.push(entry.path());
            } else {
                bytes = bytes.saturating_add(about.len());
            }
            if files > FILES_MAX {
                return None;
            }
        }
    }
    Some(bytes)
}

/// Bytes that a process may still write where `folder` is, or will be.
pub fn free(folder: &Path) -> Option<u64> {
    let about = rustix::fs::statvfs(existing(folder)?).ok()?;
    about.f_bavail.checked_mul(about.f_frsize)
}

/// `folder`, or the nearest folder above it that is there.
pub fn existing(folder: &Path) -> Option<&Path> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    if folder.symlink_metadata().is_ok() {
        return Some(folder);
    }
    existing(folder.parent()?)
}

/// Writes and syncs one megabyte in a file of its own, which is removed again; says how long that took.
pub fn write(folder: &Path) -> std::io::Result<Duration> {
    let start = Instant::now();
    let mut file = tempfile::Builder::new()
        .prefix(".amanat-doctor-")
        .tempfile_in(folder)?;
    file.write_all(&[0x5a; 1024 * 1024])?;
    file.as_file().sync_all()?;
    Ok(start.elapsed())
}

/// `12 GiB`, `3 MiB`, `17 KiB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        1_048_576..10_737_418_240 => format!("{} MiB", bytes / 1_048_576),
        _ => format!("{} GiB", bytes / 1_073_741_824),
    }
}

/// The folder as an absolute path, for messages.
pub fn shown(folder: &Path) -> PathBuf {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())
}
