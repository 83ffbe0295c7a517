//! Measurements: the ledger under load, with the machine's own speed beside every figure; and trials: real nodes while faults happen to them.
pub mod bench;
mod join;
pub mod load;
pub mod machine;
pub mod nodes;
pub mod torture;

/// What went wrong in a measurement or a trial.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// An option is out of its range.
    #[error("{0}")]
    Option(String),
    /// The network's folder.
    #[error(transparent)]
    Layout(#[from] crate::layout::LayoutError),
    /// A process.
    #[error(transparent)]
    Process(#[from] crate::process::ProcessError),
    /// A node did not answer as it must.
    #[error(transparent)]
    Fault(#[from] amanat_client::Fault),
    /// The machine.
    #[error("{what}: {source}")]
    Machine {
        /// What was tried.
        what: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A call that the measurement stands on was refused, or the ledger lost one.
    #[error("{0}")]
    Ledger(String),
}
