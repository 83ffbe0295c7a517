//! The command line of whoever runs a member.
mod disk;
mod govern;
mod leave;
mod look;
mod set_up;

pub use disk::{Disk, disk};
pub use govern::{Govern, govern};
pub use leave::{Leave, leave};
pub use look::{Look, What, look};
pub use set_up::{ConfigCommand, InitArguments, KeysCommand, SetUp, set_up};
