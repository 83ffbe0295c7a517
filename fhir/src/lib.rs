//! FHIR R4 (4.0.1) resources: parse, check, canonical bytes, and what the exchange must know of them.
//!
//! Pure: no IO, clocks or randomness. Every input is hostile: bounded, and answered with a [`Flaw`] that names the place and the
//! rule and never repeats a value. Nothing of what was written is lost: unknown elements, extensions, order, decimals.
//!
//! The usual road: [`parse()`] (bounded JSON) -> [`check()`] (structural rules, gives a [`Checked`]) -> [`bundle::transaction`] (ids
//! and references) -> [`Category::of`] and [`patient::of`] (whose, and how sensitive) -> [`canonical()`] (bytes to seal).

pub mod audit;
pub mod bundle;
mod canonical;
pub mod capability;
pub mod category;
pub mod check;
pub mod consent;
mod flaw;
mod instant;
pub mod matching;
mod number;
pub mod outcome;
mod parse;
pub mod patient;
mod primitive;
pub mod provenance;
mod reference;
mod resource;
mod resource_type;
pub mod search;

pub use canonical::canonical;
pub use category::Category;
pub use check::{Checked, check};
pub use flaw::{Flaw, Rule};
pub use instant::{instant, instant_ms};
pub use parse::{
    BUNDLE_ENTRIES_MAX, BUNDLE_SIZE_BYTES_MAX, DEPTH_MAX, Limits, NAMES_MAX,
    RESOURCE_SIZE_BYTES_MAX, parse,
};
pub use reference::Reference;
pub use resource::Resource;
pub use resource_type::ResourceType;
