//! The archive of a patient as a file: a ZIP of newline-delimited JSON by resource type, as in FHIR Bulk Data, with a manifest at its end.
//!
//! Made while it is sent, a part at a time ([`pack`]). Whoever reads it knows three times over whether it is whole: the answer's chunks end as
//! HTTP/1.1 ends them only if it is ([`stream`]); a ZIP without its directory, which comes last, opens nowhere; and the manifest is the
//! last file in it.
mod pack;
mod stream;

pub(crate) use pack::{Entry, Pack};
pub(crate) use stream::{Sender, channel};
