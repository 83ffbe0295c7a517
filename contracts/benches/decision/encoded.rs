//! Encoded values by key in memory, found for many keys together: of those no look-up waits for another.
use amanat_types::StateKey;
use std::hint::black_box;

/// Bytes that memory brings at once.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u8; 64]);

/// Where a value stands; an empty one has no bytes.
#[derive(Clone, Copy, Default)]
struct Slot {
    /// First bytes of its key, which are spread as well as any hash of them.
    first: u64,
    line: u32,
    bytes: u32,
}

/// Slots by open addressing, and values one after the other, each behind its key from a new line on.
pub struct Encoded {
    slots: Vec<Slot>,
    lines: Vec<Line>,
}

const KEY_BYTES: usize = 32;

impl Encoded {
    /// With room for so many.
    pub fn with_room(values: usize) -> Self {
        Self {
            slots: vec![Slot::default(); (values * 2).next_power_of_two()],
            lines: Vec::new(),
        }
    }

    /// Adds a value of a new key.
    pub fn put(&mut self, key: StateKey, value: &[u8]) {
        let first = first(&key);
        let mut at = self.home(first);
        while self.slots[at].bytes > 0 {
            assert_ne!(self.slots[at].first, first, "a key stands once");
            at = self.after(at);
        }
        let bytes = [key.as_bytes().as_slice(), value].concat();
        self.slots[at] = Slot {
            first,
            line: u32::try_from(self.lines.len()).unwrap(),
            bytes: u32::try_from(bytes.len()).unwrap(),
        };
        for chunk in bytes.chunks(64) {
            let mut line = Line([0; 64]);
            line.0[..chunk.len()].copy_from_slice(chunk);
            self.lines.push(line);
        }
    }

    /// Copies of the values of `keys`, in their order: where they would stand first, then where they do, then the lines of each.
    pub fn copies(&self, keys: &[StateKey]) -> Vec<Option<Vec<u8>>> {
        let homes = keys
            .iter()
            .map(|key| self.slots[self.home(first(key))].first);
        black_box(homes.fold(0, u64::wrapping_add));
        let found: Vec<Option<(&[Line], usize)>> = keys.iter().map(|key| self.find(key)).collect();
        let lines = found.iter().flatten().flat_map(|(lines, _)| *lines);
        black_box(lines.map(|line| u64::from(line.0[0])).sum::<u64>());
        let both = keys.iter().zip(found);
        both.map(|(key, found)| copied(key, found?)).collect()
    }

    fn find(&self, key: &StateKey) -> Option<(&[Line], usize)> {
        let first = first(key);
        let mut at = self.home(first);
        loop {
            let slot = self.slots[at];
            if slot.bytes == 0 {
                return None;
            }
            if slot.first == first {
                let (line, bytes) = (slot.line as usize, slot.bytes as usize);
                return Some((&self.lines[line..line + bytes.div_ceil(64)], bytes));
            }
            at = self.after(at);
        }
    }

    const fn home(&self, first: u64) -> usize {
        first as usize & (self.slots.len() - 1)
    }

    const fn after(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }
}

fn first(key: &StateKey) -> u64 {
    u64::from_le_bytes(key.as_bytes()[..8].try_into().unwrap())
}

/// The value, if it is that of `key`.
fn copied(key: &StateKey, (lines, bytes): (&[Line], usize)) -> Option<Vec<u8>> {
    if lines[0].0[..KEY_BYTES] != *key.as_bytes() {
        return None;
    }
    let mut value = Vec::with_capacity(bytes - KEY_BYTES);
    let mut from = KEY_BYTES;
    for (at, line) in lines.iter().enumerate() {
        let here = (bytes - at * 64).min(64);
        value.extend_from_slice(&line.0[from..here]);
        from = 0;
    }
    Some(value)
}
