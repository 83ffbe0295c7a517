//! Clients that may ask a gateway for tokens (SMART Backend Services): the registration file, and a client's own key file.
use crate::config::{self, ConfigError};
use crate::keys::write_secret;
use amanat_login::{AssertionClaims, ClientEntry, ClientKey, assertion_claims, make_assertion};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// `clients.toml`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientsFile {
    /// The registrations.
    #[serde(default)]
    pub client: Vec<ClientEntry>,
}

/// A client's own file: who it is, and its secret key.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientFile {
    /// Its registered name.
    pub client_id: String,
    /// Name of the key.
    pub kid: String,
    /// FHIR base URL of the gateway.
    pub base_url: String,
    /// Scopes to ask for.
    pub scope: String,
    /// Purposes to ask for, separated by spaces.
    pub purpose_of_use: String,
    /// PEM file with the certificate of a gateway at https://, or of who signed it; relative to this file's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// Secret key, PKCS #8 in PEM.
    pub key_pem: String,
}

/// A client file that cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum ClientFileError {
    /// Reading or writing.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The key.
    #[error("client {0}: the key cannot be used")]
    Key(String),
    /// Writing the secret.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Scopes of a client of a hospital's own system.
pub const SCOPES: &str = "system/*.read system/*.write";
/// Purposes of such a client.
pub const PURPOSES: [&str; 5] = ["TREAT", "ETREAT", "PATRQT", "HOPERAT", "HPAYMT"];

/// Makes a client of `member`'s gateway: its own file, and its registration.
pub fn generate(
    folder: &Path,
    client_id: &str,
    member: u16,
    base_url: &str,
) -> Result<PathBuf, ClientFileError> {
    let wrong = |_| ClientFileError::Key(client_id.to_owned());
    let (key_pem, jwk) = ClientKey::generate(client_id).map_err(wrong)?;
    let own = ClientFile {
        client_id: client_id.to_owned(),
        kid: client_id.to_owned(),
        base_url: base_url.to_owned(),
        scope: SCOPES.to_owned(),
        purpose_of_use: PURPOSES.join(" "),
        ca: None,
        key_pem,
    };
    let path = folder.join(format!("{client_id}.client.toml"));
    let text = toml::to_string(&own).map_err(|_| ClientFileError::Key(client_id.to_owned()))?;
    write_secret(&path, text.as_bytes()).map_err(|source| ClientFileError::File {
        path: path.display().to_string(),
        source,
    })?;
    let registration = ClientsFile {
        client: vec![ClientEntry {
            client_id: client_id.to_owned(),
            member,
            keys: vec![jwk],
            public_key_pem: None,
            scopes: SCOPES.to_owned(),
            purposes: PURPOSES.iter().map(|code| (*code).to_owned()).collect(),
        }],
    };
    config::write(&folder.join("clients.toml"), &registration)?;
    Ok(path)
}

impl ClientFile {
    /// Reads a client's own file.
    pub fn read(path: &Path) -> Result<Self, ClientFileError> {
        Ok(config::read(path)?)
    }

    /// Form body of a token request for `purposes`, signed now.
    pub fn token_form(&self, purposes: &str) -> Result<String, ClientFileError> {
        let wrong = || ClientFileError::Key(self.client_id.clone());
        let key = ClientKey::from_pem(&self.kid, &self.key_pem).map_err(|_| wrong())?;
        let mut jti = [0u8; 16];
        getrandom::fill(&mut jti).map_err(|_| wrong())?;
        let url = format!("{}/token", self.base_url);
        let claims: AssertionClaims =
            assertion_claims(&self.client_id, &url, &hex::encode(jti), crate::now_ms());
        let assertion = make_assertion(&key, &claims).ok_or_else(wrong)?;
        let escape = |text: &str| {
            text.replace('/', "%2F")
                .replace('*', "%2A")
                .replace(' ', "+")
        };
        Ok(format!(
            "grant_type=client_credentials\
             &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
             &client_assertion={assertion}&scope={}&purpose_of_use={}",
            escape(&self.scope),
            escape(purposes)
        ))
    }
}
