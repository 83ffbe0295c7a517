//! Keys of clients: public ones as registered (JWK or PEM), and a client's own secret one.
//!
//! Two algorithms, those that SMART App Launch asks servers to support: RS384 and ES384. A key knows its algorithm, so an
//! assertion cannot choose another for it (the classic "HS256 with the public key as the secret").
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::{Deserialize, Serialize};

/// Longest key id.
pub(crate) const KID_BYTES_MAX: usize = 128;
/// Bytes of the smallest RSA modulus: 2048 bits (NIST SP 800-57).
const RSA_MODULUS_BYTES_MIN: usize = 256;
/// Bytes of the largest.
const RSA_MODULUS_BYTES_MAX: usize = 1024;
/// Bytes of a coordinate of P-384.
const P384_COORDINATE_BYTES: usize = 48;

/// How assertions are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// ECDSA on P-384 with SHA-384.
    Es384,
}

impl Algorithm {
    pub(crate) const fn jose(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Rs384 => jsonwebtoken::Algorithm::RS384,
            Self::Es384 => jsonwebtoken::Algorithm::ES384,
        }
    }

    pub(crate) const fn from_jose(algorithm: jsonwebtoken::Algorithm) -> Option<Self> {
        match algorithm {
            jsonwebtoken::Algorithm::RS384 => Some(Self::Rs384),
            jsonwebtoken::Algorithm::ES384 => Some(Self::Es384),
            _ => None,
        }
    }
}

/// Why a key is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Neither RSA nor P-384, or not readable.
    #[error("a client's key is RSA of 2048 to 8192 bits, or P-384")]
    Unsupported,
    /// The key id is missing or too long.
    #[error("a client's key has a kid of 1 to 128 characters")]
    KeyId,
    /// The JWK holds the secret part.
    #[error("the registration holds a secret key: register the public part only")]
    Secret,
    /// The key may not be made.
    #[error("no key could be made: the system gave no randomness")]
    Generate,
}

/// A public key as JSON (RFC 7517), the members that are used here.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Jwk {
    /// Key type: `RSA` or `EC`.
    pub kty: String,
    /// Key id.
    #[serde(default)]
    pub kid: String,
    /// Algorithm, if it is fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// Curve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// First coordinate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Second coordinate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// Modulus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// Exponent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// The secret part, here only to be refused.
    #[serde(default, skip_serializing)]
    d: Option<serde::de::IgnoredAny>,
}

/// A registered public key.
#[derive(Clone, Debug)]
pub struct PublicKey {
    kid: String,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl PublicKey {
    /// Takes a key from a JWK set.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        if jwk.d.is_some() {
            return Err(KeyError::Secret);
        }
        let decode = |text: &Option<String>| {
            URL_SAFE_NO_PAD
                .decode(text.as_deref().unwrap_or_default())
                .map_err(|_| KeyError::Unsupported)
        };
        let (algorithm, key) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", None) => (
                Algorithm::Rs384,
                rsa_key(&decode(&jwk.n)?, &decode(&jwk.e)?)?,
            ),
            ("EC", Some("P-384")) => (
                Algorithm::Es384,
                p384_key(&decode(&jwk.x)?, &decode(&jwk.y)?)?,
            ),
            _ => return Err(KeyError::Unsupported),
        };
        Self::new(&jwk.kid, algorithm, key)
    }

    /// Takes a public key in PEM (`BEGIN PUBLIC KEY`) under the name `kid`.
    pub fn from_pem(kid: &str, pem: &str) -> Result<Self, KeyError> {
        if pem.contains("PRIVATE") {
            return Err(KeyError::Secret);
        }
        let (algorithm, key) = match DecodingKey::from_ec_pem(pem.as_bytes()) {
            Ok(key) => (Algorithm::Es384, checked_point(key)?),
            Err(_) => {
                let key = DecodingKey::from_rsa_pem(pem.as_bytes());
                (Algorithm::Rs384, key.map_err(|_| KeyError::Unsupported)?)
            }
        };
        Self::new(kid, algorithm, key)
    }

    fn new(kid: &str, algorithm: Algorithm, key: DecodingKey) -> Result<Self, KeyError> {
        if kid.is_empty() || kid.len() > KID_BYTES_MAX {
            return Err(KeyError::KeyId);
        }
        Ok(Self {
            kid: kid.to_owned(),
            algorithm,
            key,
        })
    }

    pub(crate) fn is(&self, kid: &str, algorithm: Algorithm) -> bool {
        self.algorithm == algorithm && self.kid == kid
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) const fn decoding(&self) -> &DecodingKey {
        &self.key
    }
}

fn rsa_key(n: &[u8], e: &[u8]) -> Result<DecodingKey, KeyError> {
    let sizes = RSA_MODULUS_BYTES_MIN..=RSA_MODULUS_BYTES_MAX;
    if !sizes.contains(&n.len()) || e.is_empty() || e.len() > 8 {
        return Err(KeyError::Unsupported);
    }
    Ok(DecodingKey::from_rsa_raw_components(n, e))
}

fn p384_key(x: &[u8], y: &[u8]) -> Result<DecodingKey, KeyError> {
    if x.len() != P384_COORDINATE_BYTES || y.len() != P384_COORDINATE_BYTES {
        return Err(KeyError::Unsupported);
    }
    let point = [&[4], x, y].concat();
    Ok(DecodingKey::from_ec_der(&point))
}

/// A P-256 key in PEM would be read just as well, and never verify anything.
fn checked_point(key: DecodingKey) -> Result<DecodingKey, KeyError> {
    match key.try_get_as_bytes() {
        Ok(point) if point.len() == 1 + 2 * P384_COORDINATE_BYTES => Ok(key),
        _ => Err(KeyError::Unsupported),
    }
}

/// A client's own key for assertions.
#[derive(Clone)]
pub struct ClientKey {
    kid: String,
    algorithm: Algorithm,
    key: EncodingKey,
}

impl std::fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClientKey({})", self.kid)
    }
}

impl ClientKey {
    /// Makes a fresh P-384 key: its secret part in PEM (PKCS #8), to be kept, and its public part, to be registered.
    pub fn generate(kid: &str) -> Result<(String, Jwk), KeyError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING)
            .map_err(|_| KeyError::Generate)?;
        let document = pair.to_pkcs8v1().map_err(|_| KeyError::Generate)?;
        let point = pair.public_key().as_ref();
        let coordinate = |from: usize| {
            let bytes = point.get(from..from + P384_COORDINATE_BYTES);
            bytes.map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
        };
        let jwk = Jwk {
            kty: "EC".to_owned(),
            kid: kid.to_owned(),
            alg: Some("ES384".to_owned()),
            crv: Some("P-384".to_owned()),
            x: coordinate(1),
            y: coordinate(1 + P384_COORDINATE_BYTES),
            ..Jwk::default()
        };
        Ok((pem("PRIVATE KEY", document.as_ref()), jwk))
    }

    /// Reads a secret key in PEM: P-384 in PKCS #8, or RSA.
    pub fn from_pem(kid: &str, pem: &str) -> Result<Self, KeyError> {
        let (algorithm, key) = match EncodingKey::from_ec_pem(pem.as_bytes()) {
            Ok(key) => (Algorithm::Es384, key),
            Err(_) => {
                let key = EncodingKey::from_rsa_pem(pem.as_bytes());
                (Algorithm::Rs384, key.map_err(|_| KeyError::Unsupported)?)
            }
        };
        if kid.is_empty() || kid.len() > KID_BYTES_MAX {
            return Err(KeyError::KeyId);
        }
        Ok(Self {
            kid: kid.to_owned(),
            algorithm,
            key,
        })
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(crate) const fn encoding(&self) -> &EncodingKey {
        &self.key
    }
}

/// PEM (RFC 7468): base64 in lines of 64.
fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for (at, letter) in STANDARD.encode(der).chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text.push_str(&format!("\n-----END {label}-----\n"));
    text
}
