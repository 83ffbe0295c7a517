//! Contents of which the ledger has a commitment: justifications, signed forms, statutes, claims, protocols, findings, who a staff pseudonym was.
//!
//! They stay here, encrypted, and are on the disk before the ledger hears of them, each under its commitment: whichever of several the ledger
//! takes in the end, its content is here. The salt follows from what it is about and the content, so that a repeat commits to the same.
use crate::{Actor, Error, Exchange};
use amanat_client::{Ledger, Stores};
use amanat_projection::Table;
use amanat_types::id::{Commitment, Salt};

/// Commitment -> salt and content.
const CONTENT: Table = Table::new("committed");
/// Bytes of the salt before a content.
const SALT_BYTES: usize = 32;

/// What may be committed to: the field that brings it, and its bytes at most.
pub(crate) struct Bound {
    pub(crate) field: &'static str,
    pub(crate) bytes_max: usize,
}

/// A few words.
pub(crate) const WORDS: Bound = Bound {
    field: "text",
    bytes_max: 4_096,
};

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Keeps a content, and commits to it.
    ///
    /// Errors: [`Error::Invalid`] (the bound's field) if it is empty or longer than that; [`Error::Fault`].
    pub(crate) async fn commit(
        &self,
        bound: Bound,
        about: &[u8],
        content: &[u8],
    ) -> Result<Commitment, Error> {
        let most = bound.bytes_max;
        if !(1..=most).contains(&content.len()) {
            let rule = format!("must have 1 to {most} bytes");
            return Err(Error::invalid(bound.field, rule));
        }
        let length = u64::try_from(about.len()).unwrap_or(u64::MAX).to_be_bytes();
        let tagged = [length.as_slice(), about, content].concat();
        let salt = Salt::new(self.keyed("committed", &tagged));
        let commitment = Commitment::text(&salt, content);
        let kept = [salt.as_bytes().as_slice(), content].concat();
        self.write(move |batch| batch.put(CONTENT, b"", commitment.as_bytes(), &kept))
            .await?;
        Ok(commitment)
    }

    /// The content behind a commitment that this member made, with the salt that opens it; nothing if it made none such.
    pub fn committed(
        &self,
        actor: &Actor,
        commitment: &Commitment,
    ) -> Result<Option<(Salt, Vec<u8>)>, Error> {
        self.admit(actor)?;
        let view = self.inner.store.view()?;
        let Some(kept) = view.get(CONTENT, b"", commitment.as_bytes())? else {
            return Ok(None);
        };
        let (salt, content) = kept
            .split_first_chunk::<SALT_BYTES>()
            .ok_or_else(|| Error::damaged("a kept content", "it is too short"))?;
        Ok(Some((Salt::new(*salt), content.to_vec())))
    }
}
