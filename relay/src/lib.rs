//! Lines to a member that nobody reaches, through a member that everybody reaches (decision 0007).
//!
//! A member behind NAT keeps a line to a relay ([`keep`](fn@keep)); the relay listens for it, and has it fetch each stream that comes
//! ([`carry`](fn@carry)). Whoever knows several addresses of a member goes by the first that answers ([`ways`]).
//!
//! What is carried proves its own ends: the engine's handshake between nodes, TLS with the member's key before vaults and custodians.
//! A relay sees who connects to whom, when and how much; it can refuse, delay and cut, and nothing else. So this crate knows no
//! record, no ticket, no ledger: who is an active member it is told by a [`Gate`].
mod carry;
mod counts;
mod keep;
mod limits;
mod place;
mod splice;
pub mod ways;
mod wire;

pub use carry::{Gate, Relay, Relayed, carry};
pub use counts::{Counts, Line};
pub use keep::{Keeper, Kept, NotKept, Through, keep, probe};
pub use limits::Limits;
pub use place::{NotPlace, Place, is_name};
pub use wire::{ROUTE, Refused, Service, again};
