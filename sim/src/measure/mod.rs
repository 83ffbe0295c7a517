//! How fast a network of real nodes is, at places and with uplinks that are stated: hops, virtual milliseconds, messages, bytes.
//!
//! Time here is the network's alone: computing costs none on this runtime, so what a loaded processor adds is not in the figures
//! (`amanat-lab bench ledger` measures that). The nodes, their pacing and their blocks are the real ones. A block's finality is the
//! time from when its proposer sends it until the last running node has executed, stored and announced it as final.
mod figures;
mod meter;
mod network;
pub mod place;
mod run;

pub use figures::Figures;
pub use place::Places;
pub use run::measure;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Validators, 4 to 128.
    pub validators: u16,
    /// How many of them die when the measurement begins, at the block before the first that counts.
    pub dead: u16,
    /// Where they are.
    pub places: Places,
    /// Megabits a second that each may send, and as many that each may receive; no bound if nothing.
    pub uplink_mbit: Option<u32>,
    /// Blocks after the first, over which is measured.
    pub blocks: u64,
    /// Transactions a second, each with one small call, evenly over the running members.
    pub load: u32,
    /// The seed.
    pub seed: u64,
}

impl Setting {
    /// The usual number of blocks for so many validators: what a loaded machine runs in a minute.
    pub const fn blocks(validators: u16) -> u64 {
        match validators {
            0..=10 => 100,
            11..=30 => 40,
            31..=60 => 16,
            _ => 8,
        }
    }
}
