//! `amanat scrub`: reads everything that a stopped node has on disk and names what is damaged.
use super::replay::work_folder;
use super::{disk, quarantine};
use crate::answer::Answer;
use crate::command_error::{CommandError, Held};
use crate::config::check::Configured;
use crate::genesis_file;
use amanat_client::{Fault, journal};
use amanat_node::disk::{Cure, PREFIX, Part};
use amanat_node::scrub::{Finding, Report, ScrubError, Settings};
use amanat_types::MemberId;
use amanat_types::code::JournalKind;
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Arguments of `amanat scrub`.
#[derive(Args)]
pub struct Arguments {
    /// Configuration of the node, which must be stopped.
    #[arg(long, default_value = "node.toml")]
    config: PathBuf,
    /// Move damaged partitions that the node can do without into a dated folder beside the ledger. Nothing is deleted.
    #[arg(long)]
    quarantine: bool,
    /// Folder under which a copy of the state is opened, and removed again. By default the system's for temporary files.
    #[arg(long)]
    work: Option<PathBuf>,
}

/// What was found, besides in the ledger.
struct Found {
    report: Report,
    /// Entries of the custodian's release journal, or what is wrong with it.
    journal: Result<u64, String>,
    /// Where damaged partitions were moved, and their names.
    moved: Option<(PathBuf, Vec<String>)>,
}

/// Reads everything, and moves what is damaged if that is asked for.
pub fn run(arguments: &Arguments) -> Result<Answer, CommandError> {
    let path = &arguments.config;
    let config = Configured::read(path)?;
    if config.kind() != "node" {
        let rule = "name the node's: the gateway's vault checks its own files while it runs";
        return Err(CommandError::rule("scrub", "config", rule));
    }
    let genesis = genesis_file::read(&config.genesis(path))?;
    let data = config.data(path);
    let ledger = data.join("ledger");
    let work = work_folder(arguments.work.as_deref())?;
    let settings = Settings {
        genesis: &genesis,
        folder: &ledger,
        prefix: PREFIX,
        work: Some(work.path()),
    };
    let mut tell = |what: &str| eprintln!("  reading {what}");
    let report = amanat_node::scrub::scrub(&settings, &mut tell).map_err(error)?;
    let journal = custodian(&data, MemberId::new(config.member()))?;
    let moved = match arguments.quarantine && !report.findings.is_empty() {
        true => quarantine::quarantine(&data, &report, crate::now_ms())?,
        false => None,
    };
    let found = Found {
        report,
        journal,
        moved,
    };
    Ok(Answer::new(found.held(), found.words(), found.shape()))
}

fn error(error: ScrubError) -> CommandError {
    match error {
        ScrubError::Disk(error) => CommandError::Unknown(error.to_string()),
        other => CommandError::Unknown(other.to_string()),
    }
}

/// Entries of the custodian's journal; none if it has not been begun.
fn custodian(data: &Path, member: MemberId) -> Result<Result<u64, String>, CommandError> {
    let path = data.join("custodian").join("journal");
    if !path.exists() {
        return Ok(Ok(0));
    }
    match journal::inspect(&path, JournalKind::Custodian, member) {
        Ok((entries, _)) => Ok(Ok(entries)),
        Err(fault @ Fault::Damaged { .. }) => Ok(Err(fault.to_string())),
        Err(fault) => Err(CommandError::Unknown(fault.to_string())),
    }
}

/// What to do about a damaged part.
pub fn advice(part: Part) -> &'static str {
    match part.cure() {
        Cure::Rebuild => {
            "`amanat scrub --quarantine` moves it aside; the node makes it again at its next start"
        }
        Cure::Forgo => {
            "`amanat scrub --quarantine` moves it aside; this node then cannot prove all receipts of before, other members' nodes can"
        }
        Cure::Observe => {
            "`amanat scrub --quarantine` moves it aside; the node then follows without voting for two epochs"
        }
        Cure::Resync => {
            "the node joins again by `amanat node --resync`, which moves the ledger aside"
        }
        Cure::Ignore => "nothing is needed",
    }
}

fn place(finding: &Finding) -> String {
    let blob = finding.blob.as_ref();
    let file = blob.map_or_else(
        || finding.partition.clone(),
        |blob| format!("{}/{blob}", finding.partition),
    );
    match finding.offset {
        Some(offset) => format!("{file} at byte {offset}"),
        None => file,
    }
}

impl Found {
    /// No if anything is damaged, else unknown if anything could not be checked.
    fn held(&self) -> Held {
        let report = &self.report;
        if !report.findings.is_empty() || self.journal.is_err() {
            Held::No
        } else if !report.unchecked.is_empty() || !report.blocks.missing.is_empty() {
            Held::Unknown
        } else {
            Held::Yes
        }
    }

    fn shape(&self) -> Value {
        let report = &self.report;
        let findings = report.findings.iter().map(|finding| {
            json!({
                "partition": finding.partition,
                "blob": finding.blob,
                "offset": finding.offset,
                "what": finding.what,
                "holds": finding.part.meaning(),
                "do": advice(finding.part),
            })
        });
        json!({
            "files": report.files,
            "bytes": report.bytes,
            "lowest_block": report.blocks.lowest,
            "highest_block": report.blocks.highest,
            "missing_blocks": report.blocks.missing,
            "certificates": report.blocks.certificates,
            "state_height": report.state_height,
            "state_values": report.values,
            "journal_entries": self.journal.as_ref().ok(),
            "journal_damage": self.journal.as_ref().err(),
            "damage": findings.collect::<Vec<Value>>(),
            "further_damage": report.more,
            "unchecked": report.unchecked,
            "resync": report.needs_resync(),
            "quarantine": self.moved.as_ref().map(|(folder, names)| json!({
                "folder": folder.display().to_string(),
                "partitions": names,
            })),
        })
    }

    fn words(&self) -> String {
        let report = &self.report;
        let mut lines = vec![format!(
            "Read {} files, {}.",
            report.files,
            disk::size(report.bytes)
        )];
        if let (Some(lowest), Some(highest)) = (report.blocks.lowest, report.blocks.highest) {
            lines.push(format!(
                "Blocks {lowest} to {highest}, {} certificates.",
                report.blocks.certificates
            ));
        }
        for (from, to) in &report.blocks.missing {
            lines.push(format!("Missing: blocks {from} to {to}."));
        }
        if let Some(height) = report.state_height {
            let values = report.values;
            lines.push(format!("State of block {height}: {values} values."));
        }
        for finding in &report.findings {
            let meaning = finding.part.meaning();
            lines.push(format!("DAMAGED {}: {}", place(finding), finding.what));
            lines.push(format!("  holds {meaning}: {}", advice(finding.part)));
        }
        if report.more > 0 {
            lines.push(format!("and {} further damages", report.more));
        }
        if let Err(damage) = &self.journal {
            lines.push(format!("DAMAGED custodian/journal: {damage}"));
            lines.push(
                "  holds the custodian's releases: bring it back from a backup, and tell the other members"
                    .to_owned(),
            );
        }
        for why in &report.unchecked {
            lines.push(format!("Not checked: {why}."));
        }
        if let Some((folder, names)) = &self.moved {
            let names = names.join(", ");
            lines.push(format!("Moved to {}: {names}.", folder.display()));
        }
        lines.push(match self.held() {
            Held::Yes => "Nothing is damaged.".to_owned(),
            Held::No if report.needs_resync() => {
                "Damaged: this node needs `amanat node --resync`.".to_owned()
            }
            Held::No => "Damaged.".to_owned(),
            Held::Unknown => "What was checked is sound; not all could be.".to_owned(),
        });
        lines.join("\n") + "\n"
    }
}
