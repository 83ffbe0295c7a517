//! The command line of whoever runs a member.
mod set_up;

pub use set_up::{ConfigCommand, InitArguments, KeysCommand, SetUp, set_up};
