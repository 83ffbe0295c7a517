//! How much memory a node takes for what it read of the ledger, and whether the machine has so much.
use serde::{Deserialize, Serialize};

/// How much memory holds what was read of the ledger's files, in MiB: 16 to 65,536. What is not in it is read from
/// the disk: nothing else keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct CacheMib(u32);

impl CacheMib {
    /// Of a network whose members all run on one machine.
    pub const LEAST: Self = Self(16);

    /// Whether it fits this machine; yes where the system does not say what it has.
    pub fn room(self) -> Room {
        let about = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        memory_mib(&about).map_or(Room::Enough, |memory| self.room_in(memory))
    }

    fn room_in(self, memory_mib: u64) -> Room {
        let mib = u64::from(self.0);
        let found = format!("{mib} MiB, and this machine has {memory_mib}");
        if mib >= memory_mib {
            Room::TooLittle(found)
        } else if mib > memory_mib / 2 {
            Room::Little(found)
        } else {
            Room::Enough
        }
    }
}

/// How a cache fits a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Room {
    /// It does.
    Enough,
    /// It takes more than half of the memory.
    Little(String),
    /// It takes all of it, or more: the system would kill the node.
    TooLittle(String),
}

impl Default for CacheMib {
    fn default() -> Self {
        Self(256)
    }
}

impl TryFrom<u32> for CacheMib {
    type Error = &'static str;

    fn try_from(mib: u32) -> Result<Self, &'static str> {
        match mib {
            16..=65_536 => Ok(Self(mib)),
            _ => Err("cache_mib is 16 to 65,536"),
        }
    }
}

impl From<CacheMib> for u32 {
    fn from(cache: CacheMib) -> Self {
        cache.0
    }
}

/// Memory of a machine of which Linux says this in `/proc/meminfo`.
fn memory_mib(about: &str) -> Option<u64> {
    let line = about
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::{CacheMib, Room, memory_mib};

    #[test]
    fn a_cache_that_the_machine_cannot_hold_is_told_from_one_that_it_can() {
        let about = "MemTotal:        4030464 kB\nMemFree:         1 kB\n";
        assert_eq!(memory_mib(about), Some(3_936));
        assert_eq!(memory_mib("MemTotal: many kB\n"), None);
        assert_eq!(memory_mib(""), None);
        let room = |mib| {
            CacheMib::try_from(mib)
                .expect("in its range")
                .room_in(3_936)
        };
        assert_eq!(room(1_968), Room::Enough);
        let found = |mib: u32| format!("{mib} MiB, and this machine has 3936");
        assert_eq!(room(1_969), Room::Little(found(1_969)));
        assert_eq!(room(3_935), Room::Little(found(3_935)));
        assert_eq!(room(3_936), Room::TooLittle(found(3_936)));
    }
}
