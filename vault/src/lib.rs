//! Keeps sealed bytes by digest; releases them only under a ticket that is open in finalised state. It cannot open what
//! it keeps: it never uses `envelope`.
//!
//! Road in: a signed batch of an active member -> digests and sizes checked -> appended to a segment, one sync for all that
//! waits -> `Stored` signed. Road out: a signed request -> the own node judges the ticket -> every byte read
//! is checked -> the release journal is durable -> the bytes leave. A rotten blob is named, never served, and healed from
//! another holder; [`vault`] tells when a holder may ask for a copy, [`store`] how bytes lie on the disk, [`erase`] how they leave it.
//!
//! [`Vault`] knows no HTTP; [`http`] is its door.
pub mod erase;
pub mod heal;
pub mod http;
pub mod put;
pub mod scrub;
pub mod store;
pub mod vault;

pub use http::{router, serve};
pub use scrub::{Rotten, ScrubReport};
pub use store::{Holding, Key};
pub use vault::{Config, Released, Vault};
