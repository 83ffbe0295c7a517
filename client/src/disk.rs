//! Files that are only appended to, and the few places where one is overwritten, behind small traits, so that tests can make a disk fail or fill up.
use crate::Fault;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// A file that is only appended to. After one failed operation it must not be used again.
pub trait AppendFile: Send {
    /// Appends all of `bytes`. They are durable after [`Self::sync`].
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes everything appended so far durable.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file of which bytes are overwritten in place. After one failed operation it must not be used again.
pub trait PatchFile: Send {
    /// Writes all of `bytes` over those at `offset`. They are durable after [`Self::sync`].
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Makes everything overwritten so far durable.
    fn sync(&mut self) -> io::Result<()>;
}

/// Opens files to append to.
pub trait Disk: Send + Sync + 'static {
    /// Opens `path` at its end, creating it durably if it is not there.
    fn open(&self, path: &Path) -> io::Result<Box<dyn AppendFile>>;

    /// Opens `path`, which is there, to overwrite bytes of it.
    fn patch(&self, path: &Path) -> io::Result<Box<dyn PatchFile>> {
        Ok(Box::new(OpenOptions::new().write(true).open(path)?))
    }
}

/// The machine's file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalDisk;

impl AppendFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

impl PatchFile for File {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

impl Disk for LocalDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn AppendFile>> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        file.sync_all()?;
        if let Some(folder) = path.parent() {
            sync_folder(folder)?;
        }
        Ok(Box::new(file))
    }
}

/// Makes the names in `folder` durable.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    File::open(folder)?.sync_all()
}

/// Runs blocking work aside, or in place where there is no tokio runtime (the simulator's).
pub async fn offload<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    if tokio::runtime::Handle::try_current().is_err() {
        return Ok(work());
    }
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Fault::Storage {
        what: "finish work on the disk".into(),
        source: io::Error::other(error),
    })
}

/// Takes `path` for this process alone, until the file is dropped.
pub fn lock_alone(path: &Path) -> Result<File, Fault> {
    let opened = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path);
    let file = opened.map_err(|source| Fault::storage("open the lock file", source))?;
    file.try_lock().map_err(|error| Fault::Storage {
        what: "lock the folder: another process uses it".into(),
        source: error.into(),
    })?;
    Ok(file)
}
