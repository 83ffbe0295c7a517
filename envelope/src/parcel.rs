//! A parcel: bytes sealed by HPKE (RFC 9180) to one sealing key. Wraps, bundles and letters are parcels.
//!
//! Suite: base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. On the wire: a version byte, the [`KeyId`] of
//! the key that opens it, and the encapsulated key (32 bytes) with the ciphertext and its tag, behind a varint length.
//! `info` names purpose, version and network; the associated data is the purpose's own.
use crate::sealing::SealingSecret;
use amanat_types::Digest;
use amanat_types::codec::List;
use amanat_types::id::SealingKey;
use aws_lc_rs::digest;
use bytes::BufMut;
use commonware_codec::{
    Buf, Copying, DecodeExt as _, Encode as _, EncodeSize, Error, FixedSize, Read, ReadExt as _,
    Write,
};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::{Deserializable as _, OpModeR, OpModeS, Serializable as _};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

pub(crate) type Kem = hpke::kem::X25519HkdfSha256;

/// Bytes that sealing adds to what is sealed: the encapsulated key and the tag.
pub const PARCEL_EXTRA_BYTES: usize = ENCAPSULATED_BYTES + 16;
const ENCAPSULATED_BYTES: usize = 32;

/// Names a sealing key in a parcel: the first 8 bytes of its SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// The name of `key`.
    pub fn of(key: &SealingKey) -> Self {
        let digest = digest::digest(&digest::SHA256, key.as_bytes());
        let mut bytes = [0u8; 8];
        for (byte, source) in bytes.iter_mut().zip(digest.as_ref()) {
            *byte = *source;
        }
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl Write for KeyId {
    fn write(&self, buf: &mut impl BufMut) {
        buf.put_slice(&self.0);
    }
}
impl FixedSize for KeyId {
    const SIZE: usize = 8;
}
impl Read for KeyId {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        Ok(Self(<[u8; 8]>::read(buf)?))
    }
}

/// Bytes sealed to one key; at most `MAX` of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel<const MAX: usize> {
    /// How it was sealed, and what is inside.
    pub version: u8,
    /// Which key opens it.
    pub key: KeyId,
    /// Encapsulated key, ciphertext, tag.
    pub sealed: List<u8, MAX>,
}

impl<const MAX: usize> Write for Parcel<MAX> {
    fn write(&self, buf: &mut impl BufMut) {
        self.version.write(buf);
        self.key.write(buf);
        self.sealed.write(buf);
    }
}
impl<const MAX: usize> EncodeSize for Parcel<MAX> {
    fn encode_size(&self) -> usize {
        1 + KeyId::SIZE + self.sealed.encode_size()
    }
}
impl<const MAX: usize> Read for Parcel<MAX> {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        Ok(Self {
            version: u8::read(buf)?,
            key: KeyId::read(buf)?,
            sealed: List::read(buf)?,
        })
    }
}

/// Why a parcel was not sealed or not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParcelFault {
    /// This build does not know the version.
    #[error("version {0} is not known")]
    Version(u8),
    /// It is sealed to a key that is not ours.
    #[error("sealed to key {0}, which is not the one given")]
    OtherKey(KeyId),
    /// Changed, or sealed for another network, purpose or subject.
    #[error("does not open: changed, or sealed for something else")]
    Broken,
    /// The public key is no X25519 key that can be sealed to (a point of small order).
    #[error("the sealing key {0} is not one that can be sealed to")]
    Recipient(SealingKey),
    /// More bytes than a parcel of this kind takes.
    #[error("{size} bytes, where at most {max} are allowed")]
    TooLarge {
        /// Its bytes.
        size: usize,
        /// The most that it takes.
        max: usize,
    },
}

/// What a parcel is bound to besides its key.
pub(crate) struct Binding<'a> {
    /// Purpose of this parcel; goes into `info`.
    pub purpose: &'static str,
    /// Version of the format; goes into `info`.
    pub version: u8,
    /// Digest of the network's genesis; goes into `info`.
    pub network: &'a Digest,
    /// What it is about; the associated data.
    pub subject: &'a [u8],
}

impl Binding<'_> {
    /// `purpose || 0 || version || network`: purposes hold no zero byte, and what follows has a fixed length.
    fn info(&self) -> Vec<u8> {
        [
            self.purpose.as_bytes(),
            &[0, self.version],
            self.network.as_ref(),
        ]
        .concat()
    }
}

impl<const MAX: usize> Parcel<MAX> {
    /// Seals `content` to `key`.
    pub(crate) fn seal(
        key: &SealingKey,
        binding: &Binding<'_>,
        content: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Self, ParcelFault> {
        let sealed = seal_to(key, &binding.info(), binding.subject, content, rng)
            .ok_or(ParcelFault::Recipient(*key))?;
        Ok(Self {
            version: binding.version,
            key: KeyId::of(key),
            sealed: List::new(sealed).map_err(|over| ParcelFault::TooLarge {
                size: over.count,
                max: over.max,
            })?,
        })
    }

    /// Opens it with `secret`. Errors, in this order: `Version`, `OtherKey`, `Broken`.
    pub(crate) fn open(
        &self,
        secret: &SealingSecret,
        binding: &Binding<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, ParcelFault> {
        if self.version != binding.version {
            return Err(ParcelFault::Version(self.version));
        }
        if self.key != KeyId::of(secret.public()) {
            return Err(ParcelFault::OtherKey(self.key));
        }
        open_with(secret, &binding.info(), binding.subject, &self.sealed).ok_or(ParcelFault::Broken)
    }

    /// Decodes a parcel; nothing may follow it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::decode(Copying(bytes))
    }

    /// Encodes it.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.encode().to_vec()
    }
}

/// HPKE `SealBase`: encapsulated key, ciphertext, tag. None if nothing can be sealed to `key`.
pub(crate) fn seal_to(
    key: &SealingKey,
    info: &[u8],
    associated: &[u8],
    content: &[u8],
    rng: &mut impl CryptoRng,
) -> Option<Vec<u8>> {
    let key = <Kem as hpke::Kem>::PublicKey::from_bytes(key.as_bytes()).ok()?;
    let (encapsulated, ciphertext) = hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, Kem>(
        &OpModeS::Base,
        &key,
        info,
        content,
        associated,
        rng,
    )
    .ok()?;
    Some([encapsulated.to_bytes().as_slice(), &ciphertext].concat())
}

/// HPKE `OpenBase` of what [`seal_to`] made.
pub(crate) fn open_with(
    secret: &SealingSecret,
    info: &[u8],
    associated: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (encapsulated, ciphertext) = sealed.split_at_checked(ENCAPSULATED_BYTES)?;
    let encapsulated = <Kem as hpke::Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
    hpke::single_shot_open::<AesGcm256, HkdfSha256, Kem>(
        &OpModeR::Base,
        secret.private(),
        &encapsulated,
        info,
        ciphertext,
        associated,
    )
    .ok()
    .map(Zeroizing::new)
}
