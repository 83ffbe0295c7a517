//! The categories by which access is judged. The list and its rule are in `docs/categories.md`; a test holds the two together.
//!
//! Every resource has exactly one. Numbers are stable for ever: blind indexes and grants are derived from them.

mod code;
mod kind;
mod rule;

pub use kind::Category;
