//! What leaves the ledger and is checked offline: finalised headers, receipts, state.
//!
//! A check starts from the genesis file alone, or from a later [`Checkpoint`]. The roster of epoch 0 stands in the genesis; the last
//! header of each epoch names the next roster and is signed by its own. A proof carries the last headers of those epochs after
//! which another roster comes. Only *finalisation* certificates count: a
//! notarisation may still be undone. Every failure has words of its own, because whoever holds a bad
//! proof must be told what is wrong with it.
use crate::codec::List;
use crate::receipt::TransactionEvents;
use crate::{Digest, Genesis, Height, Receipt, StateKey, TimestampMs, limits, merkle};
use bytes::BufMut;
use commonware_codec::{Buf, EncodeSize, Error, Read, ReadExt as _, Write};
use commonware_cryptography::Sha256;

mod checkpoint;
mod header;
mod record;
pub use checkpoint::Checkpoint;
pub use header::{BOUNDARIES_MAX, Boundaries, Finalization, FinalizedHeader, LINKS_MAX, step};
pub use record::{
    Body, CHUNK_SIZE, Exclusion, Inclusion, RECORD_SIZE, Record, RecordBytes, RecordEncoding,
    body_digest, empty_targets,
};

/// Digests in one path of a state proof: a Merkle mountain range of 2^62 leaves has fewer.
const PATH_MAX: usize = 128;

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The genesis file names no usable roster.
    #[error("the genesis file names no usable roster")]
    GenesisRoster,
    /// The checkpoint is of another network.
    #[error("the checkpoint is of another network than the genesis file")]
    CheckpointNetwork,
    /// The checkpoint is of a later epoch than the header.
    #[error(
        "the checkpoint is of epoch {0}, after the header's: start from an earlier one, or from the genesis"
    )]
    CheckpointLater(u64),
    /// A boundary header is missing, repeated or out of order.
    #[error("the boundary header of epoch {0} is missing or out of order")]
    BoundaryEpoch(u64),
    /// A boundary header is not its epoch's last.
    #[error("the boundary header of epoch {0} does not stand at the epoch's last height")]
    BoundaryHeight(u64),
    /// A boundary header names no next roster.
    #[error("the boundary header of epoch {0} does not name the next validators")]
    BoundaryRoster(u64),
    /// The header is of another epoch than the boundaries lead to.
    #[error("the header is of another epoch than the boundary headers lead to")]
    HeaderEpoch,
    /// The header's height is outside its epoch.
    #[error("the header's height does not lie in its epoch")]
    HeaderHeight,
    /// A header on the way to the certificate does not follow the one before.
    #[error("the header at height {0} does not follow the one before it")]
    LinkBroken(Height),
    /// A header on the way to the certificate is of another epoch.
    #[error("the header at height {0} is of another epoch than the one it leads to")]
    LinkEpoch(Height),
    /// The certificate names another header.
    #[error("the certificate does not name the header at height {0}")]
    CertificateOther(Height),
    /// The certificate is of another epoch.
    #[error("the certificate of the header at height {0} is of another epoch")]
    CertificateEpoch(Height),
    /// The certificate's signatures are not those of a quorum of this epoch's validators.
    #[error("the certificate of the header at height {0} is not signed by a quorum of its epoch")]
    CertificateWrong(Height),
    /// The receipt does not stand under the header's receipts root.
    #[error("the receipt does not stand at this position under the header's receipts root")]
    ReceiptRoot,
    /// The events do not stand under the header's events root.
    #[error("the events do not stand beside the receipt under the header's events root")]
    EventsRoot,
    /// The events are of another transaction than the receipt.
    #[error("the events are of another transaction than the receipt")]
    EventsOther,
    /// The value is not the one that the header's state holds under the key.
    #[error("the value is not what the header's state root holds under this key")]
    StateIncluded,
    /// The key is not shown to be absent from the header's state.
    #[error("the key is not shown to be absent under the header's state root")]
    StateExcluded,
}

/// Proves what became of one transaction, and what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptProof {
    /// Boundary headers before the header's epoch at which the validators change.
    pub boundaries: Boundaries,
    /// Header of the block, finalised.
    pub header: FinalizedHeader,
    /// Position of the transaction in its block.
    pub position: u32,
    /// The receipt.
    pub receipt: Receipt,
    /// Path of the receipt under the receipts root.
    pub receipt_path: merkle::Proof,
    /// The events.
    pub events: TransactionEvents,
    /// Path of the events under the events root.
    pub events_path: merkle::Proof,
}

/// What a receipt proof proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Digest of the finalised header.
    pub header: Digest,
    /// Height of the block.
    pub height: Height,
    /// Time of the block.
    pub time: TimestampMs,
    /// The validators that signed, and their epoch: a later check may start there.
    pub checkpoint: Checkpoint,
    /// The receipt.
    pub receipt: Receipt,
    /// The events.
    pub events: TransactionEvents,
}

impl ReceiptProof {
    /// Checks everything from the genesis file on.
    ///
    /// Errors: as [`ReceiptProof::verify_from`].
    pub fn verify(&self, genesis: &Genesis) -> Result<Verified, ProofError> {
        self.verify_from(genesis, &Checkpoint::genesis(genesis)?)
    }

    /// Checks everything from a checkpoint on.
    ///
    /// Errors, in this order: those of [`Checkpoint::verify`], [`ProofError::ReceiptRoot`], [`ProofError::EventsOther`],
    /// [`ProofError::EventsRoot`].
    pub fn verify_from(
        &self,
        genesis: &Genesis,
        from: &Checkpoint,
    ) -> Result<Verified, ProofError> {
        let (digest, checkpoint) = from.verify(genesis, &self.boundaries, &self.header)?;
        let header = &self.header.header;
        let leaf = self.receipt.leaf();
        if !merkle::verify(
            &self.receipt_path,
            &leaf,
            self.position,
            &header.receipts_root,
        ) {
            return Err(ProofError::ReceiptRoot);
        }
        if self.events.transaction != self.receipt.transaction {
            return Err(ProofError::EventsOther);
        }
        let leaf = self.events.leaf();
        if !merkle::verify(&self.events_path, &leaf, self.position, &header.events_root) {
            return Err(ProofError::EventsRoot);
        }
        Ok(Verified {
            header: digest,
            height: header.height,
            time: header.time,
            checkpoint,
            receipt: self.receipt.clone(),
            events: self.events.clone(),
        })
    }
}

impl Write for ReceiptProof {
    fn write(&self, buf: &mut impl BufMut) {
        self.boundaries.write(buf);
        self.header.write(buf);
        self.position.write(buf);
        self.receipt.write(buf);
        self.receipt_path.write(buf);
        self.events.write(buf);
        self.events_path.write(buf);
    }
}
impl EncodeSize for ReceiptProof {
    fn encode_size(&self) -> usize {
        self.boundaries.encode_size()
            + self.header.encode_size()
            + 4
            + self.receipt.encode_size()
            + self.receipt_path.encode_size()
            + self.events.encode_size()
            + self.events_path.encode_size()
    }
}
impl Read for ReceiptProof {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        Ok(Self {
            boundaries: Boundaries::read(buf)?,
            header: FinalizedHeader::read(buf)?,
            position: u32::read(buf)?,
            receipt: Receipt::read(buf)?,
            receipt_path: merkle::Proof::read_cfg(buf, &1)?,
            events: TransactionEvents::read(buf)?,
            events_path: merkle::Proof::read_cfg(buf, &1)?,
        })
    }
}

/// What is said of one key of the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It has this value.
    Included {
        /// The value.
        value: List<u8, { limits::STATE_VALUE_BYTES_MAX }>,
        /// Where its body lies in the log.
        location: u64,
        /// The proof.
        proof: Inclusion,
    },
    /// It has none.
    Excluded {
        /// The proof.
        proof: Exclusion,
    },
}

impl Write for Claim {
    fn write(&self, buf: &mut impl BufMut) {
        match self {
            Self::Included {
                value,
                location,
                proof,
            } => {
                1u8.write(buf);
                value.write(buf);
                location.write(buf);
                proof.write(buf);
            }
            Self::Excluded { proof } => {
                2u8.write(buf);
                proof.write(buf);
            }
        }
    }
}
impl EncodeSize for Claim {
    fn encode_size(&self) -> usize {
        1 + match self {
            Self::Included { value, proof, .. } => value.encode_size() + 8 + proof.encode_size(),
            Self::Excluded { proof } => proof.encode_size(),
        }
    }
}
impl Read for Claim {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        match u8::read(buf)? {
            1 => Ok(Self::Included {
                value: List::read(buf)?,
                location: u64::read(buf)?,
                proof: Inclusion::read_cfg(buf, &(PATH_MAX, ()))?,
            }),
            2 => Ok(Self::Excluded {
                proof: Exclusion::read_cfg(buf, &(PATH_MAX, (), ()))?,
            }),
            other => Err(Error::InvalidEnum(other)),
        }
    }
}

/// Proves what one key held after one block, or that it held nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateProof {
    /// Boundary headers before the header's epoch at which the validators change.
    pub boundaries: Boundaries,
    /// Header whose state root is meant, finalised.
    pub header: FinalizedHeader,
    /// The key.
    pub key: StateKey,
    /// What is said of it.
    pub claim: Claim,
}
codec_struct!(StateProof {
    boundaries,
    header,
    key,
    claim
});

/// What a state proof proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedState {
    /// Digest of the finalised header.
    pub header: Digest,
    /// Height after which the key stood so.
    pub height: Height,
    /// Time of that block.
    pub time: TimestampMs,
    /// The validators that signed, and their epoch: a later check may start there.
    pub checkpoint: Checkpoint,
    /// The value, or nothing.
    pub value: Option<Vec<u8>>,
}

impl StateProof {
    /// Checks everything from the genesis file on.
    ///
    /// Errors: as [`StateProof::verify_from`].
    pub fn verify(&self, genesis: &Genesis) -> Result<VerifiedState, ProofError> {
        self.verify_from(genesis, &Checkpoint::genesis(genesis)?)
    }

    /// Checks everything from a checkpoint on.
    ///
    /// Errors, in this order: those of [`Checkpoint::verify`], [`ProofError::StateIncluded`] or [`ProofError::StateExcluded`].
    pub fn verify_from(
        &self,
        genesis: &Genesis,
        from: &Checkpoint,
    ) -> Result<VerifiedState, ProofError> {
        let (digest, checkpoint) = from.verify(genesis, &self.boundaries, &self.header)?;
        let header = &self.header.header;
        let key = Digest::from(*self.key.as_bytes());
        let value = match &self.claim {
            Claim::Included {
                value,
                location,
                proof,
            } => {
                let record = Record::new(*location, &self.key, value).to_bytes();
                if !proof.verify::<Sha256, RecordEncoding>(key, record, &header.state_root) {
                    return Err(ProofError::StateIncluded);
                }
                Some(value.to_vec())
            }
            Claim::Excluded { proof } => {
                if !proof.verify::<Sha256>(&key, &header.state_root) {
                    return Err(ProofError::StateExcluded);
                }
                None
            }
        };
        Ok(VerifiedState {
            header: digest,
            height: header.height,
            time: header.time,
            checkpoint,
            value,
        })
    }
}
