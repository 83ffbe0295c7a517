//! The one error of the use cases: a lawful no, a fault, or an input that breaks a rule. None holds a value that came in.
use amanat_client::{Failure, Fault};
use amanat_types::Refusal;

/// Why a use case did not give what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Lawful no, with its number. For an access request, admission apart, it stands on the ledger.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something broke; retry or report. A repeat with the same caller's id is harmless.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The input breaks a rule.
    #[error("{path}: {rule}")]
    Invalid {
        /// Where.
        path: String,
        /// Which rule.
        rule: String,
    },
    /// There is no such thing, or none that this actor may know of.
    #[error("not found")]
    NotFound,
    /// The caller's id was used before, with another content.
    #[error("this id was used before with another content")]
    Conflict,
}

impl Error {
    /// An input that breaks `rule` at `path`.
    pub fn invalid(path: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::Invalid {
            path: path.into(),
            rule: rule.into(),
        }
    }

    /// A stored thing that is not what it must be.
    pub(crate) fn damaged(what: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self::Fault(Fault::Damaged {
            what: what.into(),
            why: why.to_string(),
        })
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::Refused(refusal),
            Failure::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<amanat_fhir::Flaw> for Error {
    fn from(flaw: amanat_fhir::Flaw) -> Self {
        Self::invalid(flaw.at(), flaw.rule().to_string())
    }
}
