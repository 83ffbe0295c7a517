//! The folder of an export: which files it has, and its manifest.
//!
//! ```text
//! amanat export 1
//! member 4
//! network <64 hexadecimal digits>
//! file <SHA-256> <bytes> <path>
//! end <SHA-256 of all lines before>
//! ```
//! Paths ascend. A folder that is being written has the first three lines in `EXPORTING` and no `MANIFEST`.
use crate::backup::files::digest;
use crate::command_error::CommandError;
use crate::keys::write_secret;
use amanat_types::{MemberId, RecordId};
use commonware_cryptography::{Hasher as _, Sha256};
use std::fmt::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The manifest, written last.
pub const MANIFEST: &str = "MANIFEST";
/// Says that the folder is not finished.
const EXPORTING: &str = "EXPORTING";
/// The genesis of the network.
pub const GENESIS: &str = "genesis.json";
/// Folder of the records.
pub const RECORDS: &str = "records";
/// What each record has: ciphertext, wrapped key, proof of how it stands on the ledger.
pub const KINDS: [&str; 3] = ["blob", "proof", "wrap"];
/// Bytes of a manifest at most.
const MANIFEST_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// An export on the disk.
pub struct Folder {
    root: PathBuf,
    head: String,
}

/// A file as the manifest names it.
pub struct Item {
    /// Its path below the folder.
    pub path: PathBuf,
    /// SHA-256, hexadecimal.
    pub digest: String,
    /// Its size.
    pub bytes: u64,
}

/// A manifest that was read.
pub struct Listed {
    /// Whose records.
    pub member: MemberId,
    /// All files, by path.
    pub files: Vec<Item>,
}

fn head(member: MemberId, network: &[u8; 32]) -> String {
    let (member, network) = (member.number(), hex::encode(network));
    format!("amanat export 1\nmember {member}\nnetwork {network}\n")
}

fn rule(path: &Path, field: &str, rule: impl Into<String>) -> CommandError {
    CommandError::rule(path.display().to_string(), field, rule)
}

/// Path of one file of a record below the export's folder: in 256 folders by the first byte of its id.
pub fn path_of(record: RecordId, kind: &str) -> PathBuf {
    let id = record.to_string();
    let shard = id.get(..2).unwrap_or_default().to_owned();
    Path::new(RECORDS).join(shard).join(format!("{id}.{kind}"))
}

fn folder(path: &Path) -> Result<(), CommandError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    let failed = CommandError::file(&path.display().to_string());
    builder.create(path).map_err(failed)
}

impl Folder {
    /// Begins an export in `root`, which is not there or is empty, or goes on with one of the same member that was not finished.
    pub fn open(root: &Path, member: MemberId, network: &[u8; 32]) -> Result<Self, CommandError> {
        let own = Self {
            root: root.to_owned(),
            head: head(member, network),
        };
        let marker = root.join(EXPORTING);
        let failed = CommandError::file(&root.display().to_string());
        if root.symlink_metadata().is_ok() {
            if marker.is_file() {
                let text = std::fs::read_to_string(&marker).map_err(&failed)?;
                return match text == own.head {
                    true => Ok(own),
                    false => Err(rule(
                        root,
                        "out",
                        "holds an unfinished export of another member or network; name another folder",
                    )),
                };
            }
            if std::fs::read_dir(root).map_err(&failed)?.next().is_some() {
                return Err(rule(
                    root,
                    "out",
                    "is not empty; nothing was written. Name another folder",
                ));
            }
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
            std::fs::set_permissions(root, mode).map_err(&failed)?;
        }
        folder(root)?;
        write_secret(&marker, own.head.as_bytes()).map_err(&failed)?;
        Ok(own)
    }

    /// Whether a file is there; it is whole, because it is renamed into place.
    pub fn has(&self, path: &Path) -> bool {
        self.root.join(path).is_file()
    }

    /// Writes a file whole and durable, or not at all.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
        let to = self.root.join(path);
        let failed = CommandError::file(&to.display().to_string());
        if let Some(parent) = to.parent() {
            folder(parent)?;
        }
        let mut name = to.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let new = to.with_file_name(name);
        // What a run that was killed left.
        match std::fs::remove_file(&new) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed(error));
            }
            _ => {}
        }
        write_secret(&new, bytes).map_err(&failed)?;
        std::fs::rename(&new, &to).map_err(&failed)
    }

    /// Reads all files again, writes the manifest and ends the export. Gives files and bytes.
    pub fn finish(&self, mut paths: Vec<PathBuf>) -> Result<(u64, u64), CommandError> {
        paths.sort_unstable();
        let mut text = self.head.clone();
        let (mut files, mut all) = (0u64, 0u64);
        for path in &paths {
            let (bytes, digest) = digest(&self.root.join(path), None)?;
            // Writing to a string cannot fail.
            let _ = writeln!(text, "file {digest} {bytes} {}", path.display());
            files += 1;
            all = all.saturating_add(bytes);
        }
        let end = hex::encode(Sha256::hash(&[text.as_bytes()]).0);
        let _ = writeln!(text, "end {end}");
        self.write(Path::new(MANIFEST), text.as_bytes())?;
        let marker = self.root.join(EXPORTING);
        let failed = CommandError::file(&marker.display().to_string());
        std::fs::remove_file(&marker).map_err(failed)?;
        Ok((files, all))
    }
}

/// Reads the manifest of a finished export.
pub fn read(root: &Path, network: &[u8; 32]) -> Result<Listed, CommandError> {
    let path = root.join(MANIFEST);
    let wrong = |what: &str| rule(&path, "manifest", what);
    if root.join(EXPORTING).exists() {
        return Err(rule(
            root,
            "from",
            "is not finished: run `amanat export` again",
        ));
    }
    let failed = CommandError::file(&path.display().to_string());
    if std::fs::metadata(&path).map_err(&failed)?.len() > MANIFEST_BYTES_MAX {
        return Err(wrong("is larger than 1 GiB"));
    }
    let text = std::fs::read_to_string(&path).map_err(&failed)?;
    let cut = "ends without its digest, or its lines do not have it";
    let (body, end) = text
        .strip_suffix('\n')
        .and_then(|text| text.rsplit_once("\nend "))
        .ok_or_else(|| wrong(cut))?;
    let body = format!("{body}\n");
    if hex::encode(Sha256::hash(&[body.as_bytes()]).0) != end {
        return Err(wrong(cut));
    }
    let mut lines = body.lines();
    let mut field = |name: &str| {
        let line = lines.next().unwrap_or_default();
        line.strip_prefix(name).map(str::to_owned)
    };
    let (version, member) = (field("amanat export 1"), field("member "));
    let named = field("network ").unwrap_or_default();
    let member = member.and_then(|member| member.parse().ok());
    let (Some(""), Some(member)) = (version.as_deref(), member) else {
        return Err(wrong("is not one of this version"));
    };
    if named != hex::encode(network) {
        return Err(wrong("is of another network than the genesis"));
    }
    let mut files: Vec<Item> = Vec::new();
    for line in lines {
        let item = item(line).ok_or_else(|| wrong("has a line that names no file"))?;
        if files.last().is_some_and(|before| before.path >= item.path) {
            return Err(wrong("does not name its files ascending, each once"));
        }
        files.push(item);
    }
    Ok(Listed {
        member: MemberId::new(member),
        files,
    })
}

/// The manifest in `root`, read and written again without its last line: the way in for fuzz targets.
pub(crate) fn again(root: &Path, network: &[u8; 32]) -> Option<Vec<u8>> {
    let listed = read(root, network).ok()?;
    let mut text = head(listed.member, network);
    for Item {
        path,
        digest,
        bytes,
    } in &listed.files
    {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "file {digest} {bytes} {}", path.display());
    }
    Some(text.into_bytes())
}

fn item(line: &str) -> Option<Item> {
    let mut parts = line.strip_prefix("file ")?.splitn(3, ' ');
    let (digest, bytes, path) = (parts.next()?, parts.next()?, parts.next()?);
    let path = PathBuf::from(path);
    crate::backup::manifest::is_plain(&path).then_some(Item {
        digest: digest.to_owned(),
        bytes: bytes.parse().ok()?,
        path,
    })
}
