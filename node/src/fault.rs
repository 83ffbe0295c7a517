//! Faults: something broke, and the node stops on purpose rather than go on with a state that it cannot trust.
use amanat_types::Height;

/// Why the node stopped, or did not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The disk, or a structure on it, failed.
    #[error("storage of the {part} failed: {reason}")]
    Storage {
        /// Which part.
        part: &'static str,
        /// What it said.
        reason: String,
    },
    /// A body is not the one that its record names.
    #[error("the state body at location {0} is not the one that its record names")]
    BodyWrong(u64),
    /// A finalised block does not lead to the state in its header.
    #[error("the finalised block at height {0} does not lead to the state in its header")]
    Diverged(Height),
    /// What a finalised block did was never computed here.
    #[error("the outcome of the finalised block at height {0} is missing")]
    OutcomeMissing(Height),
    /// The contracts broke: a bug, a rotten value, or rules newer than this program.
    #[error("contracts: {0}")]
    Contract(String),
    /// An epoch could not be entered.
    #[error("epoch {0} could not be entered: {1}")]
    Epoch(u64, &'static str),
    /// The configuration cannot work.
    #[error("configuration: {0}")]
    Config(String),
    /// The network address or the API address could not be used.
    #[error("address: {0}")]
    Address(String),
}

impl Fault {
    /// A failure of storage, with what it said.
    pub fn storage(part: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Storage {
            part,
            reason: reason.to_string(),
        }
    }

    /// Stops the node: the runtime takes down every task and the process ends with an error.
    ///
    /// The engine underneath does the same on its own faults; there is no half-running node.
    pub fn stop(self) -> ! {
        tracing::error!(fault = %self, "the node stops");
        panic!("the node stops: {self}");
    }
}

/// What a panic said.
pub(crate) fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
    said.unwrap_or("it stopped without a word")
}
