//! Registered clients: who may sign in, with which keys, for what.
use crate::key::{Jwk, KeyError, PublicKey};
use crate::scope::Scopes;
use amanat_types::{MemberId, Purpose};
use serde::{Deserialize, Serialize};

/// Clients of one gateway.
pub const CLIENTS_MAX: usize = 1024;
/// Keys of one client.
pub const KEYS_MAX: usize = 8;
/// Longest client id.
const ID_BYTES_MAX: usize = 128;

/// A client as it stands in the configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientEntry {
    /// Its name: 1 to 128 characters of ASCII without spaces.
    pub client_id: String,
    /// Number of the member that it acts for.
    pub member: u16,
    /// Its public keys.
    #[serde(default)]
    pub keys: Vec<Jwk>,
    /// A public key in PEM, instead of or beside `keys`; its `kid` is the client's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key_pem: Option<String>,
    /// What it may ask for, separated by spaces: `system/*.read system/*.write`.
    pub scopes: String,
    /// Purposes that it may name: codes of HL7 v3 ActReason.
    pub purposes: Vec<String>,
}

/// Why a registration is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The name.
    #[error("a client id is 1 to 128 visible ASCII characters")]
    Id,
    /// A key.
    #[error("client {client}: {source}")]
    Key {
        /// Whose.
        client: String,
        /// What is wrong with it.
        source: KeyError,
    },
    /// How many keys, or two of one kid.
    #[error("client {0} needs 1 to 8 keys, each with a kid of its own")]
    KeyCount(String),
    /// A scope.
    #[error(
        "client {0}: scopes are 1 to 64 of system/Type.read, system/Type.write or system/Type.cruds"
    )]
    Scopes(String),
    /// A purpose.
    #[error(
        "client {0}: purposes are at least one code of HL7 v3 ActReason that the exchange knows"
    )]
    Purposes(String),
}

/// A client whose registration was checked.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its name.
    pub id: String,
    /// The member that it acts for.
    pub member: MemberId,
    /// What it may ask for.
    pub scopes: Scopes,
    /// Purposes that it may name; sorted, at least one.
    pub purposes: Vec<Purpose>,
    keys: Vec<PublicKey>,
}

impl Client {
    /// Checks a registration.
    ///
    /// Errors, in this order: `Id`, `Key`, `KeyCount`, `Scopes`, `Purposes`.
    pub fn new(entry: &ClientEntry) -> Result<Self, ClientError> {
        let id = entry.client_id.clone();
        if id.is_empty() || id.len() > ID_BYTES_MAX || !id.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(ClientError::Id);
        }
        let keys = keys_of(entry).map_err(|source| ClientError::Key {
            client: id.clone(),
            source,
        })?;
        let twice = |(at, key): (usize, &PublicKey)| {
            keys.iter().take(at).any(|other| other.kid() == key.kid())
        };
        if keys.is_empty() || keys.len() > KEYS_MAX || keys.iter().enumerate().any(twice) {
            return Err(ClientError::KeyCount(id));
        }
        let scopes = Scopes::parse(&entry.scopes).map_err(|_| ClientError::Scopes(id.clone()))?;
        let purposes: Option<Vec<Purpose>> = entry
            .purposes
            .iter()
            .map(|code| Purpose::parse(code))
            .collect();
        let mut purposes = purposes.unwrap_or_default();
        purposes.sort();
        purposes.dedup();
        if purposes.is_empty() {
            return Err(ClientError::Purposes(id));
        }
        Ok(Self {
            id,
            member: MemberId::new(entry.member),
            scopes,
            purposes,
            keys,
        })
    }

    pub(crate) fn keys(&self) -> &[PublicKey] {
        &self.keys
    }
}

fn keys_of(entry: &ClientEntry) -> Result<Vec<PublicKey>, KeyError> {
    let pem = entry.public_key_pem.iter();
    let pem = pem.map(|pem| PublicKey::from_pem(&entry.client_id, pem));
    entry
        .keys
        .iter()
        .map(PublicKey::from_jwk)
        .chain(pem)
        .collect()
}
