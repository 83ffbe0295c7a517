//! Rebuilds the index of one segment from the heads of its entries.
//!
//! Blobs are not read: they are checked by digest on each read and by the scrubber. An entry whose head has rotted is
//! skipped to the next sound head; it is kept in the index, to be named and healed, if its second head still says what it was.
use super::entry::{self, ENTRY_BYTES_MAX, Found, HEAD_BYTES, Head};
use amanat_client::Fault;
use amanat_client::wire::WRAP_BYTES_MAX;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

/// What a segment holds.
#[derive(Debug, Default)]
pub struct Segment {
    /// Entries and where they begin, in order.
    pub entries: Vec<(u64, Head)>,
    /// Where entries begin whose head cannot be read at all.
    pub lost: Vec<u64>,
    /// Where forgotten entries begin, with their bytes.
    pub forgotten: Vec<(u64, usize)>,
    /// Where the last finished entry, or damage, ends.
    pub end: u64,
}

/// Bytes that are read at once while looking for the next sound head.
const CHUNK: usize = 256 * 1024;

/// Reads the heads of a segment of `length` bytes.
pub fn scan(file: &File, length: u64) -> Result<Segment, Fault> {
    let mut segment = Segment::default();
    let mut buffer = vec![0u8; HEAD_BYTES + WRAP_BYTES_MAX];
    while segment.end < length {
        let left = length - segment.end;
        let bytes = read(file, &mut buffer, segment.end, left)?;
        match entry::find(bytes, left) {
            Found::Entry(head) => {
                segment.entries.push((segment.end, head));
                segment.end += as_u64(head.entry_bytes());
            }
            Found::Forgotten(bytes) => {
                segment.forgotten.push((segment.end, bytes));
                segment.end += as_u64(bytes);
            }
            Found::Torn => break,
            Found::Rotten => {
                let next = next_sound(file, segment.end + 1, length)?.unwrap_or(length);
                match second_head(file, segment.end, next)? {
                    Some(Second::Head(head)) => segment.entries.push((segment.end, head)),
                    Some(Second::Marker) => {}
                    None => segment.lost.push(segment.end),
                }
                segment.end = next;
            }
        }
    }
    Ok(segment)
}

/// Reads as much as fits into `buffer` of the `left` bytes at `position`.
fn read<'a>(
    file: &File,
    buffer: &'a mut [u8],
    position: u64,
    left: u64,
) -> Result<&'a [u8], Fault> {
    let size = usize::try_from(left).unwrap_or(usize::MAX);
    let size = size.min(buffer.len());
    let buffer = buffer.get_mut(..size).unwrap_or_default();
    let done = file.read_exact_at(buffer, position);
    done.map_err(|source| Fault::storage("read a segment", source))?;
    Ok(buffer)
}

/// The next position from which a sound entry begins, or the marker of a forgotten one.
fn next_sound(file: &File, from: u64, length: u64) -> Result<Option<u64>, Fault> {
    let mut buffer = vec![0u8; CHUNK + HEAD_BYTES + WRAP_BYTES_MAX];
    let mut at = from;
    while at < length {
        let left = length - at;
        let bytes = read(file, &mut buffer, at, left)?;
        let starts = bytes.windows(entry::MAGIC.len()).take(CHUNK).enumerate();
        for (start, window) in starts {
            let rest = bytes.get(start..).unwrap_or_default();
            if window != entry::MAGIC && window != entry::FORGOTTEN {
                continue;
            }
            let found = entry::find(rest, left - as_u64(start));
            if matches!(found, Found::Entry(_) | Found::Forgotten(_)) {
                return Ok(Some(at + as_u64(start)));
            }
        }
        at += as_u64(CHUNK);
    }
    Ok(None)
}

/// What stands at the end of a damaged entry.
enum Second {
    Head(Head),
    /// The entry was forgotten.
    Marker,
}

/// The head or marker that stands at the end of the damaged entry from `start` to `end`, if it fits there.
fn second_head(file: &File, start: u64, end: u64) -> Result<Option<Second>, Fault> {
    let size = end - start;
    if size < as_u64(2 * HEAD_BYTES) || size > as_u64(ENTRY_BYTES_MAX) {
        return Ok(None);
    }
    let mut buffer = [0u8; HEAD_BYTES];
    let bytes = read(file, &mut buffer, end - as_u64(HEAD_BYTES), size)?;
    let [_, marker] = entry::markers(usize::try_from(size).unwrap_or(usize::MAX));
    if bytes == marker {
        return Ok(Some(Second::Marker));
    }
    let head = Head::decode(bytes);
    let head = head.filter(|head| as_u64(head.entry_bytes()) == size);
    Ok(head.map(Second::Head))
}

fn as_u64(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
