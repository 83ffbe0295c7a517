//! `amanat backup` and `amanat restore`, as they are typed and what they print.
use super::disk::size;
use crate::backup::{Restored, Taken, backup, restore};
use crate::command_error::{CommandError, Held};
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
    /// Print JSON.
    #[arg(long)]
    json: bool,
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
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Takes a backup.
pub fn take(arguments: &BackupArguments) -> Result<Held, CommandError> {
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
    match arguments.json {
        true => println!(
            "{}",
            json!({
                "folder": out.to_string(), "member": manifest.member, "files": files,
                "bytes": bytes, "epoch": manifest.epoch, "warnings": warnings,
            })
        ),
        false => println!(
            "Backed up member {}: {files} files, {}, in {out}.\nThe passphrase of the keys is not in it: keep it apart. Check it now and then: amanat restore --check --from {out}",
            manifest.member,
            size(bytes)
        ),
    }
    Ok(Held::Yes)
}

/// Checks a backup, or restores it.
pub fn bring_back(arguments: &RestoreArguments) -> Result<Held, CommandError> {
    let dir = arguments.dir.as_deref();
    let restored = restore(&arguments.from, dir, crate::now_ms())?;
    let Restored {
        manifest,
        bytes,
        marker,
    } = restored;
    let (files, member) = (manifest.files.len(), manifest.member);
    let marker = marker.map(|marker| marker.display().to_string());
    if arguments.json {
        println!(
            "{}",
            json!({
                "member": member, "files": files, "bytes": bytes,
                "epoch": manifest.epoch, "marker": marker,
            })
        );
        return Ok(Held::Yes);
    }
    let size = size(bytes);
    match marker {
        None => println!("The backup of member {member} is whole: {files} files, {size}."),
        Some(marker) => println!(
            "Restored member {member}: {files} files, {size}.\n{marker} keeps the node from voting at first: its votes of epoch {} and later are forgotten. It follows for two epochs and votes again by itself.",
            manifest.epoch
        ),
    }
    Ok(Held::Yes)
}
