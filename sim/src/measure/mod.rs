//! How fast a network of real nodes is, at places and with uplinks that are stated: hops, virtual milliseconds, messages, bytes.
//!
//! Computing takes no time on this runtime. Without [`Cores`] time is therefore the network's alone; with them each node's work is charged to
//! its processor ([`crate::machine::Processor`]) by [`Costs`] that were measured ([`calibrate()`]), and [`highest`] searches what load is sustained. The nodes, their pacing and their blocks are the real ones. A block's finality is the
//! time from when its proposer sends it until the last running node has executed, stored and announced it as final.
mod calibrate;
mod cost;
mod deposits;
mod figures;
mod meter;
mod network;
pub mod place;
mod run;
mod search;
mod setting;
mod toll;
mod transport;
mod trial;

pub use calibrate::{Account, account, calibrate, signatures};
pub use cost::{Costs, Line, Piece};
pub use figures::Figures;
pub use place::Places;
pub use run::measure;
pub use search::{Highest, highest};
pub use setting::{Cores, Setting};
pub use toll::{Counts, Till};
pub use trial::{Outcome, Trial, trial, trial_at};
