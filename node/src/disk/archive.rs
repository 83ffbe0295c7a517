//! An archive of the node: an index of entries of fixed size, and their values.
//!
//! ```text
//! index, in pages: height u64 | key 32 | offset u64 | size u32
//! values:          bytes | CRC-32, at the offset after the file's header, together of that size
//! ```
//! A file of either holds the heights of one *section*, whose first height is its name.
use super::blob::{Blob, DiskError, HEADER_BYTES, Head};
use bytes::Bytes;
use commonware_cryptography::Crc32;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// Bytes of an entry of the index.
const ENTRY_BYTES: usize = 52;
/// Bytes of an index file at most: far more than the transactions of a section.
const INDEX_BYTES_MAX: u64 = 1 << 30;

/// An entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Height.
    pub height: u64,
    /// What it is kept under.
    pub key: [u8; 32],
    /// Offset of its value after the header of the file.
    pub offset: u64,
    /// Bytes of its value and the checksum.
    pub size: u32,
}

/// An archive on disk.
#[derive(Clone, Debug)]
pub struct Archive {
    keys: PathBuf,
    values: PathBuf,
    sections: BTreeSet<u64>,
}

/// Name of a section's file.
fn file_name(section: u64) -> String {
    hex::encode(section.to_be_bytes())
}

impl Archive {
    /// The archive `name` (with the node's prefix) below the ledger's folder; an empty one if it is not there.
    pub fn open(folder: &Path, name: &str) -> Result<Self, DiskError> {
        let keys = folder.join(format!("{name}-key"));
        let mut sections = BTreeSet::new();
        let listed = match std::fs::read_dir(&keys) {
            Ok(listed) => Some(listed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(DiskError::io(&keys)(error)),
        };
        for file in listed.into_iter().flatten() {
            let file = file.map_err(DiskError::io(&keys))?;
            let name = file.file_name();
            let section = name
                .to_str()
                .and_then(|name| hex::decode(name).ok())
                .and_then(|name| <[u8; 8]>::try_from(name).ok());
            let Some(section) = section else {
                let what = "its name is not one of a section";
                return Err(DiskError::damaged(&file.path(), 0, what));
            };
            sections.insert(u64::from_be_bytes(section));
        }
        Ok(Self {
            keys,
            values: folder.join(format!("{name}-value")),
            sections,
        })
    }

    /// First heights of its sections, ascending.
    pub const fn sections(&self) -> &BTreeSet<u64> {
        &self.sections
    }

    /// The index file of a section.
    pub fn index_path(&self, section: u64) -> PathBuf {
        self.keys.join(file_name(section))
    }

    /// The file of a section's values.
    pub fn value_path(&self, section: u64) -> PathBuf {
        self.values.join(file_name(section))
    }

    /// The entries of a section by height; those of one height in the order of writing.
    pub fn entries(&self, section: u64) -> Result<Vec<Entry>, DiskError> {
        let data = Blob::open(&self.index_path(section))?.data(INDEX_BYTES_MAX)?;
        let mut entries: Vec<Entry> = data.chunks_exact(ENTRY_BYTES).filter_map(entry).collect();
        entries.sort_by_key(|entry| entry.height);
        Ok(entries)
    }

    /// Opens the values of a section. Damage: its header.
    pub fn values(&self, section: u64) -> Result<Blob, DiskError> {
        let blob = Blob::open(&self.value_path(section))?;
        match blob.head()? {
            Head::Damaged(damage) => Err(DiskError::Damaged {
                path: blob.path().to_owned(),
                damage,
            }),
            Head::Sound | Head::Unborn => Ok(blob),
        }
    }
}

impl Entry {
    /// The value of this entry. Damage: it is cut off, or does not match its checksum.
    pub fn value(&self, values: &Blob) -> Result<Bytes, DiskError> {
        let offset = HEADER_BYTES.saturating_add(self.offset);
        let named = |what: &str| {
            let what = format!("the value of height {} {what}", self.height);
            DiskError::damaged(values.path(), offset, what)
        };
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let bytes = values.read(offset, size)?;
        let mut bytes = bytes.ok_or_else(|| named("is cut off"))?;
        let at = size.checked_sub(4).ok_or_else(|| named("is too short"))?;
        let check = bytes.split_off(at);
        match Crc32::checksum(&bytes).to_be_bytes() == check.as_slice() {
            true => Ok(bytes.into()),
            false => Err(named("does not match its checksum")),
        }
    }
}

fn entry(bytes: &[u8]) -> Option<Entry> {
    Some(Entry {
        height: u64::from_be_bytes(bytes.get(..8)?.try_into().ok()?),
        key: bytes.get(8..40)?.try_into().ok()?,
        offset: u64::from_be_bytes(bytes.get(40..48)?.try_into().ok()?),
        size: u32::from_be_bytes(bytes.get(48..52)?.try_into().ok()?),
    })
}
