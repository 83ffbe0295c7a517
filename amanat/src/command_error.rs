//! Why a command of an operator ended without what it was asked for, and the exit status that this makes.
use crate::config::ConfigError;
use crate::genesis_file::GenesisFileError;
use crate::keys::KeysError;
use crate::passphrase::PassphraseError;
use std::error::Error;
use std::process::ExitCode;

/// A command that did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A file or an argument breaks a rule: it did not hold.
    #[error("{subject}: {field}: {rule}")]
    Rule {
        /// Which file or command.
        subject: String,
        /// Which field.
        field: String,
        /// Which rule, and what to do.
        rule: String,
    },
    /// A file cannot be read or written: it could not be told.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Nobody answered, or not in a way that tells anything.
    #[error("{0}")]
    Unknown(String),
    /// A configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A key file.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The genesis.
    #[error(transparent)]
    Genesis(#[from] GenesisFileError),
    /// The passphrase.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
}

impl CommandError {
    /// A rule that was broken.
    pub fn rule(
        subject: impl Into<String>,
        field: impl Into<String>,
        rule: impl Into<String>,
    ) -> Self {
        Self::Rule {
            subject: subject.into(),
            field: field.into(),
            rule: rule.into(),
        }
    }

    /// Makes the error of a file.
    pub fn file(path: &str) -> impl Fn(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File {
            path: path.clone(),
            source,
        }
    }

    /// Whether it was shown not to hold, rather than that it could not be told.
    pub const fn is_no(&self) -> bool {
        match self {
            Self::Rule { .. } => true,
            Self::Config(error) => error.is_no(),
            Self::Keys(error) => error.is_no(),
            Self::Genesis(error) => matches!(error, GenesisFileError::Field { .. }),
            Self::Passphrase(error) => matches!(error, PassphraseError::Rule(_)),
            Self::File { .. } | Self::Unknown(_) => false,
        }
    }
}

/// Says an error and what is behind it; a cause that the error itself repeats is not said twice.
pub fn say(error: &dyn Error) {
    let text = error.to_string();
    eprintln!("amanat: {text}");
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let why = deeper.to_string();
        if !text.contains(&why) {
            eprintln!("  because: {why}");
        }
        cause = deeper.source();
    }
}

/// What a command found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It held.
    Yes,
    /// It did not hold.
    No,
    /// It could not be told.
    Unknown,
}

impl From<Held> for ExitCode {
    fn from(held: Held) -> Self {
        Self::from(match held {
            Held::Yes => 0,
            Held::No => 1,
            Held::Unknown => 2,
        })
    }
}
