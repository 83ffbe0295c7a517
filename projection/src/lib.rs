//! Folds ledger events and release journals into read models: records by blind index, patient timelines, access log.
//!
//! A read model is a cache: it may be deleted and is refolded to the same content ([`Store::fingerprint`]). Delivery is at least
//! once, effects once: each page of blocks is written in one transaction with the height up to which it was folded, and a block
//! at or below that height changes nothing.
//!
//! At rest everything is encrypted under one member's key, names of rows included ([`store`]). What stays visible in the file
//! is how many rows there are, how long they are, and which belong to one list.
//!
//! [`Follower`] keeps a [`ReadModel`] up to the tip of the member's own node. Release journals are read when an access log is
//! asked for ([`ReadModel::follow_journals`]): their chains are checked and compared with the anchors on the ledger.

pub mod amendment;
mod cipher;
pub mod custody;
mod erasure;
pub mod fold;
pub mod follower;
pub mod hostile;
pub mod journals;
pub mod log;
pub mod model;
mod notice;
pub mod opened;
pub mod outbox;
pub mod record;
pub mod same;
pub mod store;
pub mod timeline;

pub use amendment::AmendmentRow;
pub use custody::TakenOver;
pub use fold::Lookups;
pub use follower::Follower;
pub use journals::{JournalFlaw, JournalStanding, Standing};
pub use log::{AccessEntry, AccessLog, Act, Attribution, EndCause, Place, Released, TicketEnded};
pub use model::ReadModel;
pub use opened::{GlassRow, OpenedRow};
pub use outbox::Notice;
pub use record::RecordRow;
pub use same::SamePerson;
pub use store::{Batch, Row, Store, Table, Urgency, View};
pub use timeline::{Moment, OpenBasis, of_patient};
