//! Submit, await a receipt, follow events, fetch and check proofs, talk to vaults and custodians; and the release
//! journal that vaults and custodians keep.
//!
//! The rooms above speak to the network through small traits: [`Ledger`] (one's own member's node), [`Stores`] (any
//! member's vault, custodian and journals) and [`Holders`] (one vault asks another for a fresh copy). All stand over HTTP
//! here; the simulator has them in process.
//!
//! What vault and custodian share because neither may use the other is here too: who may be served ([`judge`]), the
//! release journal ([`journal`], [`anchor`]), their wire shapes ([`wire`]) and the bounded HTTP server ([`serve`]).
pub mod anchor;
pub mod clock;
mod connect;
pub mod disk;
pub mod fault;
pub mod follow;
pub mod http;
pub mod journal;
pub mod judge;
pub mod ledger;
pub mod member;
pub mod node;
pub mod prepared;
pub mod serve;
pub mod stores;
pub mod submit;
pub mod wire;

pub use clock::Clock;
pub use fault::{Failure, Fault};
pub use follow::Follower;
pub use http::HttpClient;
pub use journal::{Departure, Journal};
pub use judge::Judge;
pub use ledger::{Ledger, LedgerState};
pub use member::{Asker, Doors, MemberClient};
pub use node::NodeClient;
pub use stores::{Holders, Stores};
pub use submit::{Draft, Submitter};
