//! `amanat backup` and `amanat restore`: what a member cannot get back from the others, in a folder with a manifest.
//!
//! The folder repeats the member's own, without what comes back by itself: the ledger (from the other nodes; or with
//! `--ledger`, without this node's votes), and the read models (from the ledger). Keys stay sealed as they are. Every
//! file stands in the manifest with its SHA-256; the manifest is written last and read first. A node's votes
//! are never in a backup: one that votes from an old copy may vote twice.
pub(crate) mod files;
pub(crate) mod manifest;
mod restore;
mod take;

pub use manifest::{FILE_NAME, Item, Manifest, ManifestError};
pub use restore::{Restored, restore};
pub use take::{Taken, backup};
