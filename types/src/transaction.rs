//! Transactions: one or more calls, all or none, signed by the sponsor and its co-signers.
//!
//! The id is the digest of the body without signatures, so another valid signature on the same body is the same
//! transaction. The first signer is a transaction key of the sponsor member, whose quota pays; its
//! sequence number is taken once. Keys of all signers are in the body, so each signature covers who else signs.
use crate::call::Call;
use crate::codec::List;
use crate::key::{Check, MemberSigner, NAMESPACE_TRANSACTION, PublicKey, Signature};
use crate::stored::{ONE_PATH_SINCE, SharedRoots, StoredRoot};
use crate::{Digest, Height, MemberId, Refusal, TransactionId, digest, limits};
use commonware_codec::{Buf, DecodeExt as _, Encode as _, EncodeSize, Error, Read, ReadExt, Write};

/// Version of the transaction format.
pub const VERSION: u8 = 1;
/// Version of the format in which a `Stored` root that several holders signed, one after the other in the list, is written once. Since
/// protocol version 3.
pub const SHARED_VERSION: u8 = 2;

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// [`VERSION`] or [`SHARED_VERSION`].
    pub version: u8,
    /// Digest of the genesis: a transaction of another network is refused.
    pub network: Digest,
    /// Who pays.
    pub sponsor: MemberId,
    /// Number taken once in the sliding window of the first signer's key.
    pub sequence: u64,
    /// Last height at which it may stand in a block; at most [`limits::WINDOW_BLOCKS`] ahead.
    pub last_height: Height,
    /// The sponsor's key, then co-signers; no repeats.
    pub signers: List<PublicKey, { limits::SIGNERS_MAX }>,
    /// `Stored` roots that the deposits name.
    pub stored: List<StoredRoot, { limits::STORED_ROOTS_MAX }>,
    /// The calls.
    pub calls: List<Call, { limits::CALLS_MAX }>,
}

impl Write for Body {
    fn write(&self, buf: &mut impl bytes::BufMut) {
        self.version.write(buf);
        self.network.write(buf);
        self.sponsor.write(buf);
        self.sequence.write(buf);
        self.last_height.write(buf);
        self.signers.write(buf);
        match self.version {
            SHARED_VERSION => SharedRoots::of(&self.stored).write(buf),
            _ => self.stored.write(buf),
        }
        self.calls.write(buf);
    }
}

impl EncodeSize for Body {
    fn encode_size(&self) -> usize {
        let stored = match self.version {
            SHARED_VERSION => SharedRoots::of(&self.stored).encode_size(),
            _ => self.stored.encode_size(),
        };
        self.version.encode_size()
            + self.network.encode_size()
            + self.sponsor.encode_size()
            + self.sequence.encode_size()
            + self.last_height.encode_size()
            + self.signers.encode_size()
            + stored
            + self.calls.encode_size()
    }
}

impl Read for Body {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        let version = ReadExt::read(buf)?;
        let unlike = || Error::Invalid("Body", "stored: another encoding of the same roots");
        Ok(Self {
            version,
            network: ReadExt::read(buf)?,
            sponsor: ReadExt::read(buf)?,
            sequence: ReadExt::read(buf)?,
            last_height: ReadExt::read(buf)?,
            signers: ReadExt::read(buf)?,
            stored: match version {
                SHARED_VERSION => SharedRoots::read(buf)?.each().ok_or_else(unlike)?,
                _ => ReadExt::read(buf)?,
            },
            calls: ReadExt::read(buf)?,
        })
    }
}

impl Body {
    /// The version of the rules since which its format is taken.
    pub const fn since(&self) -> u16 {
        match self.version {
            SHARED_VERSION => ONE_PATH_SINCE,
            _ => 1,
        }
    }

    /// The transaction's id.
    pub fn id(&self) -> TransactionId {
        digest("amanat/transaction", &[self.encode().as_ref()]).into()
    }
}

/// A body and one signature for each of its signers, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// What is signed.
    pub body: Body,
    /// The signatures.
    pub signatures: List<Signature, { limits::SIGNERS_MAX }>,
}
codec_struct!(Transaction { body, signatures });

impl Transaction {
    /// Signs `body` as its sponsor alone.
    pub fn sign(body: Body, signer: &MemberSigner) -> Self {
        Self::with(body, signer, Vec::new())
    }

    /// Signs `body` as its sponsor and adds the co-signers' signatures, in the order of the body's signers after the first.
    ///
    /// Signatures beyond [`limits::SIGNERS_MAX`] are dropped; such a transaction is refused as [`Refusal::SignerCount`].
    pub fn with(body: Body, signer: &MemberSigner, cosignatures: Vec<Signature>) -> Self {
        let mut signatures = vec![signer.sign(NAMESPACE_TRANSACTION, body.id().as_bytes())];
        signatures.extend(cosignatures);
        signatures.truncate(limits::SIGNERS_MAX);
        let signatures = List::new(signatures).unwrap_or_else(|_| List::empty());
        Self { body, signatures }
    }

    /// The id: digest of the body.
    pub fn id(&self) -> TransactionId {
        self.body.id()
    }

    /// Decodes one transaction, at most [`limits::TRANSACTION_BYTES_MAX`] bytes, nothing after it.
    ///
    /// Refusals, in this order: [`Refusal::TransactionTooLarge`], [`Refusal::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.len() > limits::TRANSACTION_BYTES_MAX {
            return Err(Refusal::TransactionTooLarge);
        }
        Self::decode(bytes.to_vec()).map_err(|_| Refusal::Malformed)
    }

    /// Rules that need nothing but the bytes.
    ///
    /// Refusals, in this order: [`Refusal::TransactionTooLarge`], [`Refusal::Malformed`] (version), [`Refusal::NoCalls`],
    /// [`Refusal::SignerCount`], [`Refusal::SignerRepeated`].
    pub fn shape(&self) -> Result<(), Refusal> {
        if self.encode_size() > limits::TRANSACTION_BYTES_MAX {
            return Err(Refusal::TransactionTooLarge);
        }
        if !matches!(self.body.version, VERSION | SHARED_VERSION) {
            return Err(Refusal::Malformed);
        }
        if self.body.calls.is_empty() {
            return Err(Refusal::NoCalls);
        }
        if self.body.signers.is_empty() || self.body.signers.len() != self.signatures.len() {
            return Err(Refusal::SignerCount);
        }
        for (at, key) in self.body.signers.iter().enumerate() {
            if self.body.signers.iter().take(at).any(|other| other == key) {
                return Err(Refusal::SignerRepeated);
            }
        }
        Ok(())
    }

    /// Every signature that must hold: the signers' over the id, then the holders' over their `Stored` roots.
    pub fn checks(&self) -> Vec<Check> {
        let network = &self.body.network;
        let stored = self.body.stored.iter().map(|stored| stored.check(network));
        self.signer_checks(&self.id()).chain(stored).collect()
    }

    /// The signers' signatures over `id`, which is the transaction's: whoever holds it need not hash the body again.
    pub fn signer_checks(&self, id: &TransactionId) -> impl Iterator<Item = Check> {
        let message = *id.as_bytes();
        let signers = self.body.signers.iter().zip(self.signatures.iter());
        signers.map(move |(key, signature)| Check {
            key: *key,
            namespace: NAMESPACE_TRANSACTION,
            message,
            signature: *signature,
        })
    }
}
