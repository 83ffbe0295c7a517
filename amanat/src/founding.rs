//! `amanat genesis`: joins the members' public files into the genesis of a network.
use crate::command_error::CommandError;
use crate::genesis_file;
use crate::member_file::MemberFile;
use amanat_types::TimestampMs;
use amanat_types::codec::{List, Text};
use amanat_types::genesis::{Genesis, GenesisError, PROTOCOL, VERSION};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Constants of a new network.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name, 1 to 64 bytes.
    pub name: String,
    /// Blocks of an epoch, at least 10.
    pub epoch_blocks: u64,
    /// Time of block 0.
    pub time: TimestampMs,
}

/// A member that was taken in.
#[derive(Debug)]
pub struct Taken {
    /// Its file.
    pub file: MemberFile,
    /// Fingerprint to compare.
    pub fingerprint: String,
}

/// Joins `files` into a genesis at `out`, which must not exist. The same files and plan give the same bytes, in any order.
pub fn found(
    out: &Path,
    plan: &Plan,
    files: &[PathBuf],
) -> Result<(Genesis, Vec<Taken>), CommandError> {
    let named = out.display().to_string();
    if out.symlink_metadata().is_ok() {
        let rule = "is there already; nothing was written";
        return Err(CommandError::rule(named, "out", rule));
    }
    if plan.name.trim().is_empty() || plan.name.chars().any(char::is_control) {
        let rule = "1 to 64 bytes without control characters";
        return Err(CommandError::rule("genesis", "name", rule));
    }
    let (members, taken) = take(files)?;
    let too_many = |field: &str| {
        let field = field.to_owned();
        move |error: amanat_types::codec::TooMany| {
            CommandError::rule("genesis", field, error.to_string())
        }
    };
    let genesis = Genesis {
        version: VERSION,
        name: Text::new(plan.name.clone()).map_err(too_many("name"))?,
        time_ms: plan.time,
        protocol: PROTOCOL,
        epoch_blocks: plan.epoch_blocks,
        members: List::new(members.into_values().collect()).map_err(too_many("members"))?,
    };
    genesis.check().map_err(|error| {
        let field = match error {
            GenesisError::EpochBlocks(_) => "epoch_blocks",
            _ => "members",
        };
        CommandError::rule("genesis", field, error.to_string())
    })?;
    genesis_file::write(out, &genesis)?;
    Ok((genesis, taken))
}

type Members = BTreeMap<u16, amanat_types::genesis::GenesisMember>;

/// Reads and checks each file; numbers and keys must be unique, and an error names the two files that are not.
fn take(files: &[PathBuf]) -> Result<(Members, Vec<Taken>), CommandError> {
    let mut members = Members::new();
    let mut keys = BTreeMap::new();
    let mut sealing = BTreeMap::new();
    let mut names = BTreeMap::new();
    let mut taken = Vec::new();
    for path in files {
        let named = path.display().to_string();
        let file = MemberFile::read(path)?;
        let member = file.genesis_member(&named)?;
        let twice = |field: &str, other: &String| {
            CommandError::rule(named.clone(), field, format!("stands in {other} too"))
        };
        if let Some(other) = names.insert(file.member, named.clone()) {
            return Err(twice("member", &other));
        }
        for key in member.keys.iter() {
            if let Some(other) = keys.insert(key.key, named.clone()) {
                return Err(twice(key.purpose.as_str(), &other));
            }
        }
        if let Some(other) = sealing.insert(file.sealing.clone(), named.clone()) {
            return Err(twice("sealing", &other));
        }
        members.insert(file.member, member);
        taken.push(Taken {
            fingerprint: file.fingerprint(&named)?,
            file,
        });
    }
    taken.sort_by_key(|taken| taken.file.member);
    Ok((members, taken))
}
