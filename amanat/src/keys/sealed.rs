//! A key file encrypted under a passphrase: Argon2id (RFC 9106) makes a key, AES-256-GCM (SP 800-38D) seals the text.
//!
//! The format and why it is so: `docs/decisions/0003-key-file.md`. Nothing here is more than the joining of the two.
use crate::passphrase::Passphrase;
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Name of the format, and its version.
pub const FORMAT: &str = "amanat-keys-1";
const SALT_LEN: usize = 16;
/// Costs of a new file: the second recommended choice of RFC 9106, section 4.
const COST: Cost = Cost {
    memory_kib: 64 * 1024,
    passes: 3,
    lanes: 4,
};
/// Most that a file may make us spend: a changed file is not to stop the machine.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 16;

/// The sealed file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedKeys {
    /// [`FORMAT`].
    pub format: String,
    /// Memory of Argon2id.
    memory_kib: u32,
    /// Passes of Argon2id.
    passes: u32,
    /// Lanes of Argon2id.
    lanes: u32,
    /// Salt of Argon2id, hexadecimal.
    salt: String,
    /// Nonce of AES-256-GCM, hexadecimal.
    nonce: String,
    /// Ciphertext and tag, hexadecimal.
    sealed: String,
}

#[derive(Clone, Copy)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Why a sealed file was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A field breaks its rule.
    #[error("{0}: {1}")]
    Field(&'static str, &'static str),
    /// Another passphrase, or changed bytes: the two look the same.
    #[error("it does not open: the passphrase is another, or the file was changed")]
    Closed,
    /// The operating system gave no randomness, or a library refused what it must take.
    #[error("sealing failed: {0}")]
    Broken(&'static str),
}

impl SealedKeys {
    /// Seals `text` under `passphrase` with fresh salt and nonce.
    pub fn seal(text: &[u8], passphrase: &Passphrase) -> Result<Self, SealError> {
        let mut salt = [0u8; SALT_LEN];
        let mut nonce = [0u8; NONCE_LEN];
        let broken = |_| SealError::Broken("no randomness");
        getrandom::fill(&mut salt).map_err(broken)?;
        getrandom::fill(&mut nonce).map_err(broken)?;
        Self::seal_with(text, passphrase, COST, salt, nonce)
    }

    fn seal_with(
        text: &[u8],
        passphrase: &Passphrase,
        cost: Cost,
        salt: [u8; SALT_LEN],
        nonce: [u8; NONCE_LEN],
    ) -> Result<Self, SealError> {
        let key = derive(passphrase, cost, &salt)?;
        let mut sealed = text.to_vec();
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(head(cost, &salt, &nonce)),
            &mut sealed,
        )
        .map_err(|_| SealError::Broken("AES-256-GCM"))?;
        Ok(Self {
            format: FORMAT.to_owned(),
            memory_kib: cost.memory_kib,
            passes: cost.passes,
            lanes: cost.lanes,
            salt: hex::encode(salt),
            nonce: hex::encode(nonce),
            sealed: hex::encode(sealed),
        })
    }

    /// Opens it. Errors, in this order: `Field` of format, costs, salt, nonce, sealed; `Closed`.
    pub fn open(&self, passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let wrong = |field, rule| SealError::Field(field, rule);
        if self.format != FORMAT {
            return Err(wrong("format", "is not amanat-keys-1"));
        }
        let cost = Cost {
            memory_kib: self.memory_kib,
            passes: self.passes,
            lanes: self.lanes,
        };
        if cost.memory_kib > MEMORY_KIB_MAX {
            return Err(wrong("memory_kib", "at most 1048576"));
        }
        if !(1..=PASSES_MAX).contains(&cost.passes) {
            return Err(wrong("passes", "1 to 16"));
        }
        if !(1..=LANES_MAX).contains(&cost.lanes) || cost.memory_kib < 8 * cost.lanes {
            return Err(wrong("lanes", "1 to 16, with 8 KiB of memory each"));
        }
        let mut salt = [0u8; SALT_LEN];
        hex::decode_to_slice(&self.salt, &mut salt)
            .map_err(|_| wrong("salt", "32 hexadecimal digits are needed"))?;
        let mut nonce = [0u8; NONCE_LEN];
        hex::decode_to_slice(&self.nonce, &mut nonce)
            .map_err(|_| wrong("nonce", "24 hexadecimal digits are needed"))?;
        let mut bytes = Zeroizing::new(
            hex::decode(&self.sealed)
                .map_err(|_| wrong("sealed", "hexadecimal digits are needed"))?,
        );
        let key = derive(passphrase, cost, &salt)?;
        let length = key
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(head(cost, &salt, &nonce)),
                bytes.as_mut_slice(),
            )
            .map_err(|_| SealError::Closed)?
            .len();
        bytes.truncate(length);
        Ok(bytes)
    }
}

fn derive(
    passphrase: &Passphrase,
    cost: Cost,
    salt: &[u8; SALT_LEN],
) -> Result<LessSafeKey, SealError> {
    let broken = |_| SealError::Broken("Argon2id");
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(broken)?;
    let mut key = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(broken)?;
    let key = UnboundKey::new(&AES_256_GCM, key.as_slice());
    key.map(LessSafeKey::new)
        .map_err(|_| SealError::Broken("AES-256-GCM"))
}

/// What the tag covers beside the text: every other field.
fn head(cost: Cost, salt: &[u8; SALT_LEN], nonce: &[u8; NONCE_LEN]) -> Vec<u8> {
    [
        FORMAT.as_bytes(),
        &cost.memory_kib.to_be_bytes(),
        &cost.passes.to_be_bytes(),
        &cost.lanes.to_be_bytes(),
        salt,
        nonce,
    ]
    .concat()
}

#[cfg(test)]
mod tests;
