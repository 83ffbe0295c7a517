//! Properties of the contracts, from outside.
#[path = "../../src/book/mod.rs"]
mod book;
mod erasures;
mod matrix;
mod persons;
mod properties;
mod quotas;
mod reference;
mod rights;
mod stories;
mod votes;
