//! Blocks: a header that commits to everything, and the transactions it orders.
//!
//! The digest that consensus votes on covers the header alone; the header holds the Merkle root of the
//! transactions, which is checked when a block is decoded, so a decoded block is whole. The wire bytes of
//! the transactions are kept beside their decoded form: a block is encoded, stored and relayed without
//! encoding a transaction again, and `encode(decode(bytes)) == bytes` holds by construction.
use crate::codec::TooMany;
use crate::{Digest, Transaction, TransactionId, digest, limits, merkle};
use bytes::{BufMut, Bytes, BytesMut};
use commonware_codec::{
    Buf, DecodeExt as _, Encode as _, EncodeSize, Error, RangeCfg, Read, ReadExt as _, Write,
};
use commonware_consensus::{Block as ConsensusBlock, BoundedBlock, CertifiableBlock, Heightable};
use commonware_cryptography::Digestible;

mod header;
mod roster;
pub use header::{Context, Header, SyncTarget, VERSION};
pub use roster::{NextEpoch, Roster, RosterError, Scheme};

/// One transaction with its wire bytes and what is computed from them once: id and fingerprint.
///
/// The fingerprint covers the signatures too, so it names exactly what was verified; the id does not.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// The transaction.
    pub transaction: Transaction,
    /// Its encoding.
    pub bytes: Bytes,
    /// Digest of the body.
    pub id: TransactionId,
    /// Digest of `bytes`, the leaf under the transactions root.
    pub fingerprint: Digest,
}

impl Parcel {
    /// Encodes `transaction` and computes its digests.
    pub fn new(transaction: Transaction) -> Self {
        let bytes = transaction.encode();
        Self::of(transaction, bytes)
    }

    /// Decodes exactly one transaction.
    pub fn decode(bytes: Bytes) -> Result<Self, Error> {
        if bytes.len() > limits::TRANSACTION_BYTES_MAX {
            return Err(Error::InvalidLength(bytes.len()));
        }
        let transaction = Transaction::decode(bytes.clone())?;
        Ok(Self::of(transaction, bytes))
    }

    fn of(transaction: Transaction, bytes: Bytes) -> Self {
        Self {
            id: transaction.id(),
            fingerprint: fingerprint(&bytes),
            transaction,
            bytes,
        }
    }
}

fn fingerprint(bytes: &[u8]) -> Digest {
    digest("amanat/fingerprint", &[bytes])
}

/// The transactions of a block, in order, with their wire bytes and digests.
#[derive(Clone, Debug)]
pub struct Payload {
    bytes: Bytes,
    transactions: Vec<Transaction>,
    ids: Vec<TransactionId>,
    fingerprints: Vec<Digest>,
}

impl Payload {
    /// Joins `parcels` in order; too many, or too many bytes, are an error.
    pub fn new(parcels: Vec<Parcel>) -> Result<Self, TooMany> {
        let count = parcels.len();
        if count > limits::BLOCK_TRANSACTIONS_MAX {
            return Err(TooMany {
                count,
                max: limits::BLOCK_TRANSACTIONS_MAX,
            });
        }
        let size: usize = parcels.iter().map(|item| item.bytes.len()).sum();
        if size > limits::BLOCK_BYTES_MAX {
            return Err(TooMany {
                count: size,
                max: limits::BLOCK_BYTES_MAX,
            });
        }
        let mut bytes = BytesMut::with_capacity(size);
        let mut payload = Self::with_capacity(count);
        for item in parcels {
            bytes.put_slice(&item.bytes);
            payload.transactions.push(item.transaction);
            payload.ids.push(item.id);
            payload.fingerprints.push(item.fingerprint);
        }
        payload.bytes = bytes.freeze();
        Ok(payload)
    }

    /// No transactions.
    pub fn empty() -> Self {
        Self::with_capacity(0)
    }

    fn with_capacity(count: usize) -> Self {
        Self {
            bytes: Bytes::new(),
            transactions: Vec::with_capacity(count),
            ids: Vec::with_capacity(count),
            fingerprints: Vec::with_capacity(count),
        }
    }

    /// Encoded bytes of all.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The transactions.
    pub fn transactions(&self) -> &[Transaction] {
        &self.transactions
    }

    /// Their ids, in the same order.
    pub fn ids(&self) -> &[TransactionId] {
        &self.ids
    }

    /// Their fingerprints, in the same order.
    pub fn fingerprints(&self) -> &[Digest] {
        &self.fingerprints
    }

    /// The wire bytes of each, in the same order.
    pub fn frames(&self) -> Vec<Bytes> {
        let mut rest = self.bytes.clone();
        let sizes = self.transactions.iter().map(EncodeSize::encode_size);
        sizes
            .map(|size| rest.split_to(size.min(rest.len())))
            .collect()
    }

    /// Root over the fingerprints.
    pub fn root(&self) -> Digest {
        merkle::root(self.fingerprints.iter())
    }

    /// Decodes back to back transactions until the bytes end.
    fn decode(bytes: Bytes) -> Result<Self, Error> {
        let mut payload = Self::empty();
        let mut rest = bytes.clone();
        while !rest.is_empty() {
            if payload.transactions.len() == limits::BLOCK_TRANSACTIONS_MAX {
                return Err(Error::InvalidLength(payload.transactions.len() + 1));
            }
            let before = rest.clone();
            let transaction = Transaction::read(&mut rest)?;
            let used = before.len() - rest.len();
            let Some(item) = before.get(..used) else {
                return Err(Error::EndOfBuffer);
            };
            payload.ids.push(transaction.id());
            payload.fingerprints.push(fingerprint(item));
            payload.transactions.push(transaction);
        }
        // A node keeps dozens of decoded blocks: room that none of them fills would be its largest part.
        payload.transactions.shrink_to_fit();
        payload.ids.shrink_to_fit();
        payload.fingerprints.shrink_to_fit();
        payload.bytes = bytes;
        Ok(payload)
    }
}

/// A block. Cheap to pass around inside the engine, which shares it behind an `Arc`.
#[derive(Clone, Debug)]
pub struct Block {
    header: Header,
    digest: Digest,
    payload: Payload,
}

impl Block {
    /// Joins a header and the payload whose root it holds; the caller computed the root from the payload.
    pub fn new(header: Header, payload: Payload) -> Self {
        debug_assert_eq!(header.transactions_root, payload.root());
        Self {
            digest: header.digest(),
            header,
            payload,
        }
    }

    /// The header.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The transactions.
    pub const fn payload(&self) -> &Payload {
        &self.payload
    }
}

impl PartialEq for Block {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}
impl Eq for Block {}

impl Write for Block {
    fn write(&self, buf: &mut impl BufMut) {
        self.header.write(buf);
        self.payload.bytes.write(buf);
    }
}

impl EncodeSize for Block {
    fn encode_size(&self) -> usize {
        self.header.encode_size() + self.payload.bytes.encode_size()
    }
}

impl Read for Block {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        let header = Header::read(buf)?;
        let range = RangeCfg::from(0..=limits::BLOCK_BYTES_MAX);
        let payload = Payload::decode(Bytes::read_cfg(buf, &range)?)?;
        if payload.root() != header.transactions_root {
            return Err(Error::Invalid(
                "Block",
                "the transactions are not those of the header",
            ));
        }
        Ok(Self::new(header, payload))
    }
}

impl Digestible for Block {
    type Digest = Digest;
    fn digest(&self) -> Digest {
        self.digest
    }
}

impl Heightable for Block {
    fn height(&self) -> commonware_consensus::types::Height {
        commonware_consensus::types::Height::new(self.header.height.get())
    }
}

impl ConsensusBlock for Block {
    fn parent(&self) -> Digest {
        self.header.parent
    }
}

impl CertifiableBlock for Block {
    type Context = Context;
    fn context(&self) -> Context {
        self.header.context.clone()
    }
}

impl BoundedBlock for Block {
    fn max_encode_size(_: &()) -> usize {
        Header::ENCODE_SIZE_MAX
            + commonware_codec::varint::MAX_U32_VARINT_SIZE
            + limits::BLOCK_BYTES_MAX
    }
}
