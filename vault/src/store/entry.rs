//! One entry of a segment: a sealed record, its wrap, and enough beside them to find and check it again.
//!
//! ```text
//! head | wrap (wrap_bytes) | blob (blob_bytes) | head again
//! head = magic 4 | wrap_bytes u16 | blob_bytes u32 | depositor u16 | record 16 | digest 32 | check 16
//! ```
//! Integers are big-endian. `check` is half a SHA-256 over the rest of the head and the wrap; the blob is covered by its own
//! digest. The head stands twice so that an entry whose head has rotted can still be named. An entry is larger than
//! any head with its wrap, so a rotten length is told from a torn end.
//!
//! Where a record was forgotten, each head is a marker, and nothing but zeros stands between ([`super::forget`]):
//!
//! ```text
//! marker = magic 4 | bytes of the entry u32 | zeros 52 | check 16
//! ```
//! The second marker has a magic of its own, so that it is never taken for the first one of an entry.
use amanat_client::wire::{BLOB_BYTES_MAX, WRAP_BYTES_MAX, is_blob_size};
use amanat_types::digest;
use amanat_types::id::{BlobDigest, MemberId, RecordId};

/// Bytes of a head.
pub const HEAD_BYTES: usize = 76;
/// Bytes of the largest entry.
pub const ENTRY_BYTES_MAX: usize = 2 * HEAD_BYTES + WRAP_BYTES_MAX + BLOB_BYTES_MAX;
/// First bytes of every head: the format and its version.
pub const MAGIC: [u8; 4] = *b"AMV1";

/// First bytes of the marker in place of the first head of a forgotten entry.
pub const FORGOTTEN: [u8; 4] = *b"AMX1";
/// Those of the marker in place of the second.
const FORGOTTEN_END: [u8; 4] = *b"AMXE";

/// What a blob is kept under: its digest, and for whom.
///
/// A blob is released only as a record of the member that put it, so nobody can lay a false wrap under another's blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Digest of the ciphertext.
    pub blob: BlobDigest,
    /// Which record it is.
    pub record: RecordId,
    /// Who put it: the record's custodian.
    pub depositor: MemberId,
}

/// A head, decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What it is kept under.
    pub key: Key,
    /// Bytes of the wrap.
    pub wrap_bytes: usize,
    /// Bytes of the blob.
    pub blob_bytes: usize,
}

impl Head {
    /// Bytes of the whole entry.
    pub const fn entry_bytes(&self) -> usize {
        2 * HEAD_BYTES + self.wrap_bytes + self.blob_bytes
    }

    /// Encodes the head over `wrap`.
    pub fn encode(&self, wrap: &[u8]) -> [u8; HEAD_BYTES] {
        let mut bytes = Vec::with_capacity(HEAD_BYTES);
        bytes.extend_from_slice(&MAGIC);
        let wrap_bytes = u16::try_from(self.wrap_bytes).unwrap_or(u16::MAX);
        let blob_bytes = u32::try_from(self.blob_bytes).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&wrap_bytes.to_be_bytes());
        bytes.extend_from_slice(&blob_bytes.to_be_bytes());
        bytes.extend_from_slice(&self.key.depositor.number().to_be_bytes());
        bytes.extend_from_slice(self.key.record.as_bytes());
        bytes.extend_from_slice(self.key.blob.as_bytes());
        let check = check(&bytes, wrap);
        bytes.extend_from_slice(&check);
        bytes.try_into().unwrap_or([0; HEAD_BYTES])
    }

    /// Reads a head without its check; `None` if it cannot be one.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<4>()?;
        let (wrap_bytes, rest) = rest.split_first_chunk::<2>()?;
        let (blob_bytes, rest) = rest.split_first_chunk::<4>()?;
        let (depositor, rest) = rest.split_first_chunk::<2>()?;
        let (record, rest) = rest.split_first_chunk::<16>()?;
        let (blob, _) = rest.split_first_chunk::<32>()?;
        let head = Self {
            key: Key {
                blob: BlobDigest::new(*blob),
                record: RecordId::new(*record),
                depositor: MemberId::new(u16::from_be_bytes(*depositor)),
            },
            wrap_bytes: usize::from(u16::from_be_bytes(*wrap_bytes)),
            blob_bytes: usize::try_from(u32::from_be_bytes(*blob_bytes)).ok()?,
        };
        let fits = head.wrap_bytes <= WRAP_BYTES_MAX && is_blob_size(head.blob_bytes);
        (*magic == MAGIC && fits).then_some(head)
    }
}

fn check(head: &[u8], wrap: &[u8]) -> [u8; 16] {
    let digest = digest("amanat/vault/entry", &[head, wrap]);
    let mut check = [0u8; 16];
    check.copy_from_slice(&digest.0[..16]);
    check
}

/// The markers of a forgotten entry of so many bytes, heads included. They say no more what stood there.
pub fn markers(entry_bytes: usize) -> [[u8; HEAD_BYTES]; 2] {
    [FORGOTTEN, FORGOTTEN_END].map(|magic| {
        let mut bytes = Vec::with_capacity(HEAD_BYTES);
        bytes.extend_from_slice(&magic);
        let length = u32::try_from(entry_bytes).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.resize(HEAD_BYTES - 16, 0);
        let check = check(&bytes, b"");
        bytes.extend_from_slice(&check);
        bytes.try_into().unwrap_or([0; HEAD_BYTES])
    })
}

/// Reads a marker: the bytes of the forgotten entry.
fn forgotten(bytes: &[u8]) -> Option<usize> {
    let bytes = bytes.get(..HEAD_BYTES)?;
    let (entry_bytes, _) = bytes.strip_prefix(&FORGOTTEN)?.split_first_chunk::<4>()?;
    let entry_bytes = usize::try_from(u32::from_be_bytes(*entry_bytes)).ok()?;
    if !(2 * HEAD_BYTES..=ENTRY_BYTES_MAX).contains(&entry_bytes) {
        return None;
    }
    let [first, _] = markers(entry_bytes);
    (bytes == first).then_some(entry_bytes)
}

/// Appends the entry to `buffer`.
pub fn write(key: Key, wrap: &[u8], blob: &[u8], buffer: &mut Vec<u8>) {
    let head = Head {
        key,
        wrap_bytes: wrap.len(),
        blob_bytes: blob.len(),
    };
    let head = head.encode(wrap);
    buffer.extend_from_slice(&head);
    buffer.extend_from_slice(wrap);
    buffer.extend_from_slice(blob);
    buffer.extend_from_slice(&head);
}

/// What stands at the start of `bytes`, which reach to the end of the segment or farther than the largest head and wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// An entry whose head and wrap are sound. Its blob is not looked at.
    Entry(Head),
    /// A forgotten entry of so many bytes, heads included.
    Forgotten(usize),
    /// The beginning of an entry that was never finished; `left` bytes were not enough.
    Torn,
    /// Neither.
    Rotten,
}

/// Reads the head at the start of `bytes`, with `left` bytes to the end of the segment.
pub fn find(bytes: &[u8], left: u64) -> Found {
    if bytes.len() < HEAD_BYTES {
        return Found::Torn;
    }
    let fits = |bytes: usize| u64::try_from(bytes).is_ok_and(|bytes| bytes <= left);
    if let Some(bytes) = forgotten(bytes) {
        return match fits(bytes) {
            true => Found::Forgotten(bytes),
            false => Found::Torn,
        };
    }
    let Some(head) = Head::decode(bytes) else {
        return Found::Rotten;
    };
    let Some(wrap) = bytes.get(HEAD_BYTES..HEAD_BYTES + head.wrap_bytes) else {
        return Found::Torn;
    };
    if bytes.get(..HEAD_BYTES) != Some(&head.encode(wrap)) {
        return Found::Rotten;
    }
    match fits(head.entry_bytes()) {
        true => Found::Entry(head),
        false => Found::Torn,
    }
}

/// What is still good of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The wrap, if it and one head are sound.
    pub wrap: Option<Vec<u8>>,
    /// The blob, if it has its digest.
    pub blob: Option<Vec<u8>>,
    /// Whether every byte is sound.
    pub whole: bool,
}

/// Checks every byte of an entry that was stored under `head`.
pub fn examine(bytes: &[u8], head: &Head) -> Parts {
    let mut parts = Parts::default();
    let Some((first, rest)) = bytes.split_at_checked(HEAD_BYTES) else {
        return parts;
    };
    let Some((wrap, rest)) = rest.split_at_checked(head.wrap_bytes) else {
        return parts;
    };
    let Some((blob, last)) = rest.split_at_checked(head.blob_bytes) else {
        return parts;
    };
    let expected = head.encode(wrap);
    let (first, last) = (first == expected, last == expected);
    if first || last {
        parts.wrap = Some(wrap.to_vec());
    }
    if amanat_client::wire::blob_digest(blob) == head.key.blob {
        parts.blob = Some(blob.to_vec());
    }
    parts.whole = first && last && parts.blob.is_some();
    parts
}

#[cfg(test)]
mod tests {
    use super::{Found, HEAD_BYTES, Head, Key, examine, find, write};
    use amanat_client::wire::blob_digest;
    use amanat_types::{MemberId, RecordId};

    const WRAP: [u8; 9] = [7; 9];

    fn entry() -> (Head, Vec<u8>) {
        let blob = [5; 512 + 16];
        let key = Key {
            blob: blob_digest(&blob),
            record: RecordId::new([1; 16]),
            depositor: MemberId::new(2),
        };
        let mut bytes = Vec::new();
        write(key, &WRAP, &blob, &mut bytes);
        (Head::decode(&bytes).expect("a head"), bytes)
    }

    #[test]
    fn a_head_is_found_torn_or_rotten() {
        let (head, bytes) = entry();
        let all = u64::try_from(bytes.len()).expect("small");
        assert_eq!(find(&bytes, all), Found::Entry(head));
        assert_eq!(find(&bytes, all - 1), Found::Torn);
        assert_eq!(
            find(&bytes[..HEAD_BYTES + WRAP.len() - 1], all),
            Found::Torn
        );
        assert_eq!(find(&bytes[..HEAD_BYTES - 1], all), Found::Torn);
        // A whole head's length tells rot from a torn end.
        assert_eq!(find(&[0; HEAD_BYTES], all), Found::Rotten);
        assert_eq!(find(&[0; HEAD_BYTES - 1], all), Found::Torn);
        let mut rotten = bytes;
        rotten[HEAD_BYTES] ^= 1;
        assert_eq!(find(&rotten, all), Found::Rotten);
    }

    #[test]
    fn what_is_still_good_of_an_entry_is_given() {
        let (head, bytes) = entry();
        // Which byte is flipped; whether the wrap, the blob and the whole are good then.
        let table = [
            (None, (true, true, true)),
            (Some(0), (true, true, false)),
            (Some(bytes.len() - 1), (true, true, false)),
            (Some(HEAD_BYTES), (false, true, false)),
            (Some(HEAD_BYTES + WRAP.len()), (true, false, false)),
        ];
        for (flipped, expected) in table {
            let mut bytes = bytes.clone();
            if let Some(at) = flipped {
                bytes[at] ^= 1;
            }
            let parts = examine(&bytes, &head);
            let good = (parts.wrap.is_some(), parts.blob.is_some(), parts.whole);
            assert_eq!(good, expected, "{flipped:?}");
        }
        assert!(!examine(&bytes[..bytes.len() - 1], &head).whole);
    }
}
