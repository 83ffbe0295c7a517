//! Checks an export offline: every file by its digest, every record by the ledger's own proof, from the genesis alone.
use super::folder::{self, GENESIS, Item, KINDS, path_of};
use crate::backup::files::digest;
use crate::command_error::CommandError;
use crate::genesis_file;
use crate::verify::{Trust, state_value};
use amanat_client::wire::WRAP_BYTES_MAX;
use amanat_envelope::Wrap;
use amanat_types::state::Record;
use amanat_types::{MemberId, RecordId, StateKey};
use commonware_codec::DecodeExt as _;
use std::path::Path;

/// Most bytes of a proof.
const PROOF_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What an export that held has.
pub struct Checked {
    /// Whose.
    pub member: u16,
    /// Records.
    pub records: usize,
    /// Files.
    pub files: usize,
}

/// Checks the export in `root` by the genesis file at `genesis`.
pub fn check(root: &Path, genesis: &Path) -> Result<Checked, CommandError> {
    let genesis = genesis_file::read(genesis)?;
    let listed = folder::read(root, &genesis.digest().0)?;
    let trust = Trust::genesis(genesis);
    let trust = trust.map_err(|error| wrong(root, GENESIS, &error.to_string()))?;
    let mut files = listed.files.iter();
    let first = files.next().filter(|item| item.path == Path::new(GENESIS));
    let first = first.ok_or_else(|| wrong(root, GENESIS, "is not listed"))?;
    fits(root, first)?;
    let rest: Vec<&Item> = files.collect();
    let (records, odd) = rest.as_chunks::<{ KINDS.len() }>();
    if !odd.is_empty() {
        return Err(wrong(
            root,
            "records",
            "a record does not have its three files",
        ));
    }
    for files in records {
        record(root, listed.member, files, &trust)?;
    }
    Ok(Checked {
        member: listed.member.number(),
        records: records.len(),
        files: listed.files.len(),
    })
}

/// One record: its three files are those of one id, as listed, and what the proof says of it.
fn record(
    root: &Path,
    member: MemberId,
    files: &[&Item; KINDS.len()],
    trust: &Trust,
) -> Result<(), CommandError> {
    let [blob, proof, wrap] = files;
    let named = blob.path.file_stem().and_then(|name| name.to_str());
    let id = named.and_then(RecordId::from_hex);
    let id = id.ok_or_else(|| wrong(root, "records", "a file is not named after a record"))?;
    for (item, kind) in files.iter().zip(KINDS) {
        if item.path != path_of(id, kind) {
            return Err(wrong(
                root,
                "records",
                "a record does not have its three files",
            ));
        }
        fits(root, item)?;
    }
    let subject = |item: &Item| item.path.display().to_string();
    let failed = |error: String| CommandError::rule(subject(proof), "proof", error);
    let bytes = read(root, proof, PROOF_BYTES_MAX)?;
    let (key, value, _) = state_value(&bytes, trust).map_err(|error| failed(error.to_string()))?;
    let state = value.and_then(|value| Record::decode(value).ok());
    let state = state.filter(|_| key == StateKey::record(&id));
    let state = state.ok_or_else(|| failed("it is not of this record".to_owned()))?;
    if state.member != member {
        return Err(failed(
            "another member is custodian of this record".to_owned(),
        ));
    }
    if blob.digest != state.blob.to_string() {
        let rule = "its bytes are not those that the ledger names";
        return Err(CommandError::rule(subject(blob), "blob", rule));
    }
    let bytes = read(
        root,
        wrap,
        u64::try_from(WRAP_BYTES_MAX).unwrap_or(u64::MAX),
    )?;
    Wrap::decode(bytes).map_err(|_| CommandError::rule(subject(wrap), "wrap", "it is none"))?;
    Ok(())
}

/// A file has the size and the digest that the manifest says.
fn fits(root: &Path, item: &Item) -> Result<(), CommandError> {
    let (bytes, found) = digest(&root.join(&item.path), None)?;
    match bytes == item.bytes && found == item.digest {
        true => Ok(()),
        false => {
            let rule = "its bytes are not those of the manifest";
            Err(CommandError::rule(
                item.path.display().to_string(),
                "file",
                rule,
            ))
        }
    }
}

fn read(root: &Path, item: &Item, most: u64) -> Result<Vec<u8>, CommandError> {
    let path = item.path.display().to_string();
    if item.bytes > most {
        return Err(CommandError::rule(
            path,
            "file",
            format!("has more than {most} bytes"),
        ));
    }
    std::fs::read(root.join(&item.path)).map_err(CommandError::file(&path))
}

fn wrong(root: &Path, field: &str, rule: &str) -> CommandError {
    CommandError::rule(root.display().to_string(), field, rule)
}
