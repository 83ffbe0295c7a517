//! Every byte of one file that means something, against its checksum.
use super::archive::Archive;
use super::blob::{Blob, Damage, DiskError, HEADER_BYTES, Head};
use super::partition::{Kind, Partition};
use commonware_cryptography::Crc32;
use std::path::Path;

/// Damages of one file that are kept apart; further ones are counted.
const DAMAGES_MAX: usize = 8;
/// Bytes of one copy of metadata at most.
const METADATA_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What a file's bytes are like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Bytes read.
    pub bytes: u64,
    /// What does not check, in the order of the file.
    pub damage: Vec<Damage>,
    /// Damages beyond those.
    pub more: u64,
    /// Why some of it could not be checked.
    pub unchecked: Option<String>,
}

impl Scanned {
    fn push(&mut self, damage: Damage) {
        match self.damage.len() < DAMAGES_MAX {
            true => self.damage.push(damage),
            false => self.more = self.more.saturating_add(1),
        }
    }

    fn take(&mut self, result: Result<(), DiskError>) -> Result<(), DiskError> {
        match result {
            Err(DiskError::Damaged { damage, .. }) => self.push(damage),
            other => other?,
        }
        Ok(())
    }
}

/// Reads one file. An error: it could not be read.
pub fn scan(partition: &Partition, blob: &str) -> Result<Scanned, DiskError> {
    let file = Blob::open(&partition.path.join(blob))?;
    let mut scanned = Scanned {
        bytes: file.length(),
        ..Scanned::default()
    };
    match file.head()? {
        Head::Sound => {}
        Head::Unborn => return Ok(scanned),
        // Without its header no offset in it can be trusted.
        Head::Damaged(damage) => {
            scanned.push(damage);
            return Ok(scanned);
        }
    }
    match partition.kind(blob) {
        Kind::Metadata => metadata(&file, &mut scanned)?,
        Kind::Paged => file.pages(|_, page| {
            if let Err(damage) = page {
                scanned.push(damage);
            }
            true
        })?,
        Kind::Values => values(partition, blob, &mut scanned)?,
    }
    Ok(scanned)
}

/// `version u64 | values | CRC-32`, or nothing.
fn metadata(file: &Blob, scanned: &mut Scanned) -> Result<(), DiskError> {
    let length = file.data_length();
    if length == 0 {
        return Ok(());
    }
    if length > METADATA_BYTES_MAX {
        scanned.push(Damage::new(HEADER_BYTES, "it is longer than metadata is"));
        return Ok(());
    }
    let size = usize::try_from(length).unwrap_or(usize::MAX);
    let mut data = file.read(HEADER_BYTES, size)?.unwrap_or_default();
    let check = data.split_off(data.len().saturating_sub(4));
    if data.len() < 8 || Crc32::checksum(&data).to_be_bytes() != check.as_slice() {
        let what = "this copy of the metadata does not match its checksum";
        scanned.push(Damage::new(HEADER_BYTES, what));
    }
    Ok(())
}

/// Every value that the index names.
fn values(partition: &Partition, blob: &str, scanned: &mut Scanned) -> Result<(), DiskError> {
    let name = partition.name.strip_suffix("-value").unwrap_or_default();
    let folder = partition.path.parent().unwrap_or(Path::new("."));
    let section = hex::decode(blob).ok();
    let section = section.and_then(|section| <[u8; 8]>::try_from(section).ok());
    let Some(section) = section.map(u64::from_be_bytes) else {
        scanned.push(Damage::new(0, "its name is not one of a section"));
        return Ok(());
    };
    let archive = Archive::open(folder, name)?;
    if !archive.sections().contains(&section) {
        // Values without an index are what a crash leaves; the engine drops them.
        return Ok(());
    }
    let entries = match archive.entries(section) {
        Ok(entries) => entries,
        Err(DiskError::Damaged { .. }) => {
            let why = "its index is damaged, so where its values stand is not known";
            scanned.unchecked = Some(why.to_owned());
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let values = archive.values(section)?;
    for entry in entries {
        scanned.take(entry.value(&values).map(drop))?;
    }
    Ok(())
}
