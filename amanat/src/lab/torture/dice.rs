//! Numbers that follow from a seed: SplitMix64 (Steele, Lea, Flood 2014), so that a seed means the same faults after any upgrade.
use std::time::Duration;

/// A sequence of numbers.
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

    /// A number from `from` up to and with `to`, which is not below it.
    pub const fn within(&mut self, from: u64, to: u64) -> u64 {
        from + self.any() % (to.saturating_sub(from) + 1)
    }

    /// Whether something happens that happens so many times of a hundred.
    pub const fn percent(&mut self, chance: u64) -> bool {
        self.within(1, 100) <= chance
    }

    /// A time within bounds in milliseconds.
    pub const fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(self.within(from, to))
    }

    /// A position in a list of `count` items, 0 if it is empty.
    pub fn at(&mut self, count: usize) -> usize {
        let last = u64::try_from(count.saturating_sub(1)).unwrap_or(0);
        usize::try_from(self.within(0, last)).unwrap_or(0)
    }

    /// `count` of `items`, in a drawn order; all if there are fewer.
    pub fn draw<T>(&mut self, mut items: Vec<T>, count: usize) -> Vec<T> {
        let mut drawn = Vec::new();
        while drawn.len() < count && !items.is_empty() {
            let at = self.at(items.len());
            drawn.push(items.swap_remove(at));
        }
        drawn
    }

    /// Sixteen bytes.
    pub fn bytes(&mut self) -> [u8; 16] {
        let (high, low) = (u128::from(self.any()), u128::from(self.any()));
        (high << 64 | low).to_be_bytes()
    }
}

const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
