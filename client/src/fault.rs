//! What may break between here and another process. A lawful no is a [`Refusal`], never a fault.
use amanat_types::Refusal;

/// Something broke; retry or report.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// No connection, or it broke.
    #[error("no answer from {address}")]
    Unreachable {
        /// Who was asked.
        address: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The time for an answer ran out.
    #[error("{address} did not answer within {after_ms} ms")]
    TimedOut {
        /// Who was asked.
        address: String,
        /// After how long.
        after_ms: u64,
    },
    /// TLS was not agreed on: another key, no TLS, another version. Nothing was sent.
    #[error("{whose} at {address}: {rule}")]
    Tls {
        /// Whose process was expected there.
        whose: String,
        /// Who was asked.
        address: String,
        /// Which rule was broken.
        rule: String,
    },
    /// The other side answered what cannot be.
    #[error("{address} answered against the protocol: {what}")]
    Protocol {
        /// Who was asked.
        address: String,
        /// What was wrong; never a value.
        what: String,
    },
    /// The asker's own message is not what it must be.
    #[error("invalid: {what}")]
    Invalid {
        /// Which entry, field and rule; never a value.
        what: String,
    },
    /// The other side is there but cannot serve now.
    #[error("{address} is unavailable; retry after {retry_after_ms} ms")]
    Unavailable {
        /// Who was asked.
        address: String,
        /// When to ask again.
        retry_after_ms: u64,
    },
    /// No room is left: the disk or the vault's capacity is full. What is stored stays readable.
    #[error("{address} has no room left")]
    Full {
        /// Whose room.
        address: String,
    },
    /// The disk failed.
    #[error("could not {what}")]
    Storage {
        /// What was tried.
        what: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A stored thing is not what it must be.
    #[error("{what} is damaged: {why}")]
    Damaged {
        /// Which thing.
        what: String,
        /// What was wrong.
        why: String,
    },
}

impl Fault {
    /// A failed disk operation, told from a full disk.
    pub fn storage(what: impl Into<String>, source: std::io::Error) -> Self {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        if matches!(source.kind(), StorageFull | QuotaExceeded | FileTooLarge) {
            return Self::Full {
                address: "the disk".into(),
            };
        }
        Self::Storage {
            what: what.into(),
            source,
        }
    }

    /// Something that is not what it must be.
    pub fn damaged(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Damaged {
            what: what.into(),
            why: why.into(),
        }
    }

    /// A message against the protocol.
    pub fn protocol(address: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Protocol {
            address: address.into(),
            what: what.into(),
        }
    }

    /// A message of the asker's that breaks a rule.
    pub fn invalid(what: impl Into<String>) -> Self {
        Self::Invalid { what: what.into() }
    }

    /// Whether the same question may be answered a little later.
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Unavailable { .. }
        )
    }
}

/// A fault, or a refusal.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Lawful no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something broke.
    #[error(transparent)]
    Fault(#[from] Fault),
}
