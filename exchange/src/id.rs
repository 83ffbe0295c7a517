//! How a caller's id becomes a record's id, and a record's id a FHIR id.
use crate::{Actor, Error, Exchange};
use amanat_client::{Ledger, Stores};
use amanat_types::{LocalId, RecordId};
use aws_lc_rs::hmac;

/// Bytes of a caller's id.
pub const CALLER_BYTES_MAX: usize = 256;

/// The FHIR id of a record: 32 hexadecimal digits.
pub fn logical_id(record: &RecordId) -> String {
    record.to_string()
}

/// The record with this FHIR id; nothing if no record can have it.
pub fn record_of(logical: &str) -> Option<RecordId> {
    let lower = logical
        .bytes()
        .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    RecordId::from_hex(logical).filter(|_| lower)
}

/// Checks a caller's id.
pub(crate) fn check_caller_id(path: &str, caller_id: &[u8]) -> Result<(), Error> {
    match (1..=CALLER_BYTES_MAX).contains(&caller_id.len()) {
        true => Ok(()),
        false => Err(Error::invalid(path, "a caller's id has 1 to 256 bytes")),
    }
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// The record that a draft with this caller's id becomes. The same id gives the same record, for ever.
    ///
    /// A door that rewrites the references of a Bundle asks this for each entry first.
    pub fn record_id(&self, _actor: &Actor, caller_id: &[u8]) -> RecordId {
        RecordId::derive(self.member(), self.local_id("record", caller_id))
    }

    /// A local id from a caller's: keyed, so that the ledger does not tell the caller's id. Purposes do not meet.
    pub(crate) fn local_id(&self, purpose: &str, caller_id: &[u8]) -> LocalId {
        let tag = self.keyed(purpose, caller_id);
        let mut bytes = [0u8; 16];
        bytes.copy_from_slice(&tag[..16]);
        LocalId::new(bytes)
    }

    /// HMAC of `content` for one purpose under the member's secret.
    pub(crate) fn keyed(&self, purpose: &str, content: &[u8]) -> [u8; 32] {
        keyed(&self.inner.secret, purpose, content)
    }
}

/// HMAC of `content` for one purpose. Purposes are the program's own words and hold no zero byte.
pub(crate) fn keyed(secret: &hmac::Key, purpose: &str, content: &[u8]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(secret);
    context.update(purpose.as_bytes());
    context.update(&[0]);
    context.update(content);
    let mut tag = [0u8; 32];
    tag.copy_from_slice(context.sign().as_ref());
    tag
}
