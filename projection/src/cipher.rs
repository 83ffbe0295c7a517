//! How a row is hidden: its name by HMAC-SHA-256, its content by AES-256-GCM with a random 96-bit nonce.
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

/// Bytes of a row's hidden name: half says which list it is in, half which row of it.
pub(crate) const NAME_BYTES: usize = 32;
/// Half of a hidden name.
pub(crate) const LIST_BYTES: usize = 16;
const NONCE_BYTES: usize = 12;

/// The two keys of a store, both from the member's storage key.
pub(crate) struct Keys {
    names: hmac::Key,
    content: LessSafeKey,
}

/// The cipher failed, or a row was changed, moved, or written under another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a row does not open: changed, moved, or of another key")]
pub(crate) struct Broken;

impl Keys {
    /// Derives both keys: HMAC of a label under the storage key, one for each use.
    pub(crate) fn new(storage: &[u8; 32]) -> Result<Self, Broken> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, storage);
        let names = hmac::sign(&root, b"amanat/store/names");
        let content = hmac::sign(&root, b"amanat/store/content");
        let content = UnboundKey::new(&AES_256_GCM, content.as_ref()).map_err(|_| Broken)?;
        Ok(Self {
            names: hmac::Key::new(hmac::HMAC_SHA256, names.as_ref()),
            content: LessSafeKey::new(content),
        })
    }

    /// Hidden name of a list: what all its rows' names begin with.
    pub(crate) fn list(&self, table: &str, list: &[u8]) -> [u8; LIST_BYTES] {
        self.half(b"list", &[table.as_bytes(), list])
    }

    /// Hidden name of a row.
    pub(crate) fn name(&self, table: &str, list: &[u8], key: &[u8]) -> [u8; NAME_BYTES] {
        let mut name = [0u8; NAME_BYTES];
        let (first, second) = name.split_at_mut(LIST_BYTES);
        first.copy_from_slice(&self.list(table, list));
        second.copy_from_slice(&self.half(b"row", &[table.as_bytes(), list, key]));
        name
    }

    fn half(&self, use_: &[u8], parts: &[&[u8]]) -> [u8; LIST_BYTES] {
        let mut context = hmac::Context::with_key(&self.names);
        context.update(use_);
        for part in parts {
            // Lengths go in, so that no two lists of parts are the same bytes.
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            context.update(&length.to_be_bytes());
            context.update(part);
        }
        let mut half = [0u8; LIST_BYTES];
        for (byte, source) in half.iter_mut().zip(context.sign().as_ref()) {
            *byte = *source;
        }
        half
    }

    /// Encrypts a row's content for its place: `nonce || ciphertext || tag`.
    pub(crate) fn seal(&self, name: &[u8; NAME_BYTES], content: &[u8]) -> Result<Vec<u8>, Broken> {
        let mut nonce = [0u8; NONCE_BYTES];
        aws_lc_rs::rand::fill(&mut nonce).map_err(|_| Broken)?;
        let mut sealed = Vec::with_capacity(NONCE_BYTES + content.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(content);
        let body = sealed.get_mut(NONCE_BYTES..).ok_or(Broken)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let sealing = self
            .content
            .seal_in_place_separate_tag(nonce, Aad::from(name), body);
        let tag = sealing.map_err(|_| Broken)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what [`Self::seal`] made for the same place.
    pub(crate) fn open(
        &self,
        name: &[u8; NAME_BYTES],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(Broken)?;
        let mut body = Zeroizing::new(body.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self
            .content
            .open_in_place(nonce, Aad::from(name), &mut body)
            .map_err(|_| Broken)?;
        let length = opened.len();
        body.truncate(length);
        Ok(body)
    }
}
