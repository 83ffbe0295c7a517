//! Seal and open one record; wrap and re-wrap its data key.
//!
//! The road: [`seal()`] makes a [`Sealed`] record with a key of its own -> [`Custody::wrap`] encrypts that key for whoever
//! keeps it -> under a ticket [`Custody::rewrap`] seals the keys of one release to the ticket's reader ->
//! [`Custody::open_bundles`] and [`open()`] give the bytes back. Beside it: sealing key pairs ([`sealing`]), blind indexes
//! ([`index`]), letters that tell a grantee which index is which ([`letter`]), and small values at rest ([`at_rest`]).
//!
//! Pure: no IO, clock or ambient randomness; entropy comes in as an argument. No primitive is written here: AES-256-GCM,
//! SHA-256, HMAC and HKDF are `aws-lc-rs`, HPKE (RFC 9180) is `hpke`. Why each format is as it is:
//! `docs/decisions/0002-envelope.md`.

pub mod at_rest;
mod cipher;
pub mod custody;
mod derive;
pub mod index;
mod key;
pub mod letter;
mod padding;
pub mod parcel;
pub mod seal;
pub mod sealing;
pub mod wrap;

#[cfg(test)]
mod known_answers;

pub use custody::{Custody, SingleCustodian};
pub use index::{IndexRoot, IndexSecret};
pub use key::RecordKey;
pub use letter::{Context, Letter, LetterEntry, SealedLetter};
pub use parcel::{KeyId, ParcelFault};
pub use seal::{Sealed, blob_digest, open, seal};
pub use sealing::SealingSecret;
pub use wrap::{Bundle, BundleError, Wrap, WrapError};
