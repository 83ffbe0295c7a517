//! The engine's hold on a ledger's folder: one process at a time.
use super::blob::DiskError;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// File that the engine locks.
const HOLD: &str = ".hold";

/// No node runs on the folder while this is kept.
pub struct Lock {
    _file: Option<File>,
}

/// Keeps nodes off `folder`; nothing if one runs on it. A folder on which none ever ran has no lock and needs none.
pub fn lock(folder: &Path) -> Result<Option<Lock>, DiskError> {
    let path = folder.join(HOLD);
    if !path.exists() {
        return Ok(Some(Lock { _file: None }));
    }
    let file = OpenOptions::new().read(true).open(&path);
    let file = file.map_err(DiskError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock { _file: Some(file) })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(DiskError::io(&path)(error)),
    }
}
