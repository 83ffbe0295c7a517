//! Values by key in memory of a fixed size, of which the oldest give way.
//!
//! Entries lie one behind the other in a ring of bytes, and a slot of eight in a bucket says where. A look-up costs a bucket, which is in one
//! line of the processor's cache or in two, and the lines of an entry; those of many keys are fetched side by side ([`Ring::find`]).
use amanat_contracts::release::Known;
use amanat_types::StateKey;
use std::hint::black_box;

/// Slots of a bucket.
const WAYS: usize = 8;
/// Where an entry begins is a multiple of this.
const UNIT: usize = 16;
/// Bytes of an entry before its value: its key, and the value's length.
const HEAD: usize = 36;
/// Length of a value that the state does not have.
const ABSENT: u32 = u32::MAX;
/// Bits of a slot that say where its entry begins, in units since the beginning; the others are of the key.
const PLACE_BITS: u32 = 48;
pub const PLACE: u64 = (1 << PLACE_BITS) - 1;
/// Lines of an entry that are fetched before it is looked at.
const LINES: usize = 3;
const LINE: usize = 64;

/// Values by key.
pub struct Ring {
    buckets: Box<[[u64; WAYS]]>,
    bytes: Box<[u8]>,
    /// Units written so far, over all laps; the first is 1, so that no slot in use is 0.
    next: u64,
    /// Entries that begin below were dropped.
    floor: u64,
}

impl Ring {
    /// A ring that takes `bytes` of memory, an eighth of it for slots; with less than 4 KiB it keeps nothing.
    pub fn new(bytes: usize) -> Self {
        let buckets = match bytes < 4096 {
            true => 0,
            false => bytes / 8 / size_of::<[u64; WAYS]>(),
        };
        let rest = match buckets {
            0 => 0,
            buckets => (bytes - buckets * size_of::<[u64; WAYS]>()) / UNIT * UNIT,
        };
        Self {
            buckets: vec![[0; WAYS]; buckets].into(),
            bytes: vec![0; rest].into(),
            next: 1,
            floor: 1,
        }
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        self.floor = self.next;
    }

    /// What is known of each of `keys`.
    pub fn find<'r>(&'r self, keys: &[StateKey]) -> Vec<Known<'r>> {
        // First the lines of all buckets, then those of all entries: nothing is decided on what is still on its way, so the processor waits for many together.
        let buckets = keys.iter().filter_map(|key| self.bucket(key));
        let ends = buckets.map(|bucket| bucket[0].wrapping_add(bucket[WAYS - 1]));
        black_box(ends.fold(0, u64::wrapping_add));
        let starts: Vec<_> = keys.iter().map(|key| self.start_of(key)).collect();
        let lines = starts.iter().flatten().map(|start| {
            let line = |line| self.bytes.get(start + line * LINE);
            let fetched = (0..LINES).filter_map(line);
            fetched.fold(0_u64, |sum, byte| sum.wrapping_add(u64::from(*byte)))
        });
        black_box(lines.fold(0_u64, u64::wrapping_add));
        let found = keys.iter().zip(starts);
        found.map(|(key, start)| self.entry(key, start?)).collect()
    }

    /// Whether anything is known of `key`.
    pub fn knows(&self, key: &StateKey) -> bool {
        let start = self.start_of(key);
        start.is_some_and(|start| self.entry(key, start).is_some())
    }

    /// Keeps what the state has for `key`, in place of what was kept before.
    pub fn put(&mut self, key: &StateKey, value: Option<&[u8]>) {
        self.remove(key);
        let length = value.map_or(0, <[u8]>::len);
        let units = (HEAD + length).div_ceil(UNIT);
        let lap = self.bytes.len() / UNIT;
        let known = u32::try_from(length).ok().filter(|size| *size != ABSENT);
        // What would drop an eighth of all else is not worth it.
        let (Some(size), true) = (known, units <= lap / 8) else {
            return;
        };
        let size = value.map_or(ABSENT, |_| size);
        let lap = wide(lap);
        if self.next % lap + wide(units) > lap {
            self.next = self.next.next_multiple_of(lap);
        }
        if self.next + wide(units) > PLACE {
            self.buckets.fill([0; WAYS]);
            (self.next, self.floor) = (lap, lap);
        }
        let place = self.next;
        let start = self.start(place);
        let entry = &mut self.bytes[start..start + units * UNIT];
        entry[..32].copy_from_slice(key.as_bytes());
        entry[32..HEAD].copy_from_slice(&size.to_le_bytes());
        entry[HEAD..HEAD + length].copy_from_slice(value.unwrap_or_default());
        self.next += wide(units);
        let (tag, oldest) = (tag(key), self.oldest());
        if let Some(bucket) = self.bucket_mut(key) {
            // An empty slot, or one whose entry is gone, is older than any other.
            let way = bucket.iter_mut().min_by_key(|slot| match **slot & PLACE {
                place if place < oldest => 0,
                place => place,
            });
            if let Some(slot) = way {
                *slot = tag << PLACE_BITS | place;
            }
        }
    }

    /// Goes on as if so many units had been written.
    #[cfg(test)]
    pub fn stand_at(&mut self, unit: u64) {
        (self.next, self.floor) = (unit, unit);
    }

    /// Forgets `key`.
    fn remove(&mut self, key: &StateKey) {
        let tag = tag(key);
        // Another key of the same tag is forgotten with it, which only makes it be read again.
        for slot in self.bucket_mut(key).into_iter().flatten() {
            if *slot >> PLACE_BITS == tag {
                *slot = 0;
            }
        }
    }

    /// Where the oldest entry begins that is still whole.
    fn oldest(&self) -> u64 {
        let lap = wide(self.bytes.len() / UNIT);
        self.floor.max(self.next.saturating_sub(lap))
    }

    fn index(&self, key: &StateKey) -> usize {
        // Keys are digests: any bytes of theirs do for a hash, which is scaled to the number of buckets.
        let [a, b, c, d, ..] = *key.as_bytes();
        let hash = u64::from(u32::from_le_bytes([a, b, c, d]));
        let index = hash.wrapping_mul(wide(self.buckets.len())) >> 32;
        usize::try_from(index).unwrap_or_default()
    }

    fn bucket(&self, key: &StateKey) -> Option<&[u64; WAYS]> {
        self.buckets.get(self.index(key))
    }

    fn bucket_mut(&mut self, key: &StateKey) -> Option<&mut [u64; WAYS]> {
        let index = self.index(key);
        self.buckets.get_mut(index)
    }

    /// The byte at which the entry of a key would begin: that of its tag.
    fn start_of(&self, key: &StateKey) -> Option<usize> {
        let (tag, oldest) = (tag(key), self.oldest());
        let mut slots = self.bucket(key)?.iter();
        let slot = slots.find(|slot| **slot >> PLACE_BITS == tag && **slot & PLACE >= oldest)?;
        Some(self.start(slot & PLACE))
    }

    /// The byte at which the entry at `place` begins.
    fn start(&self, place: u64) -> usize {
        let lap = wide(self.bytes.len() / UNIT);
        let unit = place.checked_rem(lap).unwrap_or_default();
        usize::try_from(unit).unwrap_or(usize::MAX) * UNIT
    }

    fn entry(&self, key: &StateKey, start: usize) -> Known<'_> {
        let entry = self.bytes.get(start..)?;
        let (held, entry) = entry.split_first_chunk::<32>()?;
        if held != key.as_bytes() {
            return None;
        }
        let (size, value) = entry.split_first_chunk::<4>()?;
        match u32::from_le_bytes(*size) {
            ABSENT => Some(None),
            size => Some(Some(value.get(..usize::try_from(size).ok()?)?)),
        }
    }
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Bits of a key that tell it from most others of its bucket.
fn tag(key: &StateKey) -> u64 {
    let [_, _, _, _, a, b, ..] = *key.as_bytes();
    u64::from(u16::from_le_bytes([a, b]))
}
