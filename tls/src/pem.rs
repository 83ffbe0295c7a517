//! Certificate and key of a server from PEM files.
use crate::provider::{VERSIONS, provider};
use crate::validity::{self, Validity};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{Error, InconsistentKeys, ServerConfig};
use std::io;
use std::path::Path;

/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// Certificates of a chain.
const CHAIN_MAX: usize = 10;

/// PEM files that cannot be used. No message shows what is in them.
#[derive(Debug, thiserror::Error)]
pub enum PemError {
    /// A file cannot be read.
    #[error("{key} {path}: {source}")]
    File {
        /// Key of the configuration.
        key: &'static str,
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is not as it must be.
    #[error("{key} {path}: {rule}")]
    Rule {
        /// Key of the configuration.
        key: &'static str,
        /// Which file.
        path: String,
        /// Which rule it breaks.
        rule: String,
    },
}

/// Key of the configuration that names the certificate.
const CERTIFICATE: &str = "tls_certificate";
/// What names certificates of authorities: an argument or a key of a client's file.
pub(crate) const AUTHORITY: &str = "ca";
/// Largest file of authorities that is read: a system's whole list has a quarter of it.
const AUTHORITIES_BYTES_MAX: u64 = 1024 * 1024;
/// Key of the configuration that names its key.
const KEY: &str = "tls_key";

pub(crate) fn rule(key: &'static str, path: &Path, rule: impl Into<String>) -> PemError {
    PemError::Rule {
        key,
        path: path.display().to_string(),
        rule: rule.into(),
    }
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, PemError> {
    let max = if key == AUTHORITY {
        AUTHORITIES_BYTES_MAX
    } else {
        FILE_BYTES_MAX
    };
    let file = |source| PemError::File {
        key,
        path: path.display().to_string(),
        source,
    };
    if std::fs::metadata(path).map_err(file)?.len() > max {
        let text = format!("it has more than {max} bytes");
        return Err(rule(key, path, text));
    }
    std::fs::read(path).map_err(file)
}

/// The certificate, and what signed it, in the order of the file.
fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let bytes = read(CERTIFICATE, path)?;
    let wrong = |text: &str| rule(CERTIFICATE, path, text);
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes)
        .take(CHAIN_MAX + 1)
        .collect();
    let chain = chain.map_err(|_| wrong("it is not PEM"))?;
    match chain.len() {
        0 => Err(wrong("it holds no CERTIFICATE")),
        1..=CHAIN_MAX => Ok(chain),
        _ => Err(wrong("it holds more than 10 certificates")),
    }
}

/// Every certificate of a file of authorities.
pub(crate) fn roots(path: &Path) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let bytes = read(AUTHORITY, path)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let all = all.map_err(|_| rule(AUTHORITY, path, "it is not PEM"))?;
    match all.is_empty() {
        true => Err(rule(AUTHORITY, path, "it holds no CERTIFICATE")),
        false => Ok(all),
    }
}

/// When the certificate of a PEM file begins and ends to be valid.
pub(crate) fn validity(path: &Path) -> Result<Validity, PemError> {
    let chain = chain(path)?;
    let first = chain
        .first()
        .and_then(|certificate| validity::of(certificate));
    first.ok_or_else(|| rule(CERTIFICATE, path, "its time of validity cannot be read"))
}

/// A server that shows this certificate. Errors in this order: the certificate's file, the key's file, the two together.
pub(crate) fn config(certificate: &Path, key: &Path) -> Result<ServerConfig, PemError> {
    let chain = chain(certificate)?;
    let secret = PrivateKeyDer::from_pem_slice(&read(KEY, key)?);
    let secret = secret.map_err(|_| rule(KEY, key, "it holds no unsealed PRIVATE KEY in PEM"))?;
    let config = ServerConfig::builder_with_provider(provider());
    let config = config.with_protocol_versions(VERSIONS);
    let config = config.map_err(|error| rule(KEY, key, error.to_string()))?;
    let config = config.with_no_client_auth().with_single_cert(chain, secret);
    config.map_err(|error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => rule(
            KEY,
            key,
            format!("it is not the key of {}", certificate.display()),
        ),
        Error::InvalidCertificate(_) => rule(
            CERTIFICATE,
            certificate,
            "it is not a certificate of X.509 version 3",
        ),
        _ => rule(
            KEY,
            key,
            "this kind of key is not known: RSA, ECDSA P-256 or P-384, or Ed25519 is",
        ),
    })
}
