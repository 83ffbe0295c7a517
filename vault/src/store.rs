//! The folder: append-only segments of sealed records, and an index in memory.
//!
//! Writes that wait at the same time are written together and synced once; they enter the index, and are answered, only
//! then. After a failed write the segment is cut back to what was synced and left; the next write begins a new one, so a full
//! disk stops writes alone. Nothing is changed in place, but for what is forgotten ([`forget`]): a healed blob is written afresh and the index points
//! to the new entry. On opening, the end of an unfinished write is cut off.
use amanat_client::disk::Disk;
use amanat_types::RecordId;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

pub mod entry;
pub mod forget;
mod open;
pub mod scan;
mod writer;

pub use entry::Key;
use entry::{Head, Parts};
use writer::Writer;

/// Bytes that are gathered before they are written.
const GATHER_BYTES: usize = 1024 * 1024;

/// Bounds of a store.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Bytes of all segments together.
    pub capacity_bytes: u64,
    /// Bytes at which a segment is full.
    pub segment_bytes: u64,
}

/// A sealed record to be written. Whoever makes one has checked its digest and sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// What it is kept under.
    pub key: Key,
    /// The wrapped key.
    pub wrap: Vec<u8>,
    /// Ciphertext.
    pub blob: Vec<u8>,
    /// Write it even if the index has it: what is there is rotten.
    pub again: bool,
}

impl Sealed {
    fn head(&self) -> Head {
        Head {
            key: self.key,
            wrap_bytes: self.wrap.len(),
            blob_bytes: self.blob.len(),
        }
    }

    fn bytes(&self) -> usize {
        self.head().entry_bytes()
    }
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    segment: u32,
    offset: u64,
    wrap_bytes: u16,
    blob_bytes: u32,
}

impl Place {
    fn of(segment: u32, offset: u64, head: &Head) -> Self {
        Self {
            segment,
            offset,
            wrap_bytes: u16::try_from(head.wrap_bytes).unwrap_or(u16::MAX),
            blob_bytes: u32::try_from(head.blob_bytes).unwrap_or(u32::MAX),
        }
    }

    /// Bytes of the whole entry.
    fn entry_bytes(&self) -> usize {
        let blob_bytes = usize::try_from(self.blob_bytes).unwrap_or(usize::MAX);
        (2 * entry::HEAD_BYTES + usize::from(self.wrap_bytes)).saturating_add(blob_bytes)
    }

    fn head(&self, key: Key) -> Head {
        Head {
            key,
            wrap_bytes: usize::from(self.wrap_bytes),
            blob_bytes: usize::try_from(self.blob_bytes).unwrap_or(usize::MAX),
        }
    }
}

/// Why nothing of a batch counts as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwritten {
    /// A record of it was forgotten.
    Erased,
    /// The disk failed; [`ErrorKind::StorageFull`] when it or the capacity is full.
    Disk(ErrorKind),
}

struct Waiting {
    batch: Vec<Sealed>,
    answer: oneshot::Sender<Result<(), Unwritten>>,
}

#[derive(Default)]
struct Index {
    places: HashMap<Key, Place>,
    /// Entries that were written afresh since: rotten ones, which nobody reads any more and forgetting has to find.
    older: Vec<(Key, Place)>,
    files: BTreeMap<u32, Arc<File>>,
}

/// The store. Every method blocks on the disk.
pub struct Store {
    folder: PathBuf,
    size: Size,
    disk: Arc<dyn Disk>,
    index: Mutex<Index>,
    queue: Mutex<Vec<Waiting>>,
    writer: Mutex<Writer>,
    /// What was forgotten since the store was opened.
    barred: Mutex<HashSet<RecordId>>,
    _lock: File,
}

impl Index {
    /// Points to an entry, and keeps where the one before it stands.
    fn insert(&mut self, key: Key, place: Place) {
        if let Some(old) = self.places.insert(key, place)
            && old != place
        {
            self.older.push((key, old));
        }
    }
}

/// What a store holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Holding {
    /// Sealed records.
    pub blobs: u64,
    /// Bytes of all segments.
    pub bytes: u64,
    /// Bytes that it may hold.
    pub capacity_bytes: u64,
}

impl Store {
    /// Puts a batch in the queue; [`Self::flush`] writes it. The answer comes once all of it is durable.
    ///
    /// Answers [`Unwritten`] when nothing of the batch counts as stored.
    pub fn queue(&self, batch: Vec<Sealed>) -> oneshot::Receiver<Result<(), Unwritten>> {
        let (answer, written) = oneshot::channel();
        lock(&self.queue).push(Waiting { batch, answer });
        written
    }

    /// Writes all that waits and syncs. If the disk fails, nothing of it counts as stored.
    pub fn flush(&self) {
        let mut writer = lock(&self.writer);
        let waiting = std::mem::take(&mut *lock(&self.queue));
        let mut fresh = HashSet::new();
        let mut placed = Vec::new();
        let mut answers = Vec::new();
        let mut result = Ok(());
        let barred = lock(&self.barred);
        for Waiting { batch, answer } in waiting {
            let mut records = batch.iter().map(|sealed| sealed.key.record);
            if records.any(|record| barred.contains(&record)) {
                let _gone = answer.send(Err(Unwritten::Erased));
                continue;
            }
            let wanted = self.wanted(&batch, &fresh);
            let bytes: u64 = wanted.iter().map(|sealed| as_u64(sealed.bytes())).sum();
            if writer.bytes().saturating_add(bytes) > self.size.capacity_bytes {
                let _gone = answer.send(Err(Unwritten::Disk(ErrorKind::StorageFull)));
                continue;
            }
            answers.push(answer);
            result = result.and_then(|()| self.write(&mut writer, &wanted, &mut placed));
            fresh.extend(wanted.iter().map(|sealed| sealed.key));
        }
        result = result.and_then(|()| self.sync(&mut writer));
        if result.is_ok() {
            let mut index = lock(&self.index);
            for (key, place) in placed {
                index.insert(key, place);
            }
        }
        for answer in answers {
            let _gone = answer.send(result.map_err(Unwritten::Disk));
        }
    }

    /// What of `batch` must be written: what neither the index nor this flush has, each key once.
    fn wanted<'a>(&self, batch: &'a [Sealed], fresh: &HashSet<Key>) -> Vec<&'a Sealed> {
        let index = lock(&self.index);
        let mut seen = HashSet::new();
        let new = batch.iter().filter(|sealed| {
            let known = index.places.contains_key(&sealed.key) && !sealed.again;
            !known && !fresh.contains(&sealed.key) && seen.insert(sealed.key)
        });
        new.collect()
    }

    /// Appends `batch`, without syncing but for a segment that it fills.
    fn write(
        &self,
        writer: &mut Writer,
        batch: &[&Sealed],
        placed: &mut Vec<(Key, Place)>,
    ) -> Result<(), ErrorKind> {
        let mut buffer = Vec::new();
        for sealed in batch {
            let head = sealed.head();
            let current = writer.current(self, head.entry_bytes(), &mut buffer)?;
            let offset = current.written + as_u64(buffer.len());
            placed.push((sealed.key, Place::of(current.number, offset, &head)));
            entry::write(sealed.key, &sealed.wrap, &sealed.blob, &mut buffer);
            if buffer.len() >= GATHER_BYTES {
                writer.append(self, &mut buffer)?;
            }
        }
        writer.append(self, &mut buffer)
    }

    fn sync(&self, writer: &mut Writer) -> Result<(), ErrorKind> {
        let Some(current) = &mut writer.current else {
            return Ok(());
        };
        if current.synced == current.written {
            return Ok(());
        }
        match current.file.sync() {
            Ok(()) => {
                current.synced = current.written;
                Ok(())
            }
            Err(error) => {
                writer.give_up(self);
                Err(error.kind())
            }
        }
    }

    /// Bytes of the blob and the wrap under `key`.
    pub fn bytes_of(&self, key: &Key) -> Option<usize> {
        let index = lock(&self.index);
        let place = index.places.get(key)?;
        let head = place.head(*key);
        Some(head.wrap_bytes.saturating_add(head.blob_bytes))
    }

    /// Reads and checks every byte of an entry; `None` if there is none. An entry that cannot be read has no good parts.
    pub fn read(&self, key: &Key) -> Option<Parts> {
        let (head, offset, file) = {
            let index = lock(&self.index);
            let place = *index.places.get(key)?;
            let file = index.files.get(&place.segment).cloned();
            (place.head(*key), place.offset, file)
        };
        let mut bytes = vec![0u8; head.entry_bytes()];
        let read = file.map(|file| file.read_exact_at(&mut bytes, offset));
        match read {
            Some(Ok(())) => Some(entry::examine(&bytes, &head)),
            _ => Some(Parts::default()),
        }
    }

    /// Where the entry stands, for the log: segment and offset.
    pub fn place(&self, key: &Key) -> Option<(u32, u64)> {
        let index = lock(&self.index);
        let place = index.places.get(key)?;
        Some((place.segment, place.offset))
    }

    /// Every key, in the order in which entries stand on the disk.
    pub fn keys(&self) -> Vec<Key> {
        let index = lock(&self.index);
        let mut keys: Vec<(u32, u64, Key)> = index
            .places
            .iter()
            .map(|(key, place)| (place.segment, place.offset, *key))
            .collect();
        keys.sort_unstable();
        keys.into_iter().map(|(_, _, key)| key).collect()
    }

    /// What it holds.
    pub fn holding(&self) -> Holding {
        let bytes = lock(&self.writer).bytes();
        let blobs = as_u64(lock(&self.index).places.len());
        Holding {
            blobs,
            bytes,
            capacity_bytes: self.size.capacity_bytes,
        }
    }

    fn path(&self, number: u32) -> PathBuf {
        self.folder.join(format!("{number:08}.seg"))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn as_u64(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
