//! The ledger's files read as they lie: without the engine, without a write.
//!
//! The engine repairs what it opens, by cutting off what does not check; so whoever wants to know what a disk holds
//! must not open it with the engine. The formats are those of the engine's version that `Cargo.toml` pins, and the
//! tests read what that engine wrote. A ledger has one folder for each *partition*, which holds one
//! file for each *blob*, named in hexadecimal.
mod archive;
mod blob;
mod lock;
mod partition;
mod scan;

pub use archive::{Archive, Entry};
pub use blob::{Blob, Damage, DiskError, HEADER_BYTES};
pub use lock::{Lock, lock};
pub use partition::{Cure, Kind, Part, Partition, partitions};
pub use scan::{Scanned, scan};

/// What the partitions of a node begin with, unless it is configured otherwise.
pub const PREFIX: &str = "amanat";
