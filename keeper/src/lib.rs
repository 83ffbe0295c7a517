//! Gives the keys of records, and only under a ticket that is open in its own node's finalised state.
//!
//! Today one custodian, the depositing member or whoever took its records over, holds a record's key; `envelope::custody` is the seam
//! where a quorum of keepers takes its place. Until then the custodian alone can open what it keeps: promise P7 does not hold yet.
//!
//! Road: a signed request with wraps -> the own node judges the ticket -> every record must be this member's -> the
//! release journal is durable -> the keys are sealed to the reader that the *ticket* names, never to one from the request.
//!
//! A member that leaves hands its keys over to the successor that it named on the ledger: [`hand_over`], as the journal shows.
pub mod custodian;
pub mod hand_over;
pub mod http;

pub use custodian::{Config, Custodian, Entropy};
pub use http::{router, serve};
