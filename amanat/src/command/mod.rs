//! The command line of whoever runs a member.
mod disk;
mod govern;
mod look;
mod set_up;

pub use disk::{Disk, disk};
pub use govern::{Govern, govern};
pub use look::{Look, What, look};
pub use set_up::{ConfigCommand, InitArguments, KeysCommand, SetUp, set_up};
