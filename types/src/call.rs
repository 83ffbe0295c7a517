//! The calls: what a transaction may ask of the contracts. [`Call::since`] says from which protocol version on.
//!
//! A call carries pseudonyms, commitments, blind indexes and digests of ciphertext; never a name, a national number or
//! a clinical code. Rules, refusals and events of each are in `contracts/src/<contract>/<call>.rs`.
#[macro_use]
mod list;

mod access;
mod amendment;
mod care;
mod consent;
mod erasure;
mod law;
mod leave;
mod persons;
mod review;
mod since;
mod study;
pub use crate::change::{Propose, Vote};
use crate::code::{GrantAccess, LinkKind, Purpose, RegistrationReason, RetractReason, Role};
use crate::codec::List;
use crate::id::{
    BlindIndex, BlobDigest, Commitment, EncounterId, GrantId, LocalId, MemberId, PatientId,
    PractitionerId, RecordId, Salt, SealingKey,
};
use crate::key::PublicKey;
use crate::stored::StoredPath;
use crate::unit::TimestampMs;
use crate::{OrderId, PermitId, limits};
pub use access::{Anchor, BreakGlass, Justify, ReadBasis, Request, Scope};
pub use amendment::{
    AmendmentAnswer, AmendmentRef, AnswerAmendment, AskAmendment, Disagree, Unamended,
};
pub use care::{
    AssignCare, Care, CloseVisit, EndOrder, PlaceOrder, Referral, Seat, WardRole, Work,
};
pub use consent::{
    Covered, Denied, Heights, LiftRestriction, Permit, PermitGrantee, PractitionerAt, Restrict,
    Restriction, RevokePermit, RoleAt, RoleAtKind, RoleAtKindWithin,
};
pub use erasure::{ConfirmErased, EndHold, Erase, Hold};
pub use law::{Disclose, Disclosed, EndDisclosure, EndMandate, OpenMandate};
pub use leave::{Keep, NameSuccessor};
pub use persons::{
    ActivateCard, AskReissue, EndIncapacity, LinkGuardian, LinkRights, RecordDeath,
    RecordIncapacity, RenewCard, ResumeCard, RetractDeath, SetSecondKey, SuspendCard,
    UnlinkGuardian, VetoReissue,
};
pub use review::{DeclareBreach, DemandName, NameStaff, ReviewGlass};
pub use study::{ApproveStudy, EndStudy, Enrol, Enrolled, RegisterStudy, Withdraw};

/// Nothing: the value of an enum variant that holds none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit;
codec_struct!(Unit {});

/// Shows that a blind index belongs to a patient, by opening its commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The index.
    pub index: BlindIndex,
    /// Salt of [`Commitment::owner`].
    pub salt: Salt,
}
codec_struct!(Opening { index, salt });

/// Openings of one call.
pub type Openings = List<Opening, { limits::INDEXES_MAX }>;
/// Blind indexes of one grant, encounter or ticket.
pub type Indexes = List<BlindIndex, { limits::INDEXES_MAX }>;
/// Records named by one ticket, or kept by one call.
pub type Records = List<RecordId, { limits::TICKET_RECORDS_MAX }>;
/// Records that one call holds, or erases.
pub type HeldRecords = List<RecordId, { limits::HELD_RECORDS_MAX }>;
/// Paths of one deposit under the transaction's `Stored` roots.
pub type StoredPaths = List<StoredPath, { limits::STORED_ROOTS_MAX }>;
/// Purposes of one grant.
pub type Purposes = List<Purpose, 8>;

/// Registers a practitioner of the sponsor. Co-signed by the practitioner's key, which proves possession.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterPractitioner {
    /// Names the practitioner: [`PractitionerId::derive`].
    pub local: LocalId,
    /// P-256 key of the card or passkey.
    pub key: PublicKey,
    /// Role.
    pub role: Role,
    /// End of the registration, exclusive.
    pub until_ms: TimestampMs,
}
codec_struct!(RegisterPractitioner {
    local,
    key,
    role,
    until_ms
});

/// Ends a practitioner of the sponsor at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndPractitioner {
    /// Whom.
    pub practitioner: PractitionerId,
}
codec_struct!(EndPractitioner { practitioner });

/// Registers a patient's pseudonym with its first card. Co-signed by the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterPatient {
    /// The pseudonym.
    pub patient: PatientId,
    /// P-256 key of the card (PIV slot 9C).
    pub card: PublicKey,
    /// Indexes that broken glass may open, each opened as the patient's. Declared before, or earlier in this transaction.
    pub emergency: Openings,
}
codec_struct!(RegisterPatient {
    patient,
    card,
    emergency
});

/// Blocks a patient's card for ever. Co-signed by the card itself or by a registrar of the sponsor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockCard {
    /// Whose card.
    pub patient: PatientId,
    /// Which card.
    pub card: PublicKey,
}
codec_struct!(BlockCard { patient, card });

/// Gives a patient who was registered without a card the first one. Co-signed by a registrar of the sponsor and by the card.
/// Since protocol version 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueCard {
    /// Whose card.
    pub patient: PatientId,
    /// P-256 key of the card (PIV slot 9C).
    pub card: PublicKey,
}
codec_struct!(IssueCard { patient, card });

/// Who owns a blind index, hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexDeclaration {
    /// The index.
    pub index: BlindIndex,
    /// [`Commitment::owner`].
    pub owner: Commitment,
}
codec_struct!(IndexDeclaration { index, owner });

/// Declares blind indexes with salted commitments to their owners. May mix patients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclareIndexes {
    /// The declarations.
    pub declarations: List<IndexDeclaration, { limits::DECLARATIONS_MAX }>,
}
codec_struct!(DeclareIndexes { declarations });

/// Opens a visit and the ticket for it. Signed by the member and co-signed by the patient's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckIn {
    /// Names the encounter and its first ticket.
    pub local: LocalId,
    /// Whose visit.
    pub patient: PatientId,
    /// What the visit opens, each opened as the patient's.
    pub openings: Openings,
    /// Whether the member may deposit under these indexes.
    pub write: bool,
    /// End of the visit at the latest, exclusive.
    pub until_ms: TimestampMs,
    /// End of the first ticket, exclusive; at most 24 hours ahead.
    pub ticket_until_ms: TimestampMs,
    /// Where released keys are sealed to.
    pub reader: SealingKey,
}
codec_struct!(CheckIn {
    local,
    patient,
    openings,
    write,
    until_ms,
    ticket_until_ms,
    reader
});

/// Opens a write-only registration encounter without a card. Co-signed by a practitioner of the sponsor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterWithoutCard {
    /// Names the encounter.
    pub local: LocalId,
    /// The pseudonym; made here if it is new.
    pub patient: PatientId,
    /// Why there is no card.
    pub reason: RegistrationReason,
    /// What may be deposited, each opened as the patient's.
    pub openings: Openings,
    /// Which of the opened indexes broken glass may open; kept if the pseudonym is new.
    pub emergency: Indexes,
    /// End, exclusive; at most 24 hours ahead.
    pub until_ms: TimestampMs,
}
codec_struct!(RegisterWithoutCard {
    local,
    patient,
    reason,
    openings,
    emergency,
    until_ms
});

/// Ends an encounter now. Signed by its member, or co-signed by the patient's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discharge {
    /// Which.
    pub encounter: EncounterId,
}
codec_struct!(Discharge { encounter });

/// Who is given consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantee {
    /// Any process of a member.
    Member(MemberId),
    /// One practitioner, who co-signs each request.
    Practitioner(PractitionerId),
}
codec_enum!(Grantee { 1 => Member, 2 => Practitioner });

/// Consent. Co-signed by the patient's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Names the grant.
    pub local: LocalId,
    /// Who consents.
    pub patient: PatientId,
    /// To whom.
    pub grantee: Grantee,
    /// To do what.
    pub access: GrantAccess,
    /// For which purposes; sorted, no repeats, at least one.
    pub purposes: Purposes,
    /// On which indexes, each opened as the patient's.
    pub openings: Openings,
    /// Until when, exclusive.
    pub until_ms: TimestampMs,
}
codec_struct!(Grant {
    local,
    patient,
    grantee,
    access,
    purposes,
    openings,
    until_ms
});

/// Ends a grant now. Co-signed by the patient's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoke {
    /// Which.
    pub grant: GrantId,
}
codec_struct!(Revoke { grant });

/// Why a member may deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteBasis {
    /// An open encounter of the member that lets it write.
    Encounter(EncounterId),
    /// A grant that says write.
    Grant(GrantId),
    /// The member's own directory records.
    Directory(Unit),
    /// A permit that says write.
    Permit(PermitId),
    /// An order whose performer the member is.
    Order(OrderId),
    /// A request for amendment that the member is to answer, or has refused.
    Amendment(AmendmentRef),
}
codec_enum!(WriteBasis { 1 => Encounter, 2 => Grant, 3 => Directory, 4 => Permit, 5 => Order, 6 => Amendment });

/// Anchors one sealed record whose blob f+1 members hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Names the record: [`RecordId::derive`].
    pub local: LocalId,
    /// Digest of the ciphertext.
    pub blob: BlobDigest,
    /// Number of the size bucket: position in [`limits::SIZE_BUCKETS`].
    pub bucket: u8,
    /// Blind index of the category.
    pub index: BlindIndex,
    /// Why the member may write it.
    pub basis: WriteBasis,
    /// Paths under the transaction's `Stored` roots, one for those that are the same; empty when each root covers exactly this transaction's
    /// blobs in order.
    pub stored: StoredPaths,
}
codec_struct!(Deposit {
    local,
    blob,
    bucket,
    index,
    basis,
    stored
});

/// Supersedes a record of the member by a new one of the same index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amend {
    /// The record that is superseded.
    pub supersedes: RecordId,
    /// The new record.
    pub deposit: Deposit,
}
codec_struct!(Amend {
    supersedes,
    deposit
});

/// Takes a record of the member back; it is not released any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retract {
    /// Which.
    pub record: RecordId,
    /// Why.
    pub reason: RetractReason,
}
codec_struct!(Retract { record, reason });

calls! {
    1 RegisterPractitioner "membership",
    2 EndPractitioner "membership",
    3 Propose "membership",
    4 Vote "membership",
    10 RegisterPatient "cards",
    11 BlockCard "cards",
    12 DeclareIndexes "cards",
    13 IssueCard "cards",
    14 SuspendCard "cards",
    15 ResumeCard "cards",
    16 RenewCard "cards",
    17 AskReissue "cards",
    18 VetoReissue "cards",
    19 ActivateCard "cards",
    20 CheckIn "encounters",
    21 RegisterWithoutCard "encounters",
    22 Discharge "encounters",
    23 AssignCare "encounters",
    24 PlaceOrder "encounters",
    25 EndOrder "encounters",
    26 CloseVisit "encounters",
    30 Grant "consent",
    31 Revoke "consent",
    32 Permit "consent",
    33 RevokePermit "consent",
    34 Restrict "consent",
    35 LiftRestriction "consent",
    40 Deposit "records",
    41 Amend "records",
    42 Retract "records",
    43 NameSuccessor "records",
    44 Keep "records",
    45 Hold "records",
    46 EndHold "records",
    47 Erase "records",
    48 ConfirmErased "records",
    50 Request "access",
    51 BreakGlass "access",
    52 Justify "access",
    53 Anchor "access",
    55 OpenMandate "access",
    56 EndMandate "access",
    57 Disclose "access",
    58 EndDisclosure "access",
    59 ReviewGlass "access",
    60 LinkGuardian "cards",
    61 UnlinkGuardian "cards",
    62 RecordIncapacity "cards",
    63 EndIncapacity "cards",
    64 RecordDeath "cards",
    65 RetractDeath "cards",
    66 SetSecondKey "cards",
    70 RegisterStudy "consent",
    71 ApproveStudy "consent",
    72 EndStudy "consent",
    73 Enrol "consent",
    74 Withdraw "consent",
    75 DemandName "access",
    76 NameStaff "access",
    77 AskAmendment "records",
    78 AnswerAmendment "records",
    79 Disagree "records",
    80 DeclareBreach "access",
}

impl Call {
    /// The deposit inside this call, if it makes a record.
    pub const fn deposit(&self) -> Option<&Deposit> {
        match self {
            Self::Deposit(deposit) => Some(deposit),
            Self::Amend(amend) => Some(&amend.deposit),
            _ => None,
        }
    }
}
