//! A clock that jumps: one member's node runs under libfaketime, which adds what a file says to the time of day and leaves the monotonic clock alone.
//!
//! A time namespace would not do: it shifts the monotonic clocks and not the time of day (time_namespaces(7)).
use super::super::LabError;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where distributions put the library.
const FOLDERS: [&str; 5] = [
    "/usr/lib/x86_64-linux-gnu/faketime",
    "/usr/lib/aarch64-linux-gnu/faketime",
    "/usr/lib64/faketime",
    "/usr/lib/faketime",
    "/usr/local/lib/faketime",
];
/// The library for programs with threads.
const LIBRARY: &str = "libfaketimeMT.so.1";
/// By how much the trial shifts, seconds.
const TRIAL_S: u64 = 7_200;

/// A member's clock.
#[derive(Clone, Debug)]
pub struct Clock {
    library: PathBuf,
    file: PathBuf,
}

impl Clock {
    /// A clock that `file` rules; why there can be none is in the error.
    pub fn new(file: &Path) -> Result<Self, LabError> {
        let mut libraries = FOLDERS.iter().map(|folder| Path::new(folder).join(LIBRARY));
        let library = libraries.find(|library| library.is_file());
        let library =
            library.ok_or_else(|| LabError::Option(format!("{LIBRARY} is not installed")))?;
        let clock = Self {
            library,
            file: file.to_owned(),
        };
        clock.tried()?;
        clock.set(0)?;
        Ok(clock)
    }

    /// Shows that the library shifts the time of a program, before anything is built on it.
    fn tried(&self) -> Result<(), LabError> {
        self.write(&format!("+{TRIAL_S}"))?;
        let mut command = Command::new("date");
        let output = command.arg("+%s").envs(self.environment()).output();
        let output = output.map_err(|source| LabError::Machine {
            what: "date".to_owned(),
            source,
        })?;
        let shown = String::from_utf8_lossy(&output.stdout);
        let shown: u64 = shown.trim().parse().unwrap_or(0);
        match shown.abs_diff(crate::now_ms().get() / 1_000) > TRIAL_S / 2 {
            true => Ok(()),
            false => Err(LabError::Option(format!(
                "{LIBRARY} does not shift the time here"
            ))),
        }
    }

    /// What the process is started with.
    pub fn environment(&self) -> Vec<(String, String)> {
        let library = self.library.display().to_string();
        let file = self.file.display().to_string();
        [
            ("LD_PRELOAD", library.as_str()),
            ("FAKETIME_TIMESTAMP_FILE", file.as_str()),
            ("FAKETIME_CACHE_DURATION", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            // The same, as older versions call it.
            ("DONT_FAKE_MONOTONIC", "1"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
    }

    /// Lets the clock be wrong by `by_ms` from within a second on.
    pub fn set(&self, by_ms: i64) -> Result<(), LabError> {
        let sign = if by_ms < 0 { '-' } else { '+' };
        let size = by_ms.unsigned_abs();
        self.write(&format!("{sign}{}.{:03}", size / 1_000, size % 1_000))
    }

    /// Replaces the file in one step: the library never reads half of it.
    fn write(&self, text: &str) -> Result<(), LabError> {
        let new = self.file.with_extension("new");
        let written = std::fs::write(&new, format!("{text}\n"));
        written
            .and_then(|()| std::fs::rename(&new, &self.file))
            .map_err(|source| LabError::Machine {
                what: "clock file".to_owned(),
                source,
            })
    }
}
