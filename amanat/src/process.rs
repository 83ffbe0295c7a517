//! Processes of a network on one machine: start, health, graceful stop, and `kill -9` for those who ask for it.
//!
//! Each process writes its output to a file of its own and ends with its parent: it is killed when its handle is dropped, and
//! stops by itself when the pipe that is its standard input ends, which it does however the parent ends.
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A process of this program.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// What it is, for messages.
    pub name: String,
    /// Where its output goes.
    pub log: PathBuf,
    /// Where in that its own output begins, byte.
    from: u64,
}

/// A process that cannot be started or ended as asked.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It did not start.
    #[error("{name} did not start: {source}")]
    Start {
        /// Which.
        name: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It ended by itself.
    #[error("{name} ended by itself with {status}; its output is in {log}; it says: {tail}")]
    Ended {
        /// Which.
        name: String,
        /// How.
        status: ExitStatus,
        /// Its output.
        log: String,
        /// The lines of it that say why.
        tail: String,
    },
    /// It did not answer in time.
    #[error("{name} is not ready after {seconds} s; its output is in {log}")]
    NotReady {
        /// Which.
        name: String,
        /// After how long.
        seconds: u64,
        /// Its output.
        log: String,
    },
}

impl Process {
    /// Starts `amanat ARGUMENTS... --with-parent` of this same program with its output appended to `log`.
    pub fn start(name: &str, arguments: &[&str], log: &Path) -> Result<Self, ProcessError> {
        Self::start_with(name, arguments, log, |command| command)
    }

    /// The same with variables added to its environment, in a process group of its own: if it is stopped (SIGSTOP) when its parent ends, the
    /// kernel continues it (POSIX, orphaned process groups), and it ends like any other. A Ctrl-C at the terminal does not reach it.
    pub fn start_apart(
        name: &str,
        arguments: &[&str],
        log: &Path,
        environment: &[(String, String)],
    ) -> Result<Self, ProcessError> {
        let variables = environment.iter().map(|(key, value)| (key, value));
        Self::start_with(name, arguments, log, |command| {
            command.envs(variables).process_group(0)
        })
    }

    fn start_with(
        name: &str,
        arguments: &[&str],
        log: &Path,
        shape: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Result<Self, ProcessError> {
        let failed = |source| ProcessError::Start {
            name: name.to_owned(),
            source,
        };
        let program = program().map_err(failed)?;
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .map_err(failed)?;
        let from = output.metadata().map_err(failed)?.len();
        let errors = output.try_clone().map_err(failed)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .arg("--with-parent")
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors);
        let child = shape(&mut command).spawn().map_err(failed)?;
        Ok(Self {
            child,
            name: name.to_owned(),
            log: log.to_owned(),
            from,
        })
    }

    /// Process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// An error if the process ended.
    pub fn check(&mut self) -> Result<(), ProcessError> {
        match self.child.try_wait() {
            Ok(Some(status)) => Err(ProcessError::Ended {
                name: self.name.clone(),
                status,
                log: self.log.display().to_string(),
                tail: reason(&self.log, self.from),
            }),
            _ => Ok(()),
        }
    }

    /// Ends it at once, as a power cut of one machine would: SIGKILL.
    pub fn kill(&mut self) {
        // Both fail only if it ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to stop.
    pub fn ask_to_stop(&self) {
        if let Some(pid) = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
        {
            // It fails only if the process ended already.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
    }

    /// Asks it to stop and waits; kills it after `patience`. Says whether it stopped by itself with status 0.
    pub fn stop(&mut self, patience: Duration) -> bool {
        self.ask_to_stop();
        let end = Instant::now() + patience;
        while Instant::now() < end {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.kill();
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The `amanat` program: this one, or the one beside this one.
fn program() -> std::io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    if own.file_stem().is_some_and(|stem| stem == "amanat") {
        return Ok(own);
    }
    let mut folder = own.parent();
    while let Some(at) = folder {
        let candidate = at.join("amanat");
        if candidate.is_file() {
            return Ok(candidate);
        }
        folder = at.parent().filter(|_| at.ends_with("deps"));
    }
    Err(std::io::Error::other(
        "the program `amanat` is not beside this one; build it first",
    ))
}

/// The last two lines that a program of ours said for its end, of which the first names a panic and the second what is to be done, else the last
/// non-empty line; shortened. What stands in the file before byte `from` is of a process before it.
fn reason(path: &Path, from: u64) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    let own = usize::try_from(from)
        .ok()
        .and_then(|from| bytes.get(from..));
    let text = String::from_utf8_lossy(own.unwrap_or_default());
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let said: Vec<&str> = lines
        .clone()
        .filter(|line| line.starts_with("amanat: "))
        .collect();
    let said = said.get(said.len().saturating_sub(2)..).unwrap_or_default();
    let text = match said.is_empty() {
        true => lines.next_back().unwrap_or("(nothing)").to_owned(),
        false => said.join("; "),
    };
    text.chars().take(600).collect()
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn why_a_process_ended_is_what_it_said_last_and_nothing_of_one_before() {
        let folder = tempfile::tempdir().expect("folder");
        let log = folder.path().join("node.log");
        let old = "amanat: stopped: the disk is full\n";
        let cases = [
            ("", "(nothing)"),
            ("INFO one\n\nINFO two\n\n", "INFO two"),
            (
                "amanat: listen: in use\nINFO two\n",
                "amanat: listen: in use",
            ),
            (
                "amanat: one\namanat: stopped: a fault\nERROR x\namanat: no file fails\n",
                "amanat: stopped: a fault; amanat: no file fails",
            ),
        ];
        for (own, said) in cases {
            std::fs::write(&log, format!("{old}{own}")).expect("writes");
            assert_eq!(reason(&log, 34), said);
        }
        assert_eq!(old.len(), 34);
        assert_eq!(reason(&folder.path().join("none"), 0), "(nothing)");
    }
}
