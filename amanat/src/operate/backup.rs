//! `amanat backup` and `amanat restore`, as they are typed and what they print.
use super::disk::size;
use crate::answer::Answer;
use crate::backup::{Restored, Taken, backup, restore};
use crate::command_error::CommandError;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Arguments of `amanat backup`.
#[derive(Args)]
pub struct BackupArguments {
    /// Configuration of the node; the gateway's is gateway.toml beside it. Both processes must be stopped.
    #[arg(long, default_value = "node.toml")]
    config: PathBuf,
    /// The folder to write; it must not exist.
    #[arg(long)]
    out: PathBuf,
    /// Take the ledger, too, but for this node's votes. Without it a restored node fetches it from the others.
    #[arg(long)]
    ledger: bool,
}

/// Arguments of `amanat restore`.
#[derive(Args)]
pub struct RestoreArguments {
    /// Folder of the backup.
    #[arg(long)]
    from: PathBuf,
    /// The member's folder to write; it must not exist.
    #[arg(long, required_unless_present = "check")]
    dir: Option<PathBuf>,
    /// Only check that the backup is whole.
    #[arg(long, conflicts_with = "dir")]
    check: bool,
}

/// Takes a backup.
pub fn take(arguments: &BackupArguments) -> Result<Answer, CommandError> {
    let out = &arguments.out;
    let taken = backup(&arguments.config, out, arguments.ledger, crate::now_ms())?;
    let Taken {
        manifest,
        bytes,
        warnings,
    } = taken;
    for warning in &warnings {
        eprintln!("amanat: {warning}");
    }
    let (files, out) = (manifest.files.len(), out.display());
    let words = format!(
        "Backed up member {}: {files} files, {}, in {out}.\nThe passphrase of the keys is not in it: keep it apart. Check it now and then: amanat restore --check --from {out}",
        manifest.member,
        size(bytes)
    );
    let shape = json!({
        "folder": out.to_string(), "member": manifest.member, "files": files,
        "bytes": bytes, "epoch": manifest.epoch, "warnings": warnings,
    });
    Ok(Answer::yes(words, shape))
}

/// Checks a backup, or restores it.
pub fn bring_back(arguments: &RestoreArguments) -> Result<Answer, CommandError> {
    let dir = arguments.dir.as_deref();
    let restored = restore(&arguments.from, dir, crate::now_ms())?;
    let Restored {
        manifest,
        bytes,
        marker,
    } = restored;
    let (files, member) = (manifest.files.len(), manifest.member);
    let marker = marker.map(|marker| marker.display().to_string());
    let shape = json!({
        "member": member, "files": files, "bytes": bytes,
        "epoch": manifest.epoch, "marker": marker,
    });
    let size = size(bytes);
    let words = match marker {
        None => format!("The backup of member {member} is whole: {files} files, {size}."),
        Some(marker) => format!(
            "Restored member {member}: {files} files, {size}.\n{marker} keeps the node from voting at first: its votes of epoch {} and later are forgotten. It follows for two epochs and votes again by itself.",
            manifest.epoch
        ),
    };
    Ok(Answer::yes(words, shape))
}
