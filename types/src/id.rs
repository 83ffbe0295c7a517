//! Identifiers. All are pseudonyms or digests: none is made from a name or a national number.
use crate::{Digest, digest};
use bytes::BufMut;
use commonware_codec::{Buf, Error, FixedSize, Read, ReadExt as _, Write};

/// Declares a byte-array id with hexadecimal print and parse.
macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $size:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $size]);
        impl $name {
            /// Wraps bytes.
            pub const fn new(bytes: [u8; $size]) -> Self {
                Self(bytes)
            }
            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $size] {
                &self.0
            }
            /// Reads lower- or upper-case hexadecimal of exactly this length.
            pub fn from_hex(text: &str) -> Option<Self> {
                let mut bytes = [0u8; $size];
                hex::decode_to_slice(text, &mut bytes).ok()?;
                Some(Self(bytes))
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), hex::encode(self.0))
            }
        }
        impl Write for $name {
            fn write(&self, buf: &mut impl BufMut) {
                buf.put_slice(&self.0);
            }
        }
        impl FixedSize for $name {
            const SIZE: usize = $size;
        }
        impl Read for $name {
            type Cfg = ();
            fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
                Ok(Self(<[u8; $size]>::read(buf)?))
            }
        }
    };
}

id!(
    /// What a caller chooses to name a new thing; unique for ever within the caller's member.
    LocalId, 16
);
id!(
    /// A sealed clinical item. Derived from the depositing member and its local id.
    RecordId, 16
);
id!(
    /// A visit, or a registration without a card. Derived from the member and its local id.
    EncounterId, 16
);
id!(
    /// A consent. Derived from the sponsoring member and its local id.
    GrantId, 16
);
id!(
    /// Time-boxed leave to read. Derived from the asking member and its local id.
    TicketId, 16
);
id!(
    /// A practitioner of a member. Derived from the member and its local id.
    PractitionerId, 16
);
id!(
    /// A proposal to change the network. Derived from the proposing member and its local id.
    ProposalId, 16
);
id!(
    /// Consent of protocol version 3. Derived from the sponsoring member and its local id.
    PermitId, 16
);
id!(
    /// What a patient denies. Derived from the sponsoring member and its local id.
    RestrictionId, 16
);
id!(
    /// An order or a referral. Derived from the ordering member and its local id.
    OrderId, 16
);
id!(
    /// What an authority may read by law. Derived from the authority and its local id.
    MandateId, 16
);
id!(
    /// Records that a member disclosed. Derived from that member and its local id.
    DisclosureId, 16
);
id!(
    /// A legal hold. Derived from whoever placed it and its local id.
    HoldId, 16
);
id!(
    /// A study. Derived from its member and its local id.
    StudyId, 16
);
id!(
    /// A subject's part in a study. Derived from the sponsoring member and its local id.
    EnrolmentId, 16
);
id!(
    /// Staff of a member without a card: a pseudonym that only the member resolves. Derived from the member and its local id.
    StaffId, 16
);
id!(
    /// A ward of a member. Derived from the member and its local id.
    WardId, 16
);
id!(
    /// A patient's pseudonym for care: random, made on the card or at registration.
    PatientId, 16
);
id!(
    /// Keyed hash of a category under a secret for one patient and one category.
    BlindIndex, 16
);
id!(
    /// Salted commitment that hides who owns a blind index, or what a justification says.
    Commitment, 32
);
id!(
    /// Blinding value of a [`Commitment`].
    Salt, 32
);
id!(
    /// Digest of a sealed record's bytes: the address of a blob in a vault.
    BlobDigest, 32
);
id!(
    /// X25519 public key for HPKE (RFC 9180): what is sealed to it only its owner opens.
    SealingKey, 32
);
id!(
    /// Identity of a transaction: digest of its body without signatures.
    TransactionId, 32
);

impl TransactionId {
    /// Stands for no transaction: events of the end of an epoch carry it. No body has this digest.
    pub const BOUNDARY: Self = Self([0; 32]);
}

impl From<Digest> for TransactionId {
    fn from(digest: Digest) -> Self {
        Self(digest.0)
    }
}

macro_rules! derived {
    ($($name:ident $domain:literal),* $(,)?) => {$(
        impl $name {
            /// The id that `member` gives by its `local` id. Only that member can make it.
            pub fn derive(member: MemberId, local: LocalId) -> Self {
                let digest = digest($domain, &[&member.number().to_be_bytes(), local.as_bytes()]);
                let mut bytes = [0u8; 16];
                bytes.copy_from_slice(&digest.0[..16]);
                Self(bytes)
            }
        }
    )*};
}
derived!(
    RecordId "amanat/id/record",
    EncounterId "amanat/id/encounter",
    GrantId "amanat/id/grant",
    HoldId "amanat/id/hold",
    TicketId "amanat/id/ticket",
    PractitionerId "amanat/id/practitioner",
    ProposalId "amanat/id/proposal",
    PermitId "amanat/id/permit",
    RestrictionId "amanat/id/restriction",
    OrderId "amanat/id/order",
    MandateId "amanat/id/mandate",
    DisclosureId "amanat/id/disclosure",
    StudyId "amanat/id/study",
    EnrolmentId "amanat/id/enrolment",
    StaffId "amanat/id/staff",
    WardId "amanat/id/ward",
);

impl BlindIndex {
    /// The index of a member's directory records (organisations, practitioners, locations): public, no patient.
    pub fn directory(member: MemberId) -> Self {
        let digest = digest("amanat/index/directory", &[&member.number().to_be_bytes()]);
        let mut bytes = [0u8; 16];
        bytes.copy_from_slice(&digest.0[..16]);
        Self(bytes)
    }
}

impl Commitment {
    /// Commits to `patient` as the owner of `index`: SHA-256 over salt, patient and index.
    pub fn owner(salt: &Salt, patient: &PatientId, index: &BlindIndex) -> Self {
        Self(
            digest(
                "amanat/commitment/owner",
                &[salt.as_bytes(), patient.as_bytes(), index.as_bytes()],
            )
            .0,
        )
    }

    /// Commits to free text kept off the ledger.
    pub fn text(salt: &Salt, text: &[u8]) -> Self {
        Self(digest("amanat/commitment/text", &[salt.as_bytes(), text]).0)
    }
}

/// Number of a member, given once and never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(u16);

impl MemberId {
    /// The member with this number.
    pub const fn new(number: u16) -> Self {
        Self(number)
    }
    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl std::fmt::Display for MemberId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "member-{}", self.0)
    }
}

impl Write for MemberId {
    fn write(&self, buf: &mut impl BufMut) {
        self.0.write(buf);
    }
}
impl FixedSize for MemberId {
    const SIZE: usize = 2;
}
impl Read for MemberId {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        Ok(Self(u16::read(buf)?))
    }
}
