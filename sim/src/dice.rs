//! A small generator of numbers for plans and workloads: SplitMix64 (Steele, Lea, Flood 2014).
//!
//! The runtime has a generator of its own; this one is fixed here, so that a seed in `seeds.txt` means the same
//! plan after a dependency has changed its generator.
use std::time::Duration;

/// Numbers that follow from a seed.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Starts from `seed` for one `purpose`, so that what is drawn for one does not move another.
    pub const fn new(seed: u64, purpose: u64) -> Self {
        Self(mix(seed ^ mix(purpose)))
    }

    /// Any number.
    pub const fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number from `from` up to and with `to`.
    pub const fn within(&mut self, from: u64, to: u64) -> u64 {
        from + self.any() % (to - from + 1)
    }

    /// Whether something happens that happens so many times of a hundred.
    pub const fn percent(&mut self, chance: u64) -> bool {
        self.within(1, 100) <= chance
    }

    /// A time within bounds in milliseconds.
    pub const fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(self.within(from, to))
    }

    /// One of `items`, which are not empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let last = items.len().saturating_sub(1);
        let at = self.within(0, u64::try_from(last).unwrap_or(0));
        &items[usize::try_from(at).unwrap_or(0)]
    }

    /// Sixteen bytes.
    pub fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.any().to_be_bytes());
        bytes[8..].copy_from_slice(&self.any().to_be_bytes());
        bytes
    }
}

const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
