//! Requests to a member's vault and custodian, and what the releasing node answers about them.
use crate::code::JournalKind;
use crate::codec::List;
use crate::id::{BlobDigest, MemberId, RecordId, SealingKey, TicketId};
use crate::key::{Check, MemberSigner, NAMESPACE_REQUEST, PublicKey, Signature};
use crate::{Digest, Height, TimestampMs, digest, limits};
use commonware_codec::{DecodeExt as _, Encode as _};

/// How far a request's time may be from the releaser's clock.
pub const REQUEST_SKEW_MS_MAX: u64 = 60_000;

/// Bytes of a message with the signature of a member's vault or transaction key.
///
/// The signature covers network, route, time and body, so that a request for one door cannot be used at another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest {
    /// Who asks.
    pub member: MemberId,
    /// Its key.
    pub key: PublicKey,
    /// When, by the asker's clock.
    pub time_ms: TimestampMs,
    /// The message; bounded by the route.
    pub body: List<u8, { 64 * 1024 * 1024 }>,
    /// Signature over [`Self::message`].
    pub signature: Signature,
}
codec_struct!(SignedRequest {
    member,
    key,
    time_ms,
    body,
    signature
});

impl SignedRequest {
    /// Digest that is signed.
    pub fn message(
        network: &Digest,
        route: &str,
        member: MemberId,
        time_ms: TimestampMs,
        body: &[u8],
    ) -> [u8; 32] {
        let length = u64::try_from(route.len()).unwrap_or(u64::MAX).to_be_bytes();
        digest(
            "amanat/request",
            &[
                &network.0,
                &length,
                route.as_bytes(),
                &member.number().to_be_bytes(),
                &time_ms.get().to_be_bytes(),
                body,
            ],
        )
        .0
    }

    /// Signs `body` for `route`.
    pub fn sign(
        signer: &MemberSigner,
        network: &Digest,
        route: &str,
        member: MemberId,
        time_ms: TimestampMs,
        body: Vec<u8>,
    ) -> Result<Self, crate::codec::TooMany> {
        let message = Self::message(network, route, member, time_ms, &body);
        Ok(Self {
            member,
            key: signer.public_key(),
            time_ms,
            body: List::new(body)?,
            signature: signer.sign(NAMESPACE_REQUEST, &message),
        })
    }

    /// The signature check for this request at `route`.
    pub fn check(&self, network: &Digest, route: &str) -> Check {
        Check {
            key: self.key,
            namespace: NAMESPACE_REQUEST,
            message: Self::message(network, route, self.member, self.time_ms, &self.body),
            signature: self.signature,
        }
    }

    /// Decodes a request from the wire.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, commonware_codec::Error> {
        Self::decode(bytes)
    }

    /// Encodes it for the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.encode().to_vec()
    }
}

/// Records that a reader wants under a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRequest {
    /// Under which ticket.
    pub ticket: TicketId,
    /// Height that the reader has seen; the releaser must have reached it.
    pub seen: Height,
    /// Which records.
    pub records: List<RecordId, { limits::RELEASE_RECORDS_MAX }>,
}
codec_struct!(ReleaseRequest {
    ticket,
    seen,
    records
});

/// A record that may be released, as it stands in the releasing node's finalised state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasedRecord {
    /// Which.
    pub record: RecordId,
    /// Address of its blob.
    pub blob: BlobDigest,
    /// Its custodian: who deposited it, or took it over since.
    pub custodian: MemberId,
}
codec_struct!(ReleasedRecord {
    record,
    blob,
    custodian
});

/// The releasing node's yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Finalised tip at which it was judged.
    pub height: Height,
    /// Time of that block.
    pub time_ms: TimestampMs,
    /// Whose ticket it is.
    pub member: MemberId,
    /// Where keys are sealed to.
    pub reader: SealingKey,
    /// The records, in the order asked.
    pub records: List<ReleasedRecord, { limits::RELEASE_RECORDS_MAX }>,
}
codec_struct!(Release {
    height,
    time_ms,
    member,
    reader,
    records
});

/// Asks for entries of a release journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRequest {
    /// Which journal.
    pub journal: JournalKind,
    /// First entry wanted.
    pub from: u64,
    /// At most this many.
    pub limit: u32,
}
codec_struct!(JournalRequest {
    journal,
    from,
    limit
});
