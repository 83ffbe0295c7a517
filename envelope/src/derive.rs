//! HKDF-SHA256 (RFC 5869) and HMAC-SHA256 (RFC 2104), by aws-lc.
use aws_lc_rs::{hkdf, hmac};
use zeroize::Zeroizing;

/// HKDF-SHA256, extract and expand, to 32 bytes. An empty `salt` is the RFC's "not provided".
pub(crate) fn derive(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0u8; 32]);
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(secret)
        .expand(info, hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(out.as_mut_slice()))
        .expect("HKDF-SHA256 expands to up to 8,160 bytes, and 32 are asked");
    out
}

/// HMAC-SHA256 of `message`.
pub(crate) fn authenticate(key: &[u8], message: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message)
}
