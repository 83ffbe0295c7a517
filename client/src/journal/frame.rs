//! The journal's file: frames, one an entry, nothing between them.
//!
//! ```text
//! length u32 | check 4 | hash 32 | entry (length bytes, codec)
//! ```
//! `check` covers the entry's number and the length, so that a damaged length is not taken for a torn end; `hash` is
//! the entry's own, so that the last entry, which none follows, is covered too. All integers are big-endian.
use crate::Fault;
use amanat_types::journal::JournalEntry;
use amanat_types::{Digest, digest};
use commonware_codec::{DecodeExt as _, Encode as _};

/// Bytes before the entry.
pub const HEAD_BYTES: usize = 40;

/// What stands at a position of the file.
#[derive(Debug)]
pub enum Frame {
    /// An entry, and how many bytes its frame takes.
    Whole(Box<JournalEntry>, usize),
    /// The beginning of a frame that was never finished.
    Torn,
}

fn check(number: u64, length: u32) -> [u8; 4] {
    let digest = digest(
        "amanat/journal/frame",
        &[&number.to_be_bytes(), &length.to_be_bytes()],
    );
    let mut check = [0u8; 4];
    check.copy_from_slice(&digest.0[..4]);
    check
}

/// Appends the frame of `entry` to `buffer`; gives the entry's hash.
pub fn write(entry: &JournalEntry, buffer: &mut Vec<u8>) -> Digest {
    let bytes = entry.encode();
    let hash = entry.hash();
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    buffer.extend_from_slice(&length.to_be_bytes());
    buffer.extend_from_slice(&check(entry.number, length));
    buffer.extend_from_slice(&hash.0);
    buffer.extend_from_slice(&bytes);
    hash
}

/// Reads the frame at the start of `bytes`, which must hold entry `number` after `previous`.
pub fn read(bytes: &[u8], number: u64, previous: Digest) -> Result<Frame, Fault> {
    let Some((head, rest)) = bytes.split_at_checked(HEAD_BYTES) else {
        return Ok(Frame::Torn);
    };
    let (Some(length), Some(checked), Some(hash)) = (head.get(..4), head.get(4..8), head.get(8..))
    else {
        return Ok(Frame::Torn);
    };
    let length = u32::from_be_bytes(length.try_into().unwrap_or_default());
    if checked != check(number, length) {
        return Err(damaged(number, "its length does not match its check"));
    }
    let Some(body) = usize::try_from(length).ok().and_then(|l| rest.get(..l)) else {
        return Ok(Frame::Torn);
    };
    let entry = JournalEntry::decode(body.to_vec());
    let entry = entry.map_err(|_| damaged(number, "it does not decode"))?;
    let actual = entry.hash();
    if actual.0 != hash {
        return Err(damaged(number, "it does not have its hash"));
    }
    if entry.number != number || entry.previous != previous {
        return Err(damaged(number, "it does not follow the entry before it"));
    }
    Ok(Frame::Whole(Box::new(entry), HEAD_BYTES + body.len()))
}

/// The fault that names an entry.
pub fn damaged(number: u64, why: &str) -> Fault {
    Fault::damaged(format!("entry {number} of the release journal"), why)
}
