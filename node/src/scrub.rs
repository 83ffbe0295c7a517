//! Reads everything that a stopped node has on disk and names what is damaged. Nothing is repaired, and nothing written.
//!
//! Three looks, each deeper: every byte against its checksum ([`crate::disk`]); every block, certificate, outcome and
//! index entry against what it says of itself and against the block of its height (`archives`); the state, opened
//! by the engine on a *copy*, against the header at its tip, each value against its digest (`state`).
use crate::disk::{Cure, DiskError, Lock, Part, lock, partitions, scan};
use amanat_types::Genesis;
use std::path::{Path, PathBuf};

mod archives;
mod state;

pub use archives::Blocks;
pub(crate) use state::copy as copy_state;

/// Findings that are kept apart; further ones are counted.
const FINDINGS_MAX: usize = 1_000;

/// Something that is damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In which partition.
    pub partition: String,
    /// In which of its files; none if the partition as a whole is meant.
    pub blob: Option<String>,
    /// At which byte of the file.
    pub offset: Option<u64>,
    /// What does not check.
    pub what: String,
    /// What stands in the partition.
    pub part: Part,
}

/// What was read and found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Blocks found.
    pub blocks: Blocks,
    /// Height whose header the state was compared with.
    pub state_height: Option<u64>,
    /// Values of the state that were compared with their digests.
    pub values: u64,
    /// What is damaged.
    pub findings: Vec<Finding>,
    /// Damage beyond that.
    pub more: u64,
    /// What could not be checked, and why.
    pub unchecked: Vec<String>,
}

impl Report {
    fn find(&mut self, finding: Finding) {
        match self.findings.len() < FINDINGS_MAX {
            true => self.findings.push(finding),
            false => self.more = self.more.saturating_add(1),
        }
    }

    /// Parts that are damaged, each once.
    pub fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = self.findings.iter().map(|finding| finding.part).collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    }

    /// Whether nothing but a join by state sync helps.
    pub fn needs_resync(&self) -> bool {
        self.parts().iter().any(|part| part.cure() == Cure::Resync)
    }
}

/// Why a scrub could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ScrubError {
    /// There is nothing to read.
    #[error("{}: there is no ledger", .0.display())]
    Absent(PathBuf),
    /// A node runs on it.
    #[error("{}: a node runs on it; stop it first", .0.display())]
    Running(PathBuf),
    /// A file could not be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// What is read.
pub struct Settings<'a> {
    /// The network.
    pub genesis: &'a Genesis,
    /// The ledger's folder of a stopped node.
    pub folder: &'a Path,
    /// Prefix of the node's partitions.
    pub prefix: &'a str,
    /// An empty folder for a copy of the state, which the caller removes; without one the state is not opened.
    pub work: Option<&'a Path>,
}

/// Keeps nodes off a ledger's folder.
pub fn hold(folder: &Path) -> Result<Lock, ScrubError> {
    if !folder.is_dir() {
        return Err(ScrubError::Absent(folder.to_owned()));
    }
    lock(folder)?.ok_or_else(|| ScrubError::Running(folder.to_owned()))
}

/// Reads everything; `hear` hears the name of each partition before it is read.
pub fn scrub(settings: &Settings<'_>, hear: &mut dyn FnMut(&str)) -> Result<Report, ScrubError> {
    let _lock = hold(settings.folder)?;
    let mut report = bytes(settings.folder, settings.prefix, u64::MAX, hear)?;
    // Where bytes are damaged their meaning is not asked for, and the rest is.
    let damaged = report.parts();
    hear("blocks, certificates, receipts and their index");
    let headers = archives::check(settings, &damaged, &mut report)?;
    match settings.work {
        Some(work) => {
            hear("a copy of the state");
            state::check(settings, work, &damaged, &headers, &mut report)?;
        }
        None => {
            let why = "the state was not opened: no folder for a copy of it was given";
            report.unchecked.push(why.to_owned());
        }
    }
    Ok(report)
}

/// Compares every byte that means something with its checksum, and nothing more; up to `most` bytes.
///
/// It takes no lock: for whoever knows that no node runs, such as a node that just ended.
pub fn bytes(
    folder: &Path,
    prefix: &str,
    most: u64,
    hear: &mut dyn FnMut(&str),
) -> Result<Report, ScrubError> {
    let mut report = Report::default();
    for partition in partitions(folder, prefix)? {
        if partition.part == Part::Foreign {
            let why = format!("{}: {}", partition.name, Part::Foreign.meaning());
            report.unchecked.push(why);
            continue;
        }
        hear(&partition.name);
        for blob in &partition.blobs {
            if report.bytes >= most {
                let why = format!("only the first {} bytes were read", report.bytes);
                report.unchecked.push(why);
                return Ok(report);
            }
            let scanned = scan(&partition, blob)?;
            report.files = report.files.saturating_add(1);
            report.bytes = report.bytes.saturating_add(scanned.bytes);
            report.more = report.more.saturating_add(scanned.more);
            for damage in scanned.damage {
                report.find(Finding {
                    partition: partition.name.clone(),
                    blob: Some(blob.clone()),
                    offset: Some(damage.offset),
                    what: damage.what,
                    part: partition.part,
                });
            }
            if let Some(why) = scanned.unchecked {
                report
                    .unchecked
                    .push(format!("{}/{blob}: {why}", partition.name));
            }
        }
    }
    Ok(report)
}
