//! Takes a backup of a member whose processes are stopped.
use super::files::{below, digest, folders, sync_all};
use super::manifest::{FILE_NAME, Item, Manifest, is_plain};
use crate::command_error::CommandError;
use crate::config::{self, GatewayConfig, NodeConfig};
use crate::genesis_file;
use crate::keys::{Keys, write_secret};
use amanat_client::disk::lock_alone;
use amanat_node::disk::{PREFIX, Part, partitions};
use amanat_node::replay::Folder;
use amanat_node::scrub::hold;
use amanat_types::TimestampMs;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Files of the exchange that the ledger gives again.
const REBUILT: [&str; 1] = ["read-model.redb"];

/// What was taken.
#[derive(Debug)]
pub struct Taken {
    /// The manifest.
    pub manifest: Manifest,
    /// Bytes of all files.
    pub bytes: u64,
    /// What the operator should know.
    pub warnings: Vec<String>,
}

/// Writes a backup of the member whose node is configured by `node` into the new folder `out`.
///
/// The gateway's configuration is `gateway.toml` beside it, if there is one. All that the configurations name must lie in
/// their folder. With `ledger` the ledger is taken too, but for this node's votes. Refused while a process runs.
pub fn backup(
    node: &Path,
    out: &Path,
    ledger: bool,
    now: TimestampMs,
) -> Result<Taken, CommandError> {
    if out.symlink_metadata().is_ok() {
        let rule = "is there already; nothing was written. Name another";
        return Err(CommandError::rule(out.display().to_string(), "out", rule));
    }
    let member = Member::read(node)?;
    let (epoch, _locks) = member.stop()?;
    let mut paths = member.paths(ledger)?;
    paths.sort_unstable();
    paths.dedup();
    let mut warnings = Vec::new();
    if !Keys::is_sealed(&member.root.join(&member.node.keys))? {
        let keys = member.node.keys.display();
        warnings.push(format!(
            "{keys} is not sealed under a passphrase: whoever reads the backup has the keys"
        ));
    }
    folders(out)?;
    let mut files = Vec::new();
    for path in &paths {
        let (bytes, digest) = digest(&member.root.join(path), Some(&out.join(path)))?;
        files.push(Item {
            path: path.clone(),
            bytes,
            digest,
        });
    }
    sync_all(out, &paths)?;
    let manifest = Manifest {
        member: member.node.member,
        network: hex::encode(member.network.0),
        epoch,
        time_ms: now.get(),
        node: member.node_path,
        gateway: member.gateway.map(|(path, _)| path),
        files,
    };
    // Last: a folder without it is no backup.
    let path = out.join(FILE_NAME);
    let failed = CommandError::file(&path.display().to_string());
    write_secret(&path, manifest.text().as_bytes()).map_err(&failed)?;
    sync_all(out, &[])?;
    let bytes = manifest.files.iter().map(|item| item.bytes);
    Ok(Taken {
        bytes: bytes.fold(0, u64::saturating_add),
        manifest,
        warnings,
    })
}

/// A member's files.
struct Member {
    root: PathBuf,
    node_path: PathBuf,
    node: NodeConfig,
    gateway: Option<(PathBuf, GatewayConfig)>,
    network: amanat_types::Digest,
    epoch_blocks: u64,
}

impl Member {
    fn read(path: &Path) -> Result<Self, CommandError> {
        let node: NodeConfig = config::read(path)?;
        let root = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let name = |path: &Path| path.file_name().map(PathBuf::from).unwrap_or_default();
        let beside = root.join("gateway.toml");
        let gateway = match beside.exists() {
            true => Some((name(&beside), config::read::<GatewayConfig>(&beside)?)),
            false => None,
        };
        let genesis = genesis_file::read(&root.join(&node.genesis))?;
        let member = Self {
            node_path: name(path),
            root,
            node,
            gateway,
            network: genesis.digest(),
            epoch_blocks: genesis.epoch_blocks,
        };
        member.inside()?;
        Ok(member)
    }

    /// Everything that the configurations name lies in their folder.
    fn inside(&self) -> Result<(), CommandError> {
        let node = &self.node;
        let mut named = vec![
            ("genesis", &node.genesis),
            ("keys", &node.keys),
            ("data", &node.data),
        ];
        named.extend(
            node.members_folder
                .iter()
                .map(|path| ("members_folder", path)),
        );
        if let Some((_, gateway)) = &self.gateway {
            named.extend([
                ("genesis", &gateway.genesis),
                ("keys", &gateway.keys),
                ("data", &gateway.data),
                ("clients", &gateway.clients),
            ]);
            let members = gateway.members_folder.iter();
            named.extend(members.map(|path| ("members_folder", path)));
            if gateway.member != node.member {
                let rule = "node.toml and gateway.toml name different members";
                return Err(CommandError::rule("the member", "member", rule));
            }
        }
        for (field, path) in named {
            if !is_plain(path) {
                let rule =
                    "must be a relative path below the configuration's folder to be backed up";
                return Err(CommandError::rule("configuration", field, rule));
            }
        }
        Ok(())
    }

    /// Takes every process's own lock, so that none runs or starts, and reads the epoch.
    fn stop(&self) -> Result<(u64, Vec<Box<dyn std::any::Any>>), CommandError> {
        let mut locks: Vec<Box<dyn std::any::Any>> = Vec::new();
        let data = self.root.join(&self.node.data);
        let ledger = data.join("ledger");
        let mut tip = 0;
        if ledger.is_dir() {
            let running = |error: &dyn std::fmt::Display| CommandError::Unknown(error.to_string());
            let mut folder = Folder::open(&ledger, PREFIX).map_err(|error| running(&error))?;
            // A damaged index says nothing; then the marker holds from the first epoch on.
            tip = folder.last().unwrap_or(0);
            drop(folder);
            locks.push(Box::new(hold(&ledger).map_err(|error| running(&error))?));
        }
        let mut lock = |path: PathBuf| -> Result<(), CommandError> {
            if path.parent().is_some_and(Path::is_dir) {
                let taken = lock_alone(&path);
                let taken = taken.map_err(|_| running(&path))?;
                locks.push(Box::new(taken));
            }
            Ok(())
        };
        lock(data.join("custodian").join("journal.lock"))?;
        if let Some((_, gateway)) = &self.gateway {
            let data = self.root.join(&gateway.data);
            lock(data.join("vault").join("journal.lock"))?;
            lock(data.join("vault").join("segments").join("lock"))?;
            let exchange = data.join("exchange").join("exchange.redb");
            if exchange.exists() {
                let failed = CommandError::file(&exchange.display().to_string());
                let file = File::open(&exchange).map_err(&failed)?;
                match file.try_lock() {
                    Ok(()) => locks.push(Box::new(file)),
                    Err(TryLockError::WouldBlock) => return Err(running(&exchange)),
                    Err(TryLockError::Error(error)) => return Err(failed(error)),
                }
            }
        }
        Ok((tip.checked_div(self.epoch_blocks).unwrap_or(0), locks))
    }

    /// What is taken, relative to the member's folder.
    fn paths(&self, ledger: bool) -> Result<Vec<PathBuf>, CommandError> {
        let node = &self.node;
        let mut paths = vec![
            self.node_path.clone(),
            node.genesis.clone(),
            node.keys.clone(),
        ];
        let mut below_of = |folder: &Path, keep: &dyn Fn(&Path) -> bool| {
            let at = self.root.join(folder);
            if at.is_dir() {
                let found = below(&at)?.into_iter().filter(|path| keep(path));
                paths.extend(found.map(|path| folder.join(path)));
            }
            Ok::<(), CommandError>(())
        };
        let all = |_: &Path| true;
        let not_lock = |path: &Path| {
            let name = path.file_name().and_then(|name| name.to_str());
            !name.is_some_and(|name| name == "lock" || name.ends_with(".lock"))
        };
        below_of(&node.data.join("custodian"), &not_lock)?;
        if let Some(members) = &node.members_folder {
            below_of(members, &all)?;
        }
        if ledger {
            let folder = node.data.join("ledger");
            for name in self.partitions(&folder)? {
                below_of(&folder.join(name), &all)?;
            }
        }
        if let Some((own, gateway)) = &self.gateway {
            let kept =
                |path: &Path| not_lock(path) && !REBUILT.iter().any(|name| path.ends_with(name));
            below_of(&gateway.data, &kept)?;
            if let Some(members) = &gateway.members_folder {
                below_of(members, &all)?;
            }
            paths
                .extend([own, &gateway.genesis, &gateway.keys, &gateway.clients].map(Clone::clone));
        }
        for name in ["member.toml", crate::marker::NAME] {
            let path = match name {
                crate::marker::NAME => node.data.join(name),
                other => PathBuf::from(other),
            };
            if self.root.join(&path).is_file() {
                paths.push(path);
            }
        }
        Ok(paths)
    }

    /// The ledger's partitions but for votes.
    fn partitions(&self, folder: &Path) -> Result<Vec<String>, CommandError> {
        let at = self.root.join(folder);
        if !at.is_dir() {
            return Ok(Vec::new());
        }
        let found = partitions(&at, PREFIX);
        let found = found.map_err(|error| CommandError::Unknown(error.to_string()))?;
        let kept = found
            .into_iter()
            .filter(|partition| !is_of_votes(partition.part));
        Ok(kept.map(|partition| partition.name).collect())
    }
}

/// What a copy must not have: where it is missing, the node follows before it votes.
const fn is_of_votes(part: Part) -> bool {
    matches!(
        part,
        Part::Votes(_) | Part::VoteFrom | Part::Followed | Part::Foreign
    )
}

fn running(path: &Path) -> CommandError {
    let path = path.display();
    CommandError::Unknown(format!(
        "{path}: a process of this member has it open: stop node and gateway first"
    ))
}
