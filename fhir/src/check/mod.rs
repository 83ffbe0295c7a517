//! The structural rules that hold for every R4 resource, whatever its profile: what breaks them is never FHIR.
//!
//! One walk, in reading order; a resource's own rules (type, id, contained, meta, text) come before its elements. Not judged:
//! cardinalities, unknown elements (they are kept), terminology, invariants, whether a reference leads anywhere.

mod checked;
mod patient;
mod resource;
mod value;

pub use checked::{Checked, check};
pub(crate) use value::is_reference;
