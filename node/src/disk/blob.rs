//! One file of the engine's storage: its header, and its pages with their checksums.
//!
//! ```text
//! header, 4096 bytes: "CWIK" | layout u16 | version u16 | CRC-32 of these 8 | zeros
//! page, 4096 bytes:   data, 4084 | length u16, CRC-32 | length u16, CRC-32
//! ```
//! Integers are big-endian. Of a page's two checksums the one of the greater length is in force, the other stands for what was
//! durable before; bytes beyond the length are padding and mean nothing. All pages but the last are full.
use commonware_cryptography::Crc32;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Bytes of a header.
pub const HEADER_BYTES: u64 = 4096;
/// Bytes of a page on disk.
const PAGE_BYTES: usize = 4096;
/// Bytes of data in a full page.
const DATA_BYTES: usize = 4084;
const MAGIC: &[u8; 6] = b"CWIK\0\x01";

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is damaged.
    #[error("{}: {damage}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Where, and how.
        damage: Damage,
    },
}

impl DiskError {
    /// Makes the error of a file.
    pub fn io(path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io {
            path: path.clone(),
            source,
        }
    }

    /// A file that is damaged.
    pub fn damaged(path: &Path, offset: u64, what: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            damage: Damage::new(offset, what),
        }
    }
}

/// What is wrong in a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("damaged at byte {offset}: {what}")]
pub struct Damage {
    /// Offset in the file, in bytes.
    pub offset: u64,
    /// What does not check.
    pub what: String,
}

impl Damage {
    /// Says it.
    pub fn new(offset: u64, what: impl Into<String>) -> Self {
        Self {
            offset,
            what: what.into(),
        }
    }
}

/// What a file begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// A header that checks.
    Sound,
    /// A file whose creation was cut off: it holds nothing yet, and the engine begins it again.
    Unborn,
    /// Neither.
    Damaged(Damage),
}

/// An open file and its length.
pub struct Blob {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Blob {
    /// Opens a file to be read.
    pub fn open(path: &Path) -> Result<Self, DiskError> {
        let file = File::open(path).map_err(DiskError::io(path))?;
        let length = file.metadata().map_err(DiskError::io(path))?.len();
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of it, the header among them.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Bytes after the header.
    pub const fn data_length(&self) -> u64 {
        self.length.saturating_sub(HEADER_BYTES)
    }

    /// Reads `bytes` from `offset` in the file on; nothing if it ends before.
    pub fn read(&self, offset: u64, bytes: usize) -> Result<Option<Vec<u8>>, DiskError> {
        let size = u64::try_from(bytes).unwrap_or(u64::MAX);
        if offset.checked_add(size).is_none_or(|end| end > self.length) {
            return Ok(None);
        }
        let mut buffer = vec![0; bytes];
        let read = self.file.read_exact_at(&mut buffer, offset);
        read.map_err(DiskError::io(&self.path))?;
        Ok(Some(buffer))
    }

    /// Checks the header.
    pub fn head(&self) -> Result<Head, DiskError> {
        let most = usize::try_from(self.length.min(HEADER_BYTES)).unwrap_or(0);
        let head = self.read(0, most)?.unwrap_or_default();
        if self.length < HEADER_BYTES && unborn(&head) {
            return Ok(Head::Unborn);
        }
        let damaged = |offset, what| Ok(Head::Damaged(Damage::new(offset, what)));
        let (Some(magic), Some(check)) = (head.get(..8), head.get(8..12)) else {
            return damaged(0, "the header is cut off");
        };
        if !magic.starts_with(MAGIC) {
            return damaged(0, "the header is not one of this storage");
        }
        if Crc32::checksum(magic).to_be_bytes() != check {
            return damaged(8, "the header does not match its checksum");
        }
        if self.length < HEADER_BYTES {
            return damaged(self.length, "the header is cut off");
        }
        let rest = head.iter().skip(12).position(|byte| *byte != 0);
        match rest.and_then(|at| u64::try_from(at).ok()) {
            Some(at) => damaged(at.saturating_add(12), "the header's padding is not zero"),
            None => Ok(Head::Sound),
        }
    }

    /// Checks every page in turn and hands its data to `take`, until that says to stop.
    ///
    /// Damage is of a page that does not match the checksum in force, and of one that is not full and yet not the last. Bytes after
    /// the last whole page are an unfinished write, which the engine cuts off.
    pub fn pages(
        &self,
        mut take: impl FnMut(u64, Result<&[u8], Damage>) -> bool,
    ) -> Result<(), DiskError> {
        let size = u64::try_from(PAGE_BYTES).unwrap_or(u64::MAX);
        let count = self.data_length().checked_div(size).unwrap_or(0);
        for page in 0..count {
            let offset = HEADER_BYTES.saturating_add(page.saturating_mul(size));
            let Some(raw) = self.read(offset, PAGE_BYTES)? else {
                return Ok(());
            };
            let full = |data: &[u8]| data.len() == DATA_BYTES || page + 1 == count;
            let wrong = |what: &str| Err(Damage::new(offset, format!("page {page} {what}")));
            let data = match checked(&raw) {
                Page::Sound(data) if full(data) => Ok(data),
                Page::Sound(_) => wrong("is not full, and others follow it"),
                Page::Older => wrong(
                    "does not match its newer checksum, so that the engine falls back to what it held before",
                ),
                Page::Damaged => wrong("does not match its checksum"),
            };
            if !take(page, data) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// All data of a paged file of at most `most` bytes.
    pub fn data(&self, most: u64) -> Result<Vec<u8>, DiskError> {
        if self.length > most {
            let what = format!("it has {} bytes; at most {most} are read", self.length);
            return Err(DiskError::damaged(&self.path, most, what));
        }
        if let Head::Damaged(damage) = self.head()? {
            let path = self.path.clone();
            return Err(DiskError::Damaged { path, damage });
        }
        let (mut data, mut wrong) = (Vec::new(), None);
        self.pages(|_, page| match page {
            Ok(page) => {
                data.extend_from_slice(page);
                true
            }
            Err(damage) => {
                wrong = Some(damage);
                false
            }
        })?;
        match wrong {
            Some(damage) => Err(DiskError::Damaged {
                path: self.path.clone(),
                damage,
            }),
            None => Ok(data),
        }
    }
}

/// Whether this is the beginning of a header, then zeros: what a creation that was cut off leaves.
fn unborn(raw: &[u8]) -> bool {
    let written = raw
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |at| at + 1);
    if written > 12 {
        return false;
    }
    let fixed = written.min(MAGIC.len());
    if raw.get(..fixed) != MAGIC.get(..fixed) {
        return false;
    }
    match (raw.get(..8), raw.get(8..written.max(8))) {
        (Some(prelude), Some(check)) => Crc32::checksum(prelude).to_be_bytes().starts_with(check),
        // Shorter than its first fields.
        _ => true,
    }
}

/// What a page holds.
#[derive(Debug, PartialEq, Eq)]
enum Page<'a> {
    /// Data that match the checksum in force.
    Sound(&'a [u8]),
    /// Only the data of before match: the last write was not finished, or is damaged.
    Older,
    /// Nothing that matches.
    Damaged,
}

/// Compares a page with the checksum in force, which is the one of the greater length, the first if both are the same.
fn checked(page: &[u8]) -> Page<'_> {
    let Some((data, foot)) = page.split_at_checked(DATA_BYTES) else {
        return Page::Damaged;
    };
    let slot = |at: usize| -> Option<(usize, u32)> {
        let length = foot.get(at..at + 2)?.try_into().ok()?;
        let check = foot.get(at + 2..at + 6)?.try_into().ok()?;
        Some((
            usize::from(u16::from_be_bytes(length)),
            u32::from_be_bytes(check),
        ))
    };
    let (Some(first), Some(second)) = (slot(0), slot(6)) else {
        return Page::Damaged;
    };
    let (force, other) = match second.0 > first.0 {
        true => (second, first),
        false => (first, second),
    };
    let matching = |(length, check): (usize, u32)| {
        let data = data.get(..length).filter(|data| !data.is_empty())?;
        (Crc32::checksum(data) == check).then_some(data)
    };
    match (matching(force), matching(other)) {
        (Some(data), _) => Page::Sound(data),
        (None, Some(_)) => Page::Older,
        (None, None) => Page::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Blob, Crc32, DATA_BYTES, HEADER_BYTES, Head, MAGIC, PAGE_BYTES, Page, checked, unborn,
    };

    fn page(data: &[u8], old: usize) -> Vec<u8> {
        let mut page = data.to_vec();
        page.resize(DATA_BYTES, 0);
        for length in [data.len(), old] {
            let check = Crc32::checksum(&data[..length]);
            page.extend(u16::try_from(length).expect("short").to_be_bytes());
            page.extend(check.to_be_bytes());
        }
        page
    }

    fn header() -> Vec<u8> {
        let mut header = [MAGIC.as_slice(), &[0, 0]].concat();
        header.extend(Crc32::checksum(&header).to_be_bytes());
        header.resize(4096, 0);
        header
    }

    #[test]
    fn every_byte_of_a_page_counts_but_for_its_padding() {
        let data = [7u8; 100];
        // The checksum of before is of fewer bytes, or there is none.
        for before in [0, 60] {
            let good = page(&data, before);
            assert_eq!(good.len(), PAGE_BYTES);
            assert_eq!(checked(&good), Page::Sound(&data));
            let unused = DATA_BYTES + 6;
            for at in 0..PAGE_BYTES {
                let mut bad = good.clone();
                bad[at] ^= 1;
                // A length in the other place that is now the greater is in force, and does not match.
                let padding = (100..DATA_BYTES).contains(&at) || at > unused;
                assert_eq!(checked(&bad) == Page::Sound(&data), padding, "{at}");
                if before > 0 && (60..100).contains(&at) {
                    assert_eq!(checked(&bad), Page::Older);
                }
            }
        }
    }

    #[test]
    fn every_byte_of_a_header_counts() {
        let folder = std::env::temp_dir().join(format!("amanat-blob-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("00");
        let head = |bytes: &[u8]| {
            std::fs::write(&path, bytes).expect("writes");
            Blob::open(&path).expect("opens").head().expect("reads")
        };
        let good = header();
        assert_eq!(head(&good), Head::Sound);
        for at in (0..64).chain([4095]) {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(matches!(head(&bad), Head::Damaged(_)), "{at}");
        }
        for cut in [0, 3, 8, 10, 12, 100, 4095] {
            assert_eq!(head(&good[..cut]), Head::Unborn, "{cut}");
        }
        let mut cut = good[..100].to_vec();
        cut[50] = 1;
        assert!(matches!(head(&cut), Head::Damaged(_)));
        assert!(unborn(&[]) && !unborn(b"CWX"));
        let mut two = good.clone();
        two.extend(page(&[1; DATA_BYTES], 0));
        two.extend(page(&[2; 9], 0));
        std::fs::write(&path, &two).expect("writes");
        let data = Blob::open(&path).expect("opens").data(1 << 20);
        assert_eq!(data.expect("sound").len(), DATA_BYTES + 9);
        two[usize::try_from(HEADER_BYTES).expect("small") + 5] ^= 1;
        std::fs::write(&path, &two).expect("writes");
        let named = Blob::open(&path).expect("opens").data(1 << 20);
        assert!(
            named
                .expect_err("damaged")
                .to_string()
                .contains("byte 4096: page 0")
        );
        assert!(Blob::open(&path).expect("opens").data(10).is_err());
        std::fs::remove_dir_all(folder).expect("removes");
    }
}
