//! What an operator sees of a running member: `status`, `why-stalled`, `doctor`, `inspect`. All of it only reads.
pub mod backup;
pub mod clock;
pub mod disk;
pub mod doctor;
pub mod inspect;
pub mod lines;
pub mod past;
pub mod probe;
pub mod quarantine;
pub mod replay;
pub mod scrub;
pub mod stalled;
pub mod status;
pub mod target;
mod ways;
