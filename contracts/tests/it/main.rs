//! Properties of the contracts, from outside.
#[path = "../../src/book/mod.rs"]
mod book;
mod properties;
mod quotas;
mod votes;
