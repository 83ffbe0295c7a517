//! A replay as a program: the tokio runtime, and a folder for the state that it makes.
use super::{Hear, Range, Report, Source, Start, Witness, replay};
use crate::fault::{Fault, said};
use crate::scrub;
use amanat_types::Genesis;
use commonware_runtime::{Runner as _, Supervisor as _, tokio as runtime};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// What is executed again, and where.
pub struct Settings<'w> {
    /// The network.
    pub genesis: Genesis,
    /// An empty folder for the state: it grows to the size of a node's. The caller removes it.
    pub work: PathBuf,
    /// The last height, if not all.
    pub to: Option<u64>,
    /// Where to start, if not at genesis.
    pub start: Option<Start>,
    /// Who looks on, and asks the state after the last block once all held.
    pub witness: Option<&'w mut dyn Witness>,
}

/// Executes what `source` holds, in this thread.
///
/// Faults: those of [`replay`]; the engine's own panics, such as of a full disk, become [`Fault::Storage`].
pub fn run(
    settings: Settings<'_>,
    mut source: Box<dyn Source>,
    hear: Hear,
) -> Result<Report, Fault> {
    if let Some(start) = &settings.start {
        let copied = scrub::copy_state(&start.folder, &start.prefix, &settings.work);
        copied.map_err(|error| Fault::storage("copy of the state", error))?;
    }
    let config = runtime::Config::new()
        .with_worker_threads(1)
        .with_storage_directory(settings.work);
    let replayed = catch_unwind(AssertUnwindSafe(|| {
        runtime::Runner::new(config).start(|context| async move {
            let range = Range {
                start: settings.start,
                to: settings.to,
                witness: settings.witness,
            };
            let context = context.child("replay");
            replay(
                context,
                &settings.genesis,
                "replay",
                &mut *source,
                range,
                hear,
            )
            .await
        })
    }));
    replayed.unwrap_or_else(|panic| Err(Fault::storage("replayed state", said(&*panic))))
}
