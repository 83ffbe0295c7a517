//! A small disk under one member's data folder, which can be filled: a tmpfs, mounted by the machine's own `mount`.
use super::super::LabError;
use crate::run::past;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bytes of the disk: far more than a run writes.
const BYTES: u64 = 256 * 1024 * 1024;
/// The file that fills it.
const BALLAST: &str = "ballast";

/// A mounted disk; unmounted when it is dropped, and what was on it is gone.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    mounted: bool,
}

impl Disk {
    /// Mounts one under the data folder of keys that were just made. Why it cannot be is in the error.
    pub fn mount(folder: &Path) -> Result<Self, LabError> {
        let size = format!("size={BYTES},mode=700");
        run("mount", &["-t", "tmpfs", "-o", &size, "amanat-lab"], folder)?;
        let disk = Self {
            folder: folder.to_owned(),
            mounted: true,
        };
        past::mark_new(folder).map_err(failed("data folder"))?;
        Ok(disk)
    }

    /// Fills it to the last byte.
    pub fn fill(&self) -> Result<(), LabError> {
        let path = self.folder.join(BALLAST);
        let mut file = File::create(&path).map_err(failed("ballast"))?;
        let mut chunk = vec![0xa5; 1024 * 1024];
        while !chunk.is_empty() {
            match file.write(&chunk) {
                Ok(1..) => {}
                // What does not fit whole fits in part.
                _ => chunk.truncate(chunk.len() / 2),
            }
        }
        Ok(())
    }

    /// Makes room again.
    pub fn make_room(&self) -> Result<(), LabError> {
        match std::fs::remove_file(self.folder.join(BALLAST)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(failed("ballast")(error))
            }
            _ => Ok(()),
        }
    }

    /// Unmounts it and leaves what was on it in the folder.
    pub fn keep(mut self) -> Result<(), LabError> {
        let copy = self.folder.with_extension("kept");
        run("cp", &["-a", &self.folder.display().to_string()], &copy)?;
        self.unmount()?;
        std::fs::remove_dir_all(&self.folder).map_err(failed("data folder"))?;
        std::fs::rename(copy, &self.folder).map_err(failed("data folder"))
    }

    fn unmount(&mut self) -> Result<(), LabError> {
        if self.mounted {
            run("umount", &[], &self.folder)?;
        }
        self.mounted = false;
        Ok(())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Err(error) = self.unmount() {
            eprintln!("amanat-lab: {error}");
        }
    }
}

fn failed(what: &str) -> impl FnOnce(std::io::Error) -> LabError {
    let what = what.to_owned();
    move |source| LabError::Machine { what, source }
}

/// Runs a program of the machine on `path`; an error holds what it said.
fn run(program: &str, arguments: &[&str], path: &Path) -> Result<(), LabError> {
    let mut command = Command::new(program);
    let output = command.args(arguments).arg(path).output();
    let output = output.map_err(failed(program))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or("it does not say why");
    Err(failed(program)(std::io::Error::other(said.to_owned())))
}
