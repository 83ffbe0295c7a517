//! `amanat export`: all records that a member keeps, sealed as they lie in the vaults, each with its wrap and the proof of how it stands on
//! the ledger. Nothing is opened.
use super::check::check;
use super::folder::{Folder, GENESIS, KINDS, path_of};
use super::member::{Actor, Member};
use super::{failed, unknown};
use crate::answer::Answer;
use crate::command_error::CommandError;
use crate::operate::disk::size;
use crate::verify;
use amanat_client::Ledger as _;
use amanat_client::stores::BlobGot;
use amanat_exchange::{Custody, Error};
use amanat_types::{RecordId, StateKey};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Records that are asked for before their files are written.
const BATCH: usize = 64;

/// Arguments of `amanat export`.
#[derive(Args)]
pub struct Arguments {
    /// Who acts: the member that leaves.
    #[command(flatten)]
    actor: Actor,
    /// The folder to write: not there, empty, or an export of this member that was not finished.
    #[arg(long, required_unless_present = "check")]
    out: Option<PathBuf>,
    /// Only check that an export is whole and that the ledger's proofs bear it out. Asks nobody.
    #[arg(long, conflicts_with = "out", requires = "from", requires = "genesis")]
    check: bool,
    /// With --check: the export's folder.
    #[arg(long)]
    from: Option<PathBuf>,
    /// With --check: the genesis file of the network, from whom one trusts.
    #[arg(long)]
    genesis: Option<PathBuf>,
}

/// Exports, or checks an export.
pub async fn run(arguments: &Arguments) -> Result<Answer, CommandError> {
    if let (true, Some(from), Some(genesis)) =
        (arguments.check, &arguments.from, &arguments.genesis)
    {
        let checked = check(from, genesis)?;
        let words = format!(
            "The export of member {} is whole: {} records in {} files, each as the ledger says.",
            checked.member, checked.records, checked.files
        );
        let shape =
            json!({ "member": checked.member, "records": checked.records, "files": checked.files });
        return Ok(Answer::yes(words, shape));
    }
    let missing = || CommandError::rule("export", "out", "a folder is needed");
    let out = arguments.out.as_deref().ok_or_else(missing)?;
    let member = arguments.actor.open()?;
    let (records, files, bytes) = export(&member, out).await?;
    let (number, shown) = (member.member.number(), out.display().to_string());
    let words = format!(
        "Exported {records} records of member {number}, sealed: {files} files, {}, in {shown}.\nCheck it: amanat export --check --from {shown} --genesis GENESIS",
        size(bytes)
    );
    let shape = json!({ "folder": shown, "member": number, "records": records, "files": files, "bytes": bytes });
    Ok(Answer::yes(words, shape))
}

/// Writes the folder. Gives records, files and bytes.
async fn export(member: &Member, out: &Path) -> Result<(usize, u64, u64), CommandError> {
    let network = member.genesis.digest();
    let ledger = member.keeping.ledger();
    let custody = Custody::read(ledger.clone()).await;
    let records = custody
        .map_err(|fault| unknown(&fault))?
        .all_of(member.member);
    let folder = Folder::open(out, member.member, &network.0)?;
    let path = &member.genesis_path;
    let genesis = std::fs::read(path).map_err(CommandError::file(&path.display().to_string()))?;
    folder.write(Path::new(GENESIS), &genesis)?;
    let is_open = |record: &RecordId| !KINDS.iter().all(|kind| folder.has(&path_of(*record, kind)));
    let open: Vec<RecordId> = records.iter().copied().filter(is_open).collect();
    let mut left = open.len();
    for some in open.chunks(BATCH) {
        for record in some {
            let proof = ledger.state_proof(StateKey::record(record)).await;
            let proof = verify::state_file(&proof.map_err(|fault| unknown(&fault))?);
            folder.write(&path_of(*record, "proof"), &proof)?;
        }
        let write = |blob: BlobGot| {
            let wrap = folder.write(&path_of(blob.record, "wrap"), &blob.wrap);
            wrap.and_then(|()| folder.write(&path_of(blob.record, "blob"), &blob.bytes))
                .map_err(|error| Error::invalid("export", error.to_string()))
        };
        let copied = member.keeping.sealed(some, write).await;
        copied.map_err(|error| failed("export", &error))?;
        left = left.saturating_sub(some.len());
        eprintln!(
            "{} of {} records",
            records.len().saturating_sub(left),
            records.len()
        );
    }
    let mut paths = vec![PathBuf::from(GENESIS)];
    for record in &records {
        paths.extend(KINDS.iter().map(|kind| path_of(*record, kind)));
    }
    let (files, bytes) = folder.finish(paths)?;
    Ok((records.len(), files, bytes))
}
