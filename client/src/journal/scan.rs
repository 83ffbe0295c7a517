//! Reads the journal's file from a position on.
use super::frame::{self, Frame, HEAD_BYTES};
use super::{Durable, read_at};
use crate::Fault;
use amanat_types::Digest;
use amanat_types::code::JournalKind;
use amanat_types::id::MemberId;
use amanat_types::journal::JournalEntry;
use std::fs::File;

/// Bytes that are read at once: more than the largest frame.
const CHUNK: usize = 1024 * 1024;

/// Reads frames one after another through a buffer.
pub struct Reader<'a> {
    file: &'a File,
    /// Position of `buffer[0]` in the file.
    position: u64,
    end: u64,
    buffer: Vec<u8>,
    at: usize,
    number: u64,
}

impl<'a> Reader<'a> {
    /// Reads from entry `number`, which begins at `position`, to `end`.
    pub const fn new(file: &'a File, position: u64, end: u64, number: u64) -> Self {
        Self {
            file,
            position,
            end,
            buffer: Vec::new(),
            at: 0,
            number,
        }
    }

    /// Bytes of the file that are not read as entries yet.
    fn left(&self) -> u64 {
        let at = u64::try_from(self.at).unwrap_or(u64::MAX);
        self.end.saturating_sub(self.position.saturating_add(at))
    }

    /// Makes the rest of the file, or at least the largest frame, stand in the buffer.
    fn fill(&mut self) -> Result<(), Fault> {
        let unread = self.buffer.len().saturating_sub(self.at);
        if unread >= CHUNK / 2 || u64::try_from(unread).unwrap_or(u64::MAX) >= self.left() {
            return Ok(());
        }
        self.position = self
            .position
            .saturating_add(u64::try_from(self.at).unwrap_or(u64::MAX));
        self.at = 0;
        let size = usize::try_from(self.left())
            .unwrap_or(usize::MAX)
            .min(CHUNK);
        self.buffer.resize(size, 0);
        read_at(self.file, &mut self.buffer, self.position)
    }

    /// The next entry after `previous` and its size in the file; `None` at the end or before an unfinished entry.
    fn next(&mut self, previous: Digest) -> Result<Option<(JournalEntry, usize)>, Fault> {
        self.fill()?;
        let bytes = self.buffer.get(self.at..).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(None);
        }
        match frame::read(bytes, self.number, previous)? {
            Frame::Torn if self.left() > u64::try_from(bytes.len()).unwrap_or(u64::MAX) => Err(
                frame::damaged(self.number, "it is longer than an entry may be"),
            ),
            Frame::Torn => Ok(None),
            Frame::Whole(entry, size) => {
                self.at += size;
                self.number = self.number.saturating_add(1);
                Ok(Some((*entry, size)))
            }
        }
    }

    /// The next entry, whatever it says of the one before.
    pub fn next_unchained(&mut self) -> Result<Option<(JournalEntry, usize)>, Fault> {
        self.fill()?;
        let start = self.at.saturating_add(HEAD_BYTES).saturating_add(8);
        let previous = self.buffer.get(start..start.saturating_add(32));
        let previous = previous.and_then(|bytes| bytes.try_into().ok());
        let previous = previous.map_or_else(JournalEntry::start, |bytes: [u8; 32]| bytes.into());
        self.next(previous)
    }
}

/// Checks every entry of the file; gives what is whole, and how many bytes of an unfinished entry follow.
pub fn all(file: &File, kind: JournalKind, releaser: MemberId) -> Result<(Durable, u64), Fault> {
    let end = file.metadata();
    let end = end.map_err(|source| Fault::storage("read the release journal", source))?;
    let mut durable = Durable {
        count: 0,
        head: JournalEntry::start(),
        bytes: 0,
        marks: Vec::new(),
    };
    let mut reader = Reader::new(file, 0, end.len(), 0);
    while let Some((entry, size)) = reader.next(durable.head)? {
        if entry.journal != kind || entry.releaser != releaser {
            return Err(frame::damaged(entry.number, "it is of another journal"));
        }
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        durable.take(entry.number, entry.hash(), size);
    }
    let torn = end.len().saturating_sub(durable.bytes);
    Ok((durable, torn))
}
