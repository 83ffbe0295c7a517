//! The release journal that a vault and a custodian keep: every release is durable here before its bytes leave.
//!
//! One file, appended to, hash-chained ([`JournalEntry`]), layout in [`mod@frame`]. Entries that are written at the same time share one
//! fdatasync. After a failed write the journal takes no more entries: reopen it, which finds out what is
//! durable. On opening, an unfinished last entry is cut off: its release was never answered. Any other damage is named
//! by the number of its entry and the journal does not open. A journal that lost whole entries at its end is
//! found out by its last anchor ([`crate::anchor`]).
//!
//! An entry may stand for bytes that did not leave (the process died in between), never the other way round.
use crate::disk::{AppendFile, Disk, lock_alone, offload};
use crate::{Fault, stores::JournalPage, wire::JOURNAL_ENTRIES_MAX};
use amanat_types::code::JournalKind;
use amanat_types::codec::List;
use amanat_types::id::{MemberId, RecordId, TicketId};
use amanat_types::journal::JournalEntry;
use amanat_types::{Digest, Height, TimestampMs, limits};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

pub mod frame;
mod scan;

/// Every so many entries their position in the file is kept in memory.
const MARK_EVERY: u64 = 64;
/// Bytes of entries in one page.
const PAGE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What leaves, to whom, under which ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// To whom.
    pub reader: MemberId,
    /// Under which ticket; all zero for a copy to a co-holder, which needs none.
    pub ticket: TicketId,
    /// Finalised height at which it was judged.
    pub height: Height,
    /// When, by the releaser's clock.
    pub time_ms: TimestampMs,
    /// What.
    pub records: List<RecordId, { limits::RELEASE_RECORDS_MAX }>,
}

/// A release journal. Cheap to clone; clones are the same journal.
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

struct Inner {
    kind: JournalKind,
    releaser: MemberId,
    queue: Mutex<Vec<Waiting>>,
    writer: Mutex<Writer>,
    durable: Mutex<Durable>,
    anchored: AtomicU64,
    file: File,
    _lock: File,
}

struct Waiting {
    departure: Departure,
    answer: oneshot::Sender<Result<u64, std::io::ErrorKind>>,
}

struct Writer {
    file: Box<dyn AppendFile>,
    failed: bool,
}

/// What is durable.
struct Durable {
    count: u64,
    head: Digest,
    bytes: u64,
    /// Position of every [`MARK_EVERY`]th entry.
    marks: Vec<u64>,
}

impl Durable {
    fn take(&mut self, number: u64, hash: Digest, bytes: u64) {
        if number.is_multiple_of(MARK_EVERY) {
            self.marks.push(self.bytes);
        }
        self.count = number.saturating_add(1);
        self.head = hash;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Journal({})", self.inner.kind)
    }
}

/// Reads a journal that nobody has open, and changes nothing: how many entries it has, and how many bytes of an unfinished one follow.
///
/// Faults: [`Fault::Damaged`] with the entry's number; [`Fault::Storage`].
pub fn inspect(path: &Path, kind: JournalKind, releaser: MemberId) -> Result<(u64, u64), Fault> {
    let file = File::open(path);
    let file = file.map_err(|source| Fault::storage("read the release journal", source))?;
    let (durable, torn) = scan::all(&file, kind, releaser)?;
    Ok((durable.count, torn))
}

impl Journal {
    /// Opens the journal at `path`, or begins one. Reads all of it; blocking.
    ///
    /// Faults: [`Fault::Damaged`] with the entry's number; [`Fault::Storage`], also when another process has it open.
    pub fn open(
        path: &Path,
        kind: JournalKind,
        releaser: MemberId,
        disk: &dyn Disk,
    ) -> Result<Self, Fault> {
        let lock = lock_alone(&path.with_extension("lock"))?;
        let mut writer = disk
            .open(path)
            .map_err(|source| Fault::storage("open the release journal", source))?;
        let file = OpenOptions::new().read(true).write(true).open(path);
        let file = file.map_err(|source| Fault::storage("read the release journal", source))?;
        let (durable, torn) = scan::all(&file, kind, releaser)?;
        if torn > 0 {
            tracing::warn!(%kind, entry = durable.count, torn, "cut off an unfinished entry of the release journal");
            let cut = file.set_len(durable.bytes).and_then(|()| file.sync_all());
            cut.map_err(|source| Fault::storage("cut off an unfinished entry", source))?;
        }
        let synced = writer.sync();
        synced.map_err(|source| Fault::storage("sync the release journal", source))?;
        let inner = Inner {
            kind,
            releaser,
            queue: Mutex::default(),
            writer: Mutex::new(Writer {
                file: writer,
                failed: false,
            }),
            durable: Mutex::new(durable),
            anchored: AtomicU64::new(0),
            file,
            _lock: lock,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Whose journal it is.
    pub fn releaser(&self) -> MemberId {
        self.inner.releaser
    }

    /// Which journal it is.
    pub fn kind(&self) -> JournalKind {
        self.inner.kind
    }

    /// Number of durable entries and the hash of the last.
    pub fn head(&self) -> (u64, Digest) {
        let durable = lock(&self.inner.durable);
        (durable.count, durable.head)
    }

    /// Writes an entry and returns its number once it is durable. Only then may the bytes leave.
    ///
    /// Cancelling may leave the entry written. A fault means that nothing may leave.
    pub async fn append(&self, departure: Departure) -> Result<u64, Fault> {
        let (answer, written) = oneshot::channel();
        lock(&self.inner.queue).push(Waiting { departure, answer });
        let inner = self.inner.clone();
        offload(move || inner.flush()).await?;
        let failed =
            |kind: std::io::ErrorKind| Fault::storage("write the release journal", kind.into());
        match written.await {
            Ok(Ok(number)) => Ok(number),
            Ok(Err(kind)) => Err(failed(kind)),
            Err(_) => Err(failed(std::io::ErrorKind::Other)),
        }
    }

    /// At most `limit` entries from number `from`; fewer if they would be too large for one page.
    pub async fn page(&self, from: u64, limit: u32) -> Result<JournalPage, Fault> {
        let inner = self.inner.clone();
        offload(move || inner.page(from, limit)).await?
    }

    /// Reads the whole file again and checks every entry.
    pub async fn verify(&self) -> Result<(u64, Digest), Fault> {
        let inner = self.inner.clone();
        offload(move || inner.verify()).await?
    }

    /// Count and head, if the journal grew since it was last anchored.
    pub fn unanchored(&self) -> Option<(u64, Digest)> {
        let (count, head) = self.head();
        (count > self.inner.anchored.load(Ordering::Relaxed)).then_some((count, head))
    }

    /// How many entries are not anchored as far as is known, and when the first of them was written. Reads the file; blocking.
    pub fn waiting(&self) -> Result<(u64, Option<TimestampMs>), Fault> {
        let (count, _) = self.head();
        let anchored = self.inner.anchored.load(Ordering::Relaxed);
        let waiting = count.saturating_sub(anchored);
        if waiting == 0 {
            return Ok((0, None));
        }
        let page = self.inner.page(anchored, 1)?;
        Ok((waiting, page.entries.first().map(|entry| entry.time_ms)))
    }

    /// Notes that the first `count` entries are anchored.
    pub fn note_anchored(&self, count: u64) {
        self.inner.anchored.fetch_max(count, Ordering::Relaxed);
    }
}

impl Inner {
    /// Writes all that waits and syncs once. Whoever comes second finds its entry written by the first.
    fn flush(&self) {
        let mut writer = lock(&self.writer);
        let waiting = std::mem::take(&mut *lock(&self.queue));
        if waiting.is_empty() {
            return;
        }
        let (mut number, mut previous) = {
            let durable = lock(&self.durable);
            (durable.count, durable.head)
        };
        let mut buffer = Vec::new();
        let mut written = Vec::with_capacity(waiting.len());
        let mut answers = Vec::with_capacity(waiting.len());
        for Waiting { departure, answer } in waiting {
            let entry = self.entry(number, previous, departure);
            let start = buffer.len();
            previous = frame::write(&entry, &mut buffer);
            written.push((number, previous, buffer.len() - start));
            answers.push((number, answer));
            number = number.saturating_add(1);
        }
        let result = writer.write(&buffer);
        if result.is_ok() {
            let mut durable = lock(&self.durable);
            for (number, hash, bytes) in written {
                durable.take(number, hash, u64::try_from(bytes).unwrap_or(u64::MAX));
            }
        }
        for (number, answer) in answers {
            let _gone = answer.send(result.map(|()| number));
        }
    }

    fn entry(&self, number: u64, previous: Digest, departure: Departure) -> JournalEntry {
        JournalEntry {
            number,
            previous,
            journal: self.kind,
            releaser: self.releaser,
            reader: departure.reader,
            ticket: departure.ticket,
            height: departure.height,
            time_ms: departure.time_ms,
            records: departure.records,
        }
    }

    fn page(&self, from: u64, limit: u32) -> Result<JournalPage, Fault> {
        let (count, head, bytes, mark) = {
            let durable = lock(&self.durable);
            let mark = usize::try_from(from / MARK_EVERY).unwrap_or(usize::MAX);
            let mark = durable.marks.get(mark).copied();
            (durable.count, durable.head, durable.bytes, mark)
        };
        let mut entries = Vec::new();
        if let (Some(mark), true) = (mark, from < count) {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let limit = limit.min(JOURNAL_ENTRIES_MAX);
            let first = from - from % MARK_EVERY;
            let mut reader = scan::Reader::new(&self.file, mark, bytes, first);
            let mut left = PAGE_BYTES_MAX;
            while entries.len() < limit {
                let Some((entry, size)) = reader.next_unchained()? else {
                    break;
                };
                if entry.number < from {
                    continue;
                }
                if size > left && !entries.is_empty() {
                    break;
                }
                left = left.saturating_sub(size);
                entries.push(entry);
            }
        }
        Ok(JournalPage {
            count,
            head,
            entries,
        })
    }

    fn verify(&self) -> Result<(u64, Digest), Fault> {
        let _quiet = lock(&self.writer);
        let (found, torn) = scan::all(&self.file, self.kind, self.releaser)?;
        let durable = lock(&self.durable);
        if torn > 0 || found.count != durable.count || found.head != durable.head {
            let number = found.count.min(durable.count);
            return Err(frame::damaged(number, "the file is not what was written"));
        }
        Ok((found.count, found.head))
    }
}

impl Writer {
    fn write(&mut self, bytes: &[u8]) -> Result<(), std::io::ErrorKind> {
        if self.failed {
            return Err(std::io::ErrorKind::BrokenPipe);
        }
        self.failed = true;
        let done = self.file.append(bytes).and_then(|()| self.file.sync());
        done.map_err(|error| error.kind())?;
        self.failed = false;
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads exactly `buffer` at `position`.
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> Result<(), Fault> {
    let read = file.read_exact_at(buffer, position);
    read.map_err(|source| Fault::storage("read the release journal", source))
}
