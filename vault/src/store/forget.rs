//! Forgets records: overwrites their entries in place, so that neither bytes nor wrap nor the record's id stand there any more.
//!
//! In three steps, each durable before the next, and one entry after the other in the first, so that a process may die between any two writes:
//!
//! 1. the first head becomes a marker. From here on the entry is gone for whoever opens the store, which finishes what is left to do;
//!    a marker of which a part was written only is a rotten head, and the second head still says what stood there: it is forgotten again;
//! 2. wrap and blob become zeros;
//! 3. the second head becomes a marker too: nothing is left to do.
//!
//! The entry keeps its length, so nothing else moves, and its room is not given back. What a disk or a file system keeps of overwritten blocks is beyond
//! a program (`docs/operate/disk.md`).
use super::entry::{HEAD_BYTES, markers};
use super::{Index, Place, Store, as_u64, lock};
use amanat_client::disk::{Disk, PatchFile};
use amanat_types::RecordId;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Zeros that are written at once.
static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

impl Store {
    /// Forgets every entry of these records, whoever put it, and takes none of them any more until the store is opened anew. Durable when it
    /// returns; gives how many entries there were. May be repeated: what is gone already costs nothing.
    ///
    /// If the disk fails, what was found stays in the index, and is to be forgotten again.
    pub fn forget(&self, records: &BTreeSet<RecordId>) -> io::Result<usize> {
        // Nothing is written meanwhile: what waits is refused by its record when its turn comes.
        let _writer = lock(&self.writer);
        lock(&self.barred).extend(records);
        let places = lock(&self.index).of(records);
        let mut segments: BTreeMap<u32, Vec<(u64, usize)>> = BTreeMap::new();
        for place in &places {
            let entry = (place.offset, place.entry_bytes());
            segments.entry(place.segment).or_default().push(entry);
        }
        for (number, entries) in segments {
            forget(self.disk.as_ref(), &self.path(number), &entries)?;
        }
        lock(&self.index).drop_all(records);
        Ok(places.len())
    }
}

impl Index {
    /// Where entries of these records stand, those that were written anew since among them.
    fn of(&self, records: &BTreeSet<RecordId>) -> Vec<Place> {
        let places = self
            .places
            .iter()
            .chain(self.older.iter().map(|(key, place)| (key, place)));
        places
            .filter(|(key, _)| records.contains(&key.record))
            .map(|(_, place)| *place)
            .collect()
    }

    fn drop_all(&mut self, records: &BTreeSet<RecordId>) {
        self.places.retain(|key, _| !records.contains(&key.record));
        self.older.retain(|(key, _)| !records.contains(&key.record));
    }
}

/// Overwrites entries of one segment, each given by its offset and its bytes.
fn forget(disk: &dyn Disk, path: &Path, entries: &[(u64, usize)]) -> io::Result<()> {
    let mut file = disk.patch(path)?;
    for (offset, bytes) in entries {
        let [first, _] = markers(*bytes);
        file.write_at(&first, *offset)?;
        file.sync()?;
    }
    finish(file.as_mut(), entries)
}

/// Finishes to overwrite entries whose first head is a marker.
fn finish(file: &mut dyn PatchFile, entries: &[(u64, usize)]) -> io::Result<()> {
    for (offset, bytes) in entries {
        let mut at = offset.saturating_add(as_u64(HEAD_BYTES));
        let mut left = bytes.saturating_sub(2 * HEAD_BYTES);
        while left > 0 {
            let zeros = ZEROS.get(..left).unwrap_or(&ZEROS);
            file.write_at(zeros, at)?;
            at = at.saturating_add(as_u64(zeros.len()));
            left = left.saturating_sub(zeros.len());
        }
    }
    file.sync()?;
    for (offset, bytes) in entries {
        let [_, end] = markers(*bytes);
        file.write_at(&end, second(*offset, *bytes))?;
    }
    file.sync()
}

/// Where the second head of an entry stands.
fn second(offset: u64, bytes: usize) -> u64 {
    offset.saturating_add(as_u64(bytes.saturating_sub(HEAD_BYTES)))
}

/// Finishes what a process that died had begun to forget in a segment whose forgotten entries are `entries`.
pub fn resume(
    disk: &dyn Disk,
    path: &Path,
    reader: &std::fs::File,
    entries: &[(u64, usize)],
) -> io::Result<()> {
    use std::os::unix::fs::FileExt as _;
    let mut unfinished = Vec::new();
    for (offset, bytes) in entries {
        let mut last = [0; HEAD_BYTES];
        match reader.read_exact_at(&mut last, second(*offset, *bytes)) {
            Ok(()) if last == markers(*bytes)[1] => {}
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error),
            _ => unfinished.push((*offset, *bytes)),
        }
    }
    if unfinished.is_empty() {
        return Ok(());
    }
    tracing::warn!(
        entries = unfinished.len(),
        "finishing to forget what was erased"
    );
    finish(disk.patch(path)?.as_mut(), &unfinished)
}
