//! The passphrase of a key file: where it comes from, and that it is not left lying in memory.
//!
//! Asked for in this order: the file that was named, the environment variable, the terminal.
use std::io::IsTerminal as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Environment variable that may hold the passphrase.
pub const VARIABLE: &str = "AMANAT_PASSPHRASE";
/// Environment variable that may hold the new passphrase when it is changed.
pub const VARIABLE_NEW: &str = "AMANAT_NEW_PASSPHRASE";
/// Shortest passphrase that a new file is sealed under, in characters.
pub const CHARACTERS_MIN: usize = 12;
/// Longest, in bytes.
pub const BYTES_MAX: u64 = 1024;

/// No passphrase, or not one that may be used. Never says what it is.
#[derive(Debug, thiserror::Error)]
pub enum PassphraseError {
    /// The named file cannot be read.
    #[error("passphrase file {path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It breaks a rule.
    #[error("passphrase: {0}")]
    Rule(String),
    /// Nobody can be asked.
    #[error(
        "passphrase: none of --passphrase-file, {VARIABLE} and a terminal to ask on is there; name the file that holds it"
    )]
    Nowhere,
    /// The terminal failed.
    #[error("passphrase: the terminal: {0}")]
    Terminal(#[source] std::io::Error),
}

/// A passphrase; wiped when it is dropped.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Wraps what was typed.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// An error if it is too short for a new file.
    pub fn strong_enough(self) -> Result<Self, PassphraseError> {
        match self.0.chars().count() >= CHARACTERS_MIN {
            true => Ok(self),
            false => Err(PassphraseError::Rule(format!(
                "at least {CHARACTERS_MIN} characters are needed; six words drawn by dice are good"
            ))),
        }
    }
}

/// Where a passphrase is looked for.
#[derive(Clone, Debug, Default)]
pub struct Source {
    file: Option<PathBuf>,
    variable: Option<&'static str>,
    new: bool,
}

impl Source {
    /// Of a file that exists: `file` if named, else the environment, else the terminal.
    pub const fn existing(file: Option<PathBuf>) -> Self {
        Self {
            file,
            variable: Some(VARIABLE),
            new: false,
        }
    }

    /// Of a file that is to be made: as [`Self::existing`], but the terminal asks twice, and short ones are refused.
    pub const fn fresh(file: Option<PathBuf>) -> Self {
        Self {
            file,
            variable: Some(VARIABLE),
            new: true,
        }
    }

    /// The new one when it is changed: `file` if named, else [`VARIABLE_NEW`], else the terminal.
    pub const fn replacing(file: Option<PathBuf>) -> Self {
        Self {
            file,
            variable: Some(VARIABLE_NEW),
            new: true,
        }
    }

    /// Gets it; `subject` is what the terminal is told it is for.
    pub fn get(&self, subject: &str) -> Result<Passphrase, PassphraseError> {
        let found = match (&self.file, self.variable.and_then(variable)) {
            (Some(file), _) => from_file(file)?,
            (None, Some(found)) => found,
            (None, None) => return self.ask(subject),
        };
        self.checked(found)
    }

    fn checked(&self, found: Passphrase) -> Result<Passphrase, PassphraseError> {
        if found.as_bytes().is_empty() {
            return Err(PassphraseError::Rule("it is empty".to_owned()));
        }
        match self.new {
            true => found.strong_enough(),
            false => Ok(found),
        }
    }

    fn ask(&self, subject: &str) -> Result<Passphrase, PassphraseError> {
        if !std::io::stdin().is_terminal() {
            return Err(PassphraseError::Nowhere);
        }
        let ask = |prompt: String| {
            let typed = rpassword::prompt_password(prompt).map_err(PassphraseError::Terminal)?;
            Ok::<_, PassphraseError>(Passphrase::new(typed))
        };
        if !self.new {
            return self.checked(ask(format!("Passphrase of {subject}: "))?);
        }
        let first = self.checked(ask(format!("New passphrase of {subject}: "))?)?;
        let again = ask("The same again: ".to_owned())?;
        match first.as_bytes() == again.as_bytes() {
            true => Ok(first),
            false => Err(PassphraseError::Rule("the two differ".to_owned())),
        }
    }
}

fn variable(name: &str) -> Option<Passphrase> {
    std::env::var(name).ok().map(Passphrase::new)
}

/// The first line of a file that not everyone may read.
fn from_file(path: &Path) -> Result<Passphrase, PassphraseError> {
    let named = || path.display().to_string();
    let failed = |source| PassphraseError::File {
        path: named(),
        source,
    };
    let about = std::fs::metadata(path).map_err(failed)?;
    // Group bits are left alone: the credentials of systemd carry an access list, which shows there.
    if about.permissions().mode() & 0o007 != 0 {
        return Err(PassphraseError::Rule(format!(
            "the file {} may be read by everyone; set its mode to 600",
            named()
        )));
    }
    if about.len() > BYTES_MAX {
        let rule = format!("the file {} has more than {BYTES_MAX} bytes", named());
        return Err(PassphraseError::Rule(rule));
    }
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
    let line = text.lines().next().unwrap_or_default();
    Ok(Passphrase::new(line.to_owned()))
}
