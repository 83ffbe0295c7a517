//! AES-256-GCM (NIST SP 800-38D) on a buffer in place, by aws-lc. The caller answers for the nonce.
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::{Zeroize as _, Zeroizing};

/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = 32;
/// Bytes of a nonce.
pub(crate) const NONCE_BYTES: usize = NONCE_LEN;
/// Bytes of an authentication tag.
pub(crate) const TAG_BYTES: usize = 16;

/// The cipher did not seal, or the bytes are not what was sealed. It says no more, so that nothing can be learnt from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CipherFault;

fn aes(key: &[u8; KEY_BYTES]) -> Result<LessSafeKey, CipherFault> {
    UnboundKey::new(&AES_256_GCM, key)
        .map(LessSafeKey::new)
        .map_err(|_| CipherFault)
}

/// Encrypts `buffer` in place and appends the tag. On a fault the plaintext is wiped.
pub(crate) fn encrypt(
    key: &[u8; KEY_BYTES],
    nonce: [u8; NONCE_BYTES],
    associated: &[u8],
    mut buffer: Vec<u8>,
) -> Result<Vec<u8>, CipherFault> {
    let sealed = aes(key).and_then(|key| {
        let nonce = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_separate_tag(nonce, Aad::from(associated), &mut buffer)
            .map_err(|_| CipherFault)
    });
    match sealed {
        Ok(tag) => {
            buffer.extend_from_slice(tag.as_ref());
            Ok(buffer)
        }
        Err(fault) => {
            buffer.zeroize();
            Err(fault)
        }
    }
}

/// Checks the tag at the end of `sealed` and decrypts what is before it.
pub(crate) fn decrypt(
    key: &[u8; KEY_BYTES],
    nonce: [u8; NONCE_BYTES],
    associated: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CipherFault> {
    let mut buffer = Zeroizing::new(sealed.to_vec());
    let length = aes(key)?
        .open_in_place(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(associated),
            &mut buffer,
        )
        .map_err(|_| CipherFault)?
        .len();
    buffer.truncate(length);
    Ok(buffer)
}
