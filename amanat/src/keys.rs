//! A member's key file: seeds of its keys, readable by its owner alone.
//!
//! The file is TOML with hexadecimal seeds and mode 0600. A member's own is sealed under a passphrase ([`sealed`]); that of a
//! network on one machine for trial and measurement is plain, and says so. The loader recognises both.
pub mod sealed;

use crate::passphrase::{Passphrase, PassphraseError, Source};
use amanat_types::key::MemberSigner;
use sealed::{SealError, SealedKeys};
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use zeroize::{Zeroize, Zeroizing};

/// Seeds of one member's keys, hexadecimal, 32 bytes each.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// Consensus votes and the network between nodes.
    pub consensus: String,
    /// Transactions; the first is used unless said otherwise.
    pub transaction: Vec<String>,
    /// `Stored` receipts and requests to other members.
    pub vault: String,
    /// HPKE: keys and letters for this member are sealed to it.
    pub sealing: String,
    /// Encrypts the read model and the keyring at rest.
    pub storage: String,
    /// Signs access tokens of the FHIR door.
    pub token: String,
}

/// A key file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read or written.
    #[error("key file {path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Others may read it.
    #[error("key file {path} may be read by others (mode {mode:o}); set it to 600")]
    Mode {
        /// Which file.
        path: String,
        /// Its mode.
        mode: u32,
    },
    /// The file is not as it must be.
    #[error("key file {path}: {what}")]
    Shape {
        /// Which file.
        path: String,
        /// What is wrong; never a value.
        what: String,
    },
    /// It is sealed and was not opened.
    #[error("key file {path}: {source}")]
    Seal {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: SealError,
    },
    /// It is sealed, and no passphrase was given.
    #[error("key file {path}: {source}")]
    Passphrase {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: PassphraseError,
    },
}

impl KeysError {
    /// Whether it was shown that the file does not open, rather than that it could not be told.
    pub const fn is_no(&self) -> bool {
        !matches!(self, Self::File { .. } | Self::Passphrase { .. })
    }
}

/// First line of a plain file.
const PLAIN: &str = "# Keys of a member, PLAIN: whoever reads this file has them. `amanat keys passphrase --keys FILE` seals it.\n";
/// First lines of a sealed file.
const SEALED: &str = "# Keys of a member, sealed under a passphrase. Without it they are lost: keep a copy of both, apart from each other.\n# `amanat keys passphrase --keys FILE` changes the passphrase.\n";
/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 64 * 1024;

impl Drop for Keys {
    fn drop(&mut self) {
        self.consensus.zeroize();
        self.transaction.zeroize();
        self.vault.zeroize();
        self.sealing.zeroize();
        self.storage.zeroize();
        self.token.zeroize();
    }
}

/// 32 random bytes from the operating system, hexadecimal.
fn random_seed() -> std::io::Result<String> {
    let mut seed = [0u8; 32];
    getrandom::fill(&mut seed).map_err(std::io::Error::other)?;
    let text = hex::encode(seed);
    seed.zeroize();
    Ok(text)
}

impl Keys {
    /// Makes fresh keys with `transactions` transaction keys.
    pub fn generate(transactions: usize) -> std::io::Result<Self> {
        let transaction = (0..transactions.max(1)).map(|_| random_seed());
        Ok(Self {
            consensus: random_seed()?,
            transaction: transaction.collect::<Result<_, _>>()?,
            vault: random_seed()?,
            sealing: random_seed()?,
            storage: random_seed()?,
            token: random_seed()?,
        })
    }

    /// Fresh keys in the place of those that the ledger knows and of the one for tokens.
    ///
    /// The sealing and the storage key stay: what was sealed to them and is encrypted under them could not be opened without.
    pub fn rotated(&self) -> std::io::Result<Self> {
        let mut next = Self::generate(self.transaction.len())?;
        for (seed, kept) in [
            (&mut next.sealing, &self.sealing),
            (&mut next.storage, &self.storage),
        ] {
            seed.zeroize();
            seed.clone_from(kept);
        }
        Ok(next)
    }

    /// Writes a plain file, which must not exist, with mode 0600.
    pub fn write(&self, path: &Path) -> Result<(), KeysError> {
        let text = Zeroizing::new(format!("{PLAIN}{}", self.text(path)?.as_str()));
        write_secret(path, text.as_bytes()).map_err(file_error(path))
    }

    /// Writes a file sealed under `passphrase`, which must not exist, with mode 0600.
    pub fn write_sealed(&self, path: &Path, passphrase: &Passphrase) -> Result<(), KeysError> {
        let text = self.sealed_text(path, passphrase)?;
        write_secret(path, text.as_bytes()).map_err(file_error(path))
    }

    /// Puts a file sealed under `passphrase` in the place of the one at `path`; the old one stays whole until the new one is.
    pub fn replace_sealed(&self, path: &Path, passphrase: &Passphrase) -> Result<(), KeysError> {
        let text = self.sealed_text(path, passphrase)?;
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let folder = folder.unwrap_or(Path::new("."));
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let beside = folder.join(name);
        // Left by a run that was cut off; the file itself is still the old one.
        let _ = std::fs::remove_file(&beside);
        write_secret(&beside, text.as_bytes()).map_err(file_error(&beside))?;
        std::fs::rename(&beside, path).map_err(file_error(path))?;
        let folder = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
        folder.map_err(file_error(path))
    }

    fn text(&self, path: &Path) -> Result<Zeroizing<String>, KeysError> {
        let text = toml::to_string(self).map_err(|e| shape(path, e.to_string()))?;
        Ok(Zeroizing::new(text))
    }

    fn sealed_text(&self, path: &Path, passphrase: &Passphrase) -> Result<String, KeysError> {
        let text = self.text(path)?;
        let sealed =
            SealedKeys::seal(text.as_bytes(), passphrase).map_err(|source| KeysError::Seal {
                path: path.display().to_string(),
                source,
            })?;
        let text = toml::to_string(&sealed).map_err(|e| shape(path, e.to_string()))?;
        Ok(format!("{SEALED}{text}"))
    }

    /// Reads a plain file, and refuses one that others may read.
    pub fn read(path: &Path) -> Result<Self, KeysError> {
        match read_file(path)? {
            File::Plain(keys) => Ok(keys),
            File::Sealed(_) => Err(KeysError::Passphrase {
                path: path.display().to_string(),
                source: PassphraseError::Rule("the file is sealed; one is needed".to_owned()),
            }),
        }
    }

    /// Reads a file, plain or sealed; `source` is asked only for a sealed one. Others must not be able to read it.
    pub fn open(path: &Path, source: &Source) -> Result<Self, KeysError> {
        let named = || path.display().to_string();
        match read_file(path)? {
            File::Plain(keys) => Ok(keys),
            File::Sealed(sealed) => {
                let passphrase = source.get(&named());
                let passphrase = passphrase.map_err(|source| KeysError::Passphrase {
                    path: named(),
                    source,
                })?;
                let text = sealed.open(&passphrase).map_err(|source| KeysError::Seal {
                    path: named(),
                    source,
                })?;
                let text = std::str::from_utf8(&text)
                    .map_err(|_| shape(path, "the sealed text is not UTF-8".to_owned()))?;
                parse(path, text)
            }
        }
    }

    /// Whether the file is sealed; it is not opened, but must be well formed and kept from others.
    pub fn is_sealed(path: &Path) -> Result<bool, KeysError> {
        Ok(matches!(read_file(path)?, File::Sealed(_)))
    }

    /// Signer of transactions.
    pub fn transaction_signer(&self, at: usize) -> Option<MemberSigner> {
        self.transaction.get(at).map(|seed| signer(seed))
    }

    /// Signer of `Stored` receipts and requests.
    pub fn vault_signer(&self) -> MemberSigner {
        signer(&self.vault)
    }

    /// Signer as the consensus key, for its proof of possession alone; votes are the node's.
    pub fn consensus_signer(&self) -> MemberSigner {
        signer(&self.consensus)
    }
}

enum File {
    Plain(Keys),
    Sealed(SealedKeys),
}

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> KeysError {
    let path = path.display().to_string();
    move |source| KeysError::File {
        path: path.clone(),
        source,
    }
}

fn shape(path: &Path, what: String) -> KeysError {
    let path = path.display().to_string();
    KeysError::Shape { path, what }
}

fn read_file(path: &Path) -> Result<File, KeysError> {
    let about = std::fs::metadata(path).map_err(file_error(path))?;
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let path = path.display().to_string();
        return Err(KeysError::Mode { path, mode });
    }
    if about.len() > FILE_BYTES_MAX {
        return Err(shape(
            path,
            format!("it has more than {FILE_BYTES_MAX} bytes"),
        ));
    }
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(file_error(path))?);
    // The key that only a sealed file has decides how the rest is read, and so what its errors say.
    if text.lines().any(|line| line.starts_with("format")) {
        let sealed = toml::from_str(&text);
        let sealed = sealed.map_err(|e| shape(path, e.message().to_owned()))?;
        return Ok(File::Sealed(sealed));
    }
    parse(path, &text).map(File::Plain)
}

/// Reads and checks seeds; an error never shows one.
fn parse(path: &Path, text: &str) -> Result<Keys, KeysError> {
    let keys: Keys = toml::from_str(text).map_err(|e| shape(path, e.message().to_owned()))?;
    if keys.transaction.is_empty() {
        let what = "transaction: at least one seed is needed".to_owned();
        return Err(shape(path, what));
    }
    let all = [
        ("consensus", &keys.consensus),
        ("vault", &keys.vault),
        ("sealing", &keys.sealing),
        ("storage", &keys.storage),
        ("token", &keys.token),
    ];
    let transactions = keys.transaction.iter().map(|seed| ("transaction", seed));
    for (field, seed) in all.into_iter().chain(transactions) {
        if seed_bytes(seed).is_none() {
            let what = format!("{field}: 64 hexadecimal digits are needed");
            return Err(shape(path, what));
        }
    }
    Ok(keys)
}

/// Writes a new file that only its owner may read, and makes it durable.
pub fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The 32 bytes behind a seed of the file.
pub fn seed_bytes(text: &str) -> Option<[u8; 32]> {
    let mut seed = [0u8; 32];
    hex::decode_to_slice(text, &mut seed).ok()?;
    Some(seed)
}

fn signer(seed: &str) -> MemberSigner {
    // `read` checked every seed, and `generate` made it.
    MemberSigner::from_seed(seed_bytes(seed).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn rotated_keys_are_other_keys_but_for_those_that_open_what_is_sealed() {
        let old = Keys::generate(4).expect("entropy");
        let new = old.rotated().expect("entropy");
        assert_eq!((&new.sealing, &new.storage), (&old.sealing, &old.storage));
        assert_ne!(new.consensus, old.consensus);
        assert_ne!(new.vault, old.vault);
        assert_ne!(new.token, old.token);
        assert_eq!(new.transaction.len(), 4);
        assert!(
            !new.transaction
                .iter()
                .any(|key| old.transaction.contains(key))
        );
    }
}
