//! A member's key file: seeds of its keys, readable by its owner alone.
//!
//! The file is TOML with hexadecimal seeds and mode 0600. Encryption of the file at rest under a passphrase is a later
//! step; until then the file system keeps it.
use amanat_types::key::MemberSigner;
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use zeroize::Zeroize;

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
}

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

    /// Writes the file, which must not exist, with mode 0600.
    pub fn write(&self, path: &Path) -> Result<(), KeysError> {
        let text = toml::to_string(self).map_err(|e| KeysError::Shape {
            path: path.display().to_string(),
            what: e.to_string(),
        })?;
        write_secret(path, text.as_bytes()).map_err(|source| KeysError::File {
            path: path.display().to_string(),
            source,
        })
    }

    /// Reads the file and refuses it if others may.
    pub fn read(path: &Path) -> Result<Self, KeysError> {
        let named = || path.display().to_string();
        let file = |source| KeysError::File {
            path: named(),
            source,
        };
        let mode = std::fs::metadata(path).map_err(file)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeysError::Mode {
                path: named(),
                mode,
            });
        }
        let mut text = std::fs::read_to_string(path).map_err(file)?;
        let keys: Result<Self, _> = toml::from_str(&text);
        text.zeroize();
        let keys = keys.map_err(|e| KeysError::Shape {
            path: named(),
            what: e.message().to_owned(),
        })?;
        if keys.transaction.is_empty() {
            return Err(KeysError::Shape {
                path: named(),
                what: "transaction: at least one seed is needed".to_owned(),
            });
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
                return Err(KeysError::Shape {
                    path: named(),
                    what: format!("{field}: 64 hexadecimal digits are needed"),
                });
            }
        }
        Ok(keys)
    }

    /// Signer of transactions.
    pub fn transaction_signer(&self, at: usize) -> Option<MemberSigner> {
        self.transaction.get(at).map(|seed| signer(seed))
    }

    /// Signer of `Stored` receipts and requests.
    pub fn vault_signer(&self) -> MemberSigner {
        signer(&self.vault)
    }

    /// Public consensus key.
    pub fn consensus_signer(&self) -> MemberSigner {
        signer(&self.consensus)
    }
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
