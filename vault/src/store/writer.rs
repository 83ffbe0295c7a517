//! The segment that is written to, when a new one begins, and what happens to one whose write failed.
use super::{Store, as_u64, lock};
use amanat_client::disk::AppendFile;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::sync::Arc;

/// The segment that is written to.
pub struct Current {
    /// Its number.
    pub number: u32,
    /// Where it is appended to.
    pub file: Box<dyn AppendFile>,
    /// Bytes written and synced.
    pub synced: u64,
    /// Bytes written.
    pub written: u64,
}

pub struct Writer {
    /// The segment that is written to, if there is one.
    pub current: Option<Current>,
    /// Number of the next new segment.
    pub next: u32,
    /// Bytes of all segments but the current one.
    pub full_bytes: u64,
}

impl Writer {
    /// Bytes of all segments.
    pub fn bytes(&self) -> u64 {
        let current = self.current.as_ref().map_or(0, |current| current.written);
        self.full_bytes.saturating_add(current)
    }

    /// The segment that takes `more` bytes after those in `buffer`; a new one if the current is full.
    pub fn current(
        &mut self,
        store: &Store,
        more: usize,
        buffer: &mut Vec<u8>,
    ) -> Result<&mut Current, ErrorKind> {
        let end = self.current.as_ref().map(|current| {
            let written = current.written + as_u64(buffer.len());
            (written, written + as_u64(more))
        });
        if end.is_some_and(|(written, end)| written > 0 && end > store.size.segment_bytes) {
            self.append(store, buffer)?;
            store.sync(self)?;
            if let Some(full) = self.current.take() {
                self.full_bytes = self.full_bytes.saturating_add(full.written);
            }
        }
        if self.current.is_none() {
            self.current = Some(self.begin(store)?);
        }
        self.current.as_mut().ok_or(ErrorKind::NotFound)
    }

    fn begin(&mut self, store: &Store) -> Result<Current, ErrorKind> {
        let number = self.next;
        let path = store.path(number);
        let opened = store.disk.open(&path).and_then(|file| {
            let reader = File::open(&path)?;
            Ok((file, reader))
        });
        let (file, reader) = opened.map_err(|error| error.kind())?;
        self.next = number.saturating_add(1);
        lock(&store.index).files.insert(number, Arc::new(reader));
        Ok(Current {
            number,
            file,
            synced: 0,
            written: 0,
        })
    }

    /// Writes `buffer` out and empties it.
    pub fn append(&mut self, store: &Store, buffer: &mut Vec<u8>) -> Result<(), ErrorKind> {
        if buffer.is_empty() {
            return Ok(());
        }
        let Some(current) = &mut self.current else {
            return Err(ErrorKind::BrokenPipe);
        };
        let done = current.file.append(buffer);
        current.written = current.written.saturating_add(as_u64(buffer.len()));
        buffer.clear();
        done.map_err(|error| {
            self.give_up(store);
            error.kind()
        })
    }

    /// Leaves a segment whose write failed, cut back to what was synced, or removed if that is nothing.
    ///
    /// If even that fails, what was not synced stays behind as litter: it was never answered.
    pub fn give_up(&mut self, store: &Store) {
        let Some(failed) = self.current.take() else {
            return;
        };
        let path = store.path(failed.number);
        drop(failed.file);
        if failed.synced == 0 && std::fs::remove_file(&path).is_ok() {
            lock(&store.index).files.remove(&failed.number);
            self.next = failed.number;
            return;
        }
        let cut = OpenOptions::new().write(true).open(&path);
        let cut = cut.and_then(|file| file.set_len(failed.synced).and_then(|()| file.sync_all()));
        let left = match cut {
            Ok(()) => failed.synced,
            Err(_) => failed.written,
        };
        self.full_bytes = self.full_bytes.saturating_add(left);
    }
}
