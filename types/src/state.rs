//! State: keys and values of the ledger's contracts. Values of one contract are written by it alone; the rooms that
//! read them with proofs decode them here.
//!
//! A key is `SHA-256(domain || parts)`, so it says nothing and spreads evenly. `docs/state.md` lists all of them.
use crate::call::{Disclosed, Enrolled, Grantee, Indexes, Purposes, Scope};
use crate::code::{BasisKind, GrantAccess, Purpose, RegistrationReason, RetractReason, Role};
use crate::codec::List;
use crate::id::{
    BlindIndex, BlobDigest, Commitment, EncounterId, GrantId, MandateId, MemberId, OrderId,
    PatientId, PermitId, PractitionerId, RecordId, SealingKey, TicketId,
};
use crate::key::PublicKey;
use crate::{Digest, Height, TimestampMs, limits};

mod amendment;
mod care;
mod consent;
mod erasure;
mod governance;
mod key;
mod law;
mod member;
mod person;
mod review;
mod study;
pub use amendment::{AmendmentState, AmendmentVerdict, Amendments};
pub use care::{CareRef, OrderState, Results, TeamSeat, TeamSeats, TeamState, WardSeat};
pub use consent::{HeldRestriction, PermitState, Restrictions};
pub use erasure::{ErasureState, HeldBy, HoldState, Holds, Retention, RetentionMark};
pub use governance::{
    Ballot, Ballots, FailReason, NetworkLimits, Pending, Proposal, ProposalStatus, Proposals,
};
pub use key::StateKey;
pub use law::{DisclosureState, MandateState};

pub use member::{Actor, Member, MemberActor, MemberKey, RosterState, Standing, consensus_keys};
pub use person::{Incapacity, Link, Links, Person, Reissue, SecondKey, Spoken};
pub use review::{BreachState, GlassDay, NameState, NamesOwed, OwedName, ReviewState};
pub use study::{EnrolmentState, StudyState};

/// Sliding window of the sequence numbers that a key has used (RFC 6479): `top` and the bits below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// Highest number used.
    pub top: u64,
    /// Bit `i` of the ring is number `n` with `n % SEQUENCE_WINDOW == i`, for the last `SEQUENCE_WINDOW` numbers.
    pub ring: List<u8, { (limits::SEQUENCE_WINDOW / 8) as usize }>,
}
codec_struct!(Sequence { top, ring });

/// A practitioner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Practitioner {
    /// Whose.
    pub member: MemberId,
    /// Key of the card or passkey.
    pub key: PublicKey,
    /// Role.
    pub role: Role,
    /// End, exclusive.
    pub until_ms: TimestampMs,
}
codec_struct!(Practitioner {
    member,
    key,
    role,
    until_ms
});

/// A patient's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its key.
    pub key: PublicKey,
    /// When it was blocked, if it was.
    pub blocked_ms: Option<TimestampMs>,
}
codec_struct!(Card { key, blocked_ms });

/// A patient's pseudonym.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patient {
    /// Who registered it.
    pub registrar: MemberId,
    /// The card, if there is one.
    pub card: Option<Card>,
    /// What broken glass may open.
    pub emergency: Indexes,
}
codec_struct!(Patient {
    registrar,
    card,
    emergency
});

/// Who owns a blind index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexOwner {
    /// A patient, hidden by [`Commitment::owner`].
    Committed(Commitment),
    /// The directory of a member.
    Directory(MemberId),
}
codec_enum!(IndexOwner { 1 => Committed, 2 => Directory });

/// A visit, or a registration without a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encounter {
    /// Where.
    pub member: MemberId,
    /// Whose.
    pub patient: PatientId,
    /// Set when it is a registration: write-only.
    pub registration: Option<RegistrationReason>,
    /// Whether the member may deposit.
    pub write: bool,
    /// What it opens; sorted.
    pub indexes: Indexes,
    /// End at the latest, exclusive.
    pub until_ms: TimestampMs,
    /// When reading ended or will end, if it was closed; writing ended when it was.
    pub closed_ms: Option<TimestampMs>,
}
codec_struct!(Encounter {
    member,
    patient,
    registration,
    write,
    indexes,
    until_ms,
    closed_ms
});

impl Encounter {
    /// Whether it is open at `now`.
    pub fn is_open(&self, now: TimestampMs) -> bool {
        self.closed_ms.is_none() && now < self.until_ms
    }

    /// Whether it is open at `now`, or was closed with a grace for reading that has not ended.
    pub fn is_readable(&self, now: TimestampMs) -> bool {
        let graced = self.closed_ms.is_none_or(|closed| now < closed);
        graced && now < self.until_ms
    }
}

/// A consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantState {
    /// By whom.
    pub patient: PatientId,
    /// To whom.
    pub grantee: Grantee,
    /// To do what.
    pub access: GrantAccess,
    /// For which purposes; sorted.
    pub purposes: Purposes,
    /// On what; sorted.
    pub indexes: Indexes,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// When it was revoked, if it was.
    pub revoked_ms: Option<TimestampMs>,
}
codec_struct!(GrantState {
    patient,
    grantee,
    access,
    purposes,
    indexes,
    until_ms,
    revoked_ms
});

impl GrantState {
    /// Whether it is open at `now`.
    pub fn is_open(&self, now: TimestampMs) -> bool {
        self.revoked_ms.is_none() && now < self.until_ms
    }
}

/// A sealed record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who is custodian of its key: who deposited it, or took it over since.
    pub member: MemberId,
    /// Digest of the ciphertext.
    pub blob: BlobDigest,
    /// Size bucket.
    pub bucket: u8,
    /// Blind index of the category.
    pub index: BlindIndex,
    /// Who holds the blob; sorted.
    pub holders: List<MemberId, { limits::HOLDERS_MAX }>,
    /// Height of the deposit.
    pub height: Height,
    /// The record that this one supersedes.
    pub supersedes: Option<RecordId>,
    /// The record that supersedes this one.
    pub superseded_by: Option<RecordId>,
    /// Set when it was taken back.
    pub retracted: Option<RetractReason>,
}
codec_struct!(Record {
    member,
    blob,
    bucket,
    index,
    holders,
    height,
    supersedes,
    superseded_by,
    retracted
});

impl Record {
    /// Whether it was erased: nobody lets go of it any more, its holders among themselves neither.
    pub fn is_erased(&self) -> bool {
        self.retracted == Some(RetractReason::Erased)
    }

    /// Whether `member` is its custodian or holds its blob.
    pub fn is_kept_by(&self, member: MemberId) -> bool {
        self.member == member || self.holders.binary_search(&member).is_ok()
    }
}

/// Whom a member named to take over its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Succession {
    /// Whom; nobody once that was withdrawn.
    pub successor: Option<MemberId>,
    /// Height of the naming.
    pub height: Height,
}
codec_struct!(Succession { successor, height });

/// Which basis record a ticket stands on; it is read again at each release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BasisRef {
    /// A grant.
    Grant(GrantId),
    /// An encounter.
    Encounter(EncounterId),
    /// Broken glass: the ticket is its own basis.
    Emergency(PractitionerId),
    /// The patient, by the own card.
    Patient(PatientId),
    /// Directory records.
    Directory(crate::call::Unit),
    /// The patient, by a guardian. Since protocol version 3.
    Guardian(Spoken),
    /// A permit. Since protocol version 3.
    Permit(PermitId),
    /// A visit, by staff without a card. Since protocol version 3.
    Care(CareRef),
    /// An order. Since protocol version 3.
    Order(OrderId),
    /// A mandate of an authority. Since protocol version 3.
    Mandate(MandateId),
    /// A disclosure of somebody's own records. Since protocol version 3.
    Disclosure(Disclosed),
    /// A subject of a study. Since protocol version 3.
    Study(Enrolled),
}
codec_enum!(BasisRef {
    1 => Grant, 2 => Encounter, 3 => Emergency, 4 => Patient, 5 => Directory, 6 => Guardian, 7 => Permit, 8 => Care, 9 => Order,
    10 => Mandate, 11 => Disclosure, 12 => Study
});

impl BasisRef {
    /// Its kind.
    pub const fn kind(&self) -> BasisKind {
        match self {
            Self::Grant(_) | Self::Permit(_) => BasisKind::Consent,
            Self::Encounter(_) | Self::Care(_) => BasisKind::Treatment,
            Self::Order(_) => BasisKind::Order,
            Self::Emergency(_) => BasisKind::Emergency,
            Self::Patient(_) | Self::Guardian(_) => BasisKind::Patient,
            Self::Directory(_) => BasisKind::Directory,
            Self::Mandate(_) => BasisKind::Law,
            Self::Study(_) => BasisKind::Research,
            Self::Disclosure(disclosed) => disclosed.cause.basis(),
        }
    }
}

/// Time-boxed leave to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Who may read.
    pub member: MemberId,
    /// Practitioner who co-signed.
    pub practitioner: Option<PractitionerId>,
    /// Whose records; none for directory records.
    pub patient: Option<PatientId>,
    /// On which basis.
    pub basis: BasisRef,
    /// What for.
    pub purpose: Purpose,
    /// Which records; sorted.
    pub scope: Scope,
    /// Where keys are sealed to.
    pub reader: SealingKey,
    /// Height at which it was issued.
    pub height: Height,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// Commitment to the justification, once given; emergency tickets only.
    pub justification: Option<Commitment>,
}
codec_struct!(Ticket {
    member,
    practitioner,
    patient,
    basis,
    purpose,
    scope,
    reader,
    height,
    until_ms,
    justification
});

/// An emergency that waits for its justification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingEmergency {
    /// The ticket.
    pub ticket: TicketId,
    /// By when, exclusive.
    pub justify_by_ms: TimestampMs,
}
codec_struct!(PendingEmergency {
    ticket,
    justify_by_ms
});

/// Emergencies of one practitioner that wait for their justification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emergencies {
    /// In the order in which they were broken.
    pub pending: List<PendingEmergency, { limits::EMERGENCIES_PENDING_MAX }>,
}
codec_struct!(Emergencies { pending });

/// Last anchor of a release journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorState {
    /// Number of entries.
    pub count: u64,
    /// Hash of the last entry.
    pub head: Digest,
    /// Height of the anchor.
    pub height: Height,
}
codec_struct!(AnchorState {
    count,
    head,
    height
});
