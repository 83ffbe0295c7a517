//! `amanat-lab torture`: real node processes under load while faults happen to them, and a checker of what clients were told.
//!
//! The faults follow from a seed ([`plan`]): kill and restart, stop and continue, networks that are cut, stall or delay (every node reaches every
//! other through a [`relay`] of this process), a full [`disk`], a [`clock`] that jumps, and once all members killed together. No more than f
//! members are in trouble at a time but then. A seed gives the same faults in the same order; when exactly they meet a
//! node is up to the machine, so a run cannot be repeated to the instruction: that is what `amanat-sim` is for.
//!
//! Clients ([`client`]) note every answer; when all is well again every member's ledger is read ([`end`]), and [`check`] judges.
pub mod check;
pub mod client;
pub mod clock;
pub mod dice;
pub mod disk;
pub mod end;
pub mod fleet;
pub mod history;
pub mod log;
pub mod plan;
pub mod relay;
pub mod run;
pub mod seat;
pub mod storm;
pub mod summary;
pub mod watch;

pub use run::{Options, run};
pub use summary::Summary;
