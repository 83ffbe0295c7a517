//! Keys and signatures: Ed25519 (RFC 8032, ZIP-215 rules) and ECDSA P-256 with SHA-256 (FIPS 186-5), low-S only.
//!
//! A signature names its purpose: what is signed is `len(namespace) || namespace || message`, where
//! the message is always a 32-byte digest. Ed25519 signatures can be checked in batches, which accept
//! exactly what a single check accepts.
use bytes::BufMut;
use commonware_codec::{Buf, DecodeExt as _, Error, FixedSize, Read, ReadExt as _, Write};
use commonware_cryptography::{Signer as _, Verifier as _, ed25519};
use commonware_utils::union_unique;

/// Namespace of a transaction's signatures; the message is the transaction id.
pub const NAMESPACE_TRANSACTION: &[u8] = b"_AMANAT_TRANSACTION";
/// Namespace of a vault's `Stored` signatures; the message is [`crate::stored::stored_message`].
pub const NAMESPACE_STORED: &[u8] = b"_AMANAT_STORED";
/// Namespace of signed requests to another member's vault, custodian or journal.
pub const NAMESPACE_REQUEST: &[u8] = b"_AMANAT_REQUEST";

/// Half of the order of P-256 (n / 2), big-endian: an `s` above it is malleable and refused.
const P256_HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// A public key as it travels: bytes only, checked when it verifies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PublicKey {
    /// Ed25519, 32 bytes: members and devices.
    Ed25519([u8; 32]),
    /// P-256, compressed point (SEC 1), 33 bytes: cards, passkeys, practitioners.
    P256([u8; 33]),
}

/// A signature as it travels.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signature {
    /// Ed25519, 64 bytes.
    Ed25519([u8; 64]),
    /// ECDSA P-256, `r || s`, 64 bytes, low-S.
    P256([u8; 64]),
}

/// Why a signature was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Key and signature are of different kinds.
    #[error("key and signature are of different kinds")]
    Kind,
    /// The `s` of an ECDSA signature is above half of the order.
    #[error("the signature's s is above half of the order (high-S)")]
    HighS,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Wrong,
}

/// One signature to check: of a transaction, or of a `Stored` root inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Check {
    /// Who is said to have signed.
    pub key: PublicKey,
    /// For which purpose.
    pub namespace: &'static [u8],
    /// Digest that was signed.
    pub message: [u8; 32],
    /// The signature.
    pub signature: Signature,
}

impl Check {
    /// Checks this signature alone.
    ///
    /// Errors, in this order: [`SignatureError::Kind`], [`SignatureError::HighS`], [`SignatureError::Wrong`].
    pub fn verify(&self) -> Result<(), SignatureError> {
        match (&self.key, &self.signature) {
            (PublicKey::Ed25519(key), Signature::Ed25519(signature)) => {
                let key =
                    ed25519::PublicKey::decode(key.to_vec()).map_err(|_| SignatureError::Wrong)?;
                let signature = ed25519::Signature::decode(signature.to_vec())
                    .map_err(|_| SignatureError::Wrong)?;
                match key.verify(self.namespace, &self.message, &signature) {
                    true => Ok(()),
                    false => Err(SignatureError::Wrong),
                }
            }
            (PublicKey::P256(key), Signature::P256(signature)) => {
                verify_p256(key, self.namespace, &self.message, signature)
            }
            _ => Err(SignatureError::Kind),
        }
    }
}

/// Verifies ECDSA P-256 over SHA-256 of the namespaced message; refuses high-S.
fn verify_p256(
    key: &[u8; 33],
    namespace: &[u8],
    message: &[u8],
    signature: &[u8; 64],
) -> Result<(), SignatureError> {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    let Some(s) = signature.get(32..) else {
        return Err(SignatureError::Wrong);
    };
    if s > P256_HALF_ORDER.as_slice() {
        return Err(SignatureError::HighS);
    }
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
        .verify(&union_unique(namespace, message), signature)
        .map_err(|_| SignatureError::Wrong)
}

/// Brings an ECDSA P-256 signature `r || s` to its low-S form (BIP-62 rule 5, applied to P-256).
///
/// Cards may answer with either form; both verify, but the ledger takes one.
pub fn low_s(mut signature: [u8; 64]) -> [u8; 64] {
    if signature[32..] > P256_HALF_ORDER[..] {
        let mut borrow = 0i16;
        for at in (0..32).rev() {
            let digit = i16::from(P256_ORDER[at]) - i16::from(signature[32 + at]) - borrow;
            borrow = i16::from(digit < 0);
            signature[32 + at] = u8::try_from(digit.rem_euclid(256)).unwrap_or(0);
        }
    }
    signature
}

/// Order of P-256 (n), big-endian (FIPS 186-5, SP 800-186).
const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// An Ed25519 secret key that signs for a member: transactions, `Stored` roots, requests.
#[derive(Clone)]
pub struct MemberSigner(ed25519::PrivateKey);

impl MemberSigner {
    /// Makes the signer from a 32-byte seed (RFC 8032, 5.1.5).
    pub fn from_seed(seed: [u8; 32]) -> Self {
        // A seed of 32 bytes is always a key; the zero seed is never reached.
        let key = ed25519::PrivateKey::decode(seed.to_vec())
            .unwrap_or_else(|_| unreachable!("any 32 bytes are an Ed25519 seed"));
        Self(key)
    }

    /// The public key.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::from(&self.0.public_key())
    }

    /// Signs a digest for one purpose.
    pub fn sign(&self, namespace: &[u8], message: &[u8; 32]) -> Signature {
        let signature = self.0.sign(namespace, message);
        let mut bytes = [0u8; 64];
        bytes.copy_from_slice(signature.as_ref());
        Signature::Ed25519(bytes)
    }
}

impl From<&ed25519::PublicKey> for PublicKey {
    fn from(key: &ed25519::PublicKey) -> Self {
        let mut bytes = [0u8; 32];
        bytes.copy_from_slice(key.as_ref());
        Self::Ed25519(bytes)
    }
}

impl PublicKey {
    /// The key as the engine's type, if it is Ed25519 and a point of the curve.
    pub fn to_ed25519(&self) -> Option<ed25519::PublicKey> {
        match self {
            Self::Ed25519(bytes) => ed25519::PublicKey::decode(bytes.to_vec()).ok(),
            Self::P256(_) => None,
        }
    }

    /// The bytes, without the kind.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(bytes) => bytes,
            Self::P256(bytes) => bytes,
        }
    }

    /// Reads hexadecimal: 64 digits are Ed25519, 66 are P-256.
    pub fn from_hex(text: &str) -> Option<Self> {
        match text.len() {
            64 => {
                let mut bytes = [0u8; 32];
                hex::decode_to_slice(text, &mut bytes).ok()?;
                Some(Self::Ed25519(bytes))
            }
            66 => {
                let mut bytes = [0u8; 33];
                hex::decode_to_slice(text, &mut bytes).ok()?;
                Some(Self::P256(bytes))
            }
            _ => None,
        }
    }
}

impl Signature {
    /// The 64 bytes, without the kind.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        match self {
            Self::Ed25519(bytes) | Self::P256(bytes) => bytes,
        }
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.as_bytes()))
    }
}
impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({self})")
    }
}
impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signature({})", hex::encode(self.as_bytes()))
    }
}
impl std::fmt::Debug for MemberSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MemberSigner({})", self.public_key())
    }
}

impl Write for PublicKey {
    fn write(&self, buf: &mut impl BufMut) {
        match self {
            Self::Ed25519(bytes) => {
                buf.put_u8(1);
                buf.put_slice(bytes);
            }
            Self::P256(bytes) => {
                buf.put_u8(2);
                buf.put_slice(bytes);
            }
        }
    }
}
impl commonware_codec::EncodeSize for PublicKey {
    fn encode_size(&self) -> usize {
        1 + self.as_bytes().len()
    }
}
impl Read for PublicKey {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        match u8::read(buf)? {
            1 => Ok(Self::Ed25519(<[u8; 32]>::read(buf)?)),
            2 => Ok(Self::P256(<[u8; 33]>::read(buf)?)),
            other => Err(Error::InvalidEnum(other)),
        }
    }
}

impl Write for Signature {
    fn write(&self, buf: &mut impl BufMut) {
        let tag = match self {
            Self::Ed25519(_) => 1,
            Self::P256(_) => 2,
        };
        buf.put_u8(tag);
        buf.put_slice(self.as_bytes());
    }
}
impl FixedSize for Signature {
    const SIZE: usize = 65;
}
impl Read for Signature {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        match u8::read(buf)? {
            1 => Ok(Self::Ed25519(<[u8; 64]>::read(buf)?)),
            2 => Ok(Self::P256(<[u8; 64]>::read(buf)?)),
            other => Err(Error::InvalidEnum(other)),
        }
    }
}
