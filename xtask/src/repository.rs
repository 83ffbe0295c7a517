//! The checkout: where it is, which files belong to it, and programs run in it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the checkout.
pub struct Repository {
    root: PathBuf,
}

impl Repository {
    /// Finds the root: the folder above this crate's manifest.
    pub fn here() -> Result<Self, String> {
        let manifest = std::env::var("CARGO_MANIFEST_DIR")
            .map_err(|_| "run this as `cargo xtask`".to_owned())?;
        let root = Path::new(&manifest)
            .parent()
            .ok_or("the manifest has no parent folder")?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    /// A file's text.
    pub fn read(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(self.root.join(path)).map_err(|error| format!("{path}: {error}"))
    }

    /// A file's text, or nothing if it is not UTF-8.
    pub fn read_text(&self, path: &str) -> Result<Option<String>, String> {
        let bytes =
            std::fs::read(self.root.join(path)).map_err(|error| format!("{path}: {error}"))?;
        Ok(String::from_utf8(bytes).ok())
    }

    /// Paths of the files that git tracks or would add, relative to the root, sorted.
    pub fn files(&self) -> Result<Vec<String>, String> {
        // Another user may have made the clone, as in CI; git lists it all the same.
        let arguments = "-c safe.directory=* ls-files -z --cached --others --exclude-standard -- .";
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let listed = self.output("git", &arguments)?;
        let mut files: Vec<String> = listed
            .split('\0')
            .filter(|path| !path.is_empty() && self.root.join(path).is_file())
            .map(str::to_owned)
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// Runs a program in the root and takes its standard output; a failure carries its standard error.
    pub fn output(&self, program: &str, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(&self.root)
            .output()
            .map_err(|error| format!("{program}: {error}"))?;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{program} {}: {stderr}", arguments.join(" ")));
        }
        String::from_utf8(output.stdout).map_err(|error| format!("{program}: {error}"))
    }

    /// Runs a program in the root with its output shown; true if it succeeded.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Result<bool, String> {
        Command::new(program)
            .args(arguments)
            .current_dir(&self.root)
            .status()
            .map(|status| status.success())
            .map_err(|error| format!("{program}: {error}"))
    }

    /// The root as text, to compare with paths that cargo prints.
    pub fn root(&self) -> &Path {
        &self.root
    }
}
