//! The program: wires the rooms and holds no rule of theirs.
//!
//! `amanat` runs a member's processes, a whole network on one machine, the demonstration, and offline checks;
//! `amanat-lab` measures, and tries real nodes under faults. The modules here are shared by both.
pub mod answer;
pub mod backup;
pub mod clients;
pub mod command;
pub mod command_error;
pub mod config;
pub mod demo;
pub mod finding;
pub mod founding;
pub mod genesis_file;
pub mod govern;
pub mod hostile;
pub mod init;
pub mod keys;
pub mod lab;
pub mod layout;
pub mod leaving;
pub mod marker;
pub mod member_file;
pub mod network;
pub mod operate;
pub mod passphrase;
pub mod ports;
pub mod process;
pub mod rotation;
pub mod run;
pub mod signals;
pub mod token;
pub mod up;
pub mod verify;

use amanat_types::TimestampMs;

/// Milliseconds since 1970 by this machine's clock.
pub fn now_ms() -> TimestampMs {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    TimestampMs::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
