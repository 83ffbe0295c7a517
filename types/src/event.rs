//! Events: what happened, as readers fold it. Each stands under its block's events root.
#[macro_use]
mod list;

mod amendment;
mod erasure;
mod law;
mod persons;
mod review;
mod study;

use crate::call::{Grantee, Indexes, PermitGrantee, Records, Restriction, Scope, Work};
use crate::code::{
    BasisKind, GrantAccess, JournalKind, Purpose, RegistrationReason, RetractReason, Role,
};
use crate::id::{
    BlindIndex, Commitment, EncounterId, GrantId, MemberId, OrderId, PatientId, PermitId,
    PractitionerId, ProposalId, RecordId, RestrictionId, TicketId,
};
use crate::key::PublicKey;
use crate::state::{FailReason, TeamSeats};
use crate::{Change, Digest, Refusal, TimestampMs};
pub use amendment::{AmendmentAnswered, AmendmentAsked, DisagreementStated};
pub use erasure::{ErasureConfirmed, HoldEnded, RecordsErased, RecordsHeld};
pub use law::{DisclosureClosed, MandateClosed, MandateOpened, RecordsDisclosed};
pub use persons::{
    DeathRecorded, DeathRetracted, GuardianLinked, GuardianUnlinked, IncapacityEnded,
    IncapacityRecorded, SecondKeyWasSet,
};
pub use review::{BreachDeclared, GlassReviewed, NameDemanded, StaffNamed};
pub use study::{StudyApproved, StudyClosed, StudyRegistered, SubjectEnrolled, SubjectWithdrawn};

events! {
    /// A practitioner of a member was registered.
    1 PractitionerRegistered {
        /// Whose.
        member: MemberId,
        /// Who.
        practitioner: PractitionerId,
        /// Role.
        role: Role,
        /// End, exclusive.
        until_ms: TimestampMs,
    }
    /// A practitioner's registration ended.
    2 PractitionerLeft {
        /// Whose.
        member: MemberId,
        /// Who.
        practitioner: PractitionerId,
    }
    /// A change of the network was proposed; the proposer approves.
    3 ProposalMade {
        /// Which.
        proposal: ProposalId,
        /// By whom.
        member: MemberId,
        /// What.
        change: Change,
        /// End of the votes, exclusive.
        until_ms: TimestampMs,
    }
    /// A member voted.
    4 VoteCast {
        /// On which.
        proposal: ProposalId,
        /// Who.
        member: MemberId,
        /// Whether for it.
        approve: bool,
    }
    /// Two thirds approve.
    5 ProposalPassed {
        /// Which.
        proposal: ProposalId,
        /// The epoch from which it is in force, if it is still lawful then.
        activates_epoch: u64,
    }
    /// A proposal did not pass.
    6 ProposalFailed {
        /// Which.
        proposal: ProposalId,
        /// Why.
        reason: FailReason,
    }
    /// A change is in force. At the end of an epoch, of no transaction.
    7 ChangeApplied {
        /// Which proposal.
        proposal: ProposalId,
        /// What.
        change: Change,
        /// The first epoch in which it is in force.
        epoch: u64,
    }
    /// A change that passed was no longer lawful. At the end of an epoch, of no transaction.
    8 ChangeDropped {
        /// Which proposal.
        proposal: ProposalId,
        /// Why.
        refusal: Refusal,
    }
    /// A patient's pseudonym was registered.
    10 PatientRegistered {
        /// By whom.
        member: MemberId,
        /// Pseudonym.
        patient: PatientId,
        /// Whether with a card.
        card: bool,
    }
    /// A card was blocked.
    11 CardWasBlocked {
        /// Whose.
        patient: PatientId,
        /// Which.
        card: PublicKey,
    }
    /// A blind index was declared.
    12 IndexDeclared {
        /// Which.
        index: BlindIndex,
    }
    /// A patient who had none was given the first card.
    13 CardIssued {
        /// By whom.
        member: MemberId,
        /// Whose.
        patient: PatientId,
        /// Which.
        card: PublicKey,
    }
    /// A card was suspended.
    14 CardWasSuspended {
        /// Whose.
        patient: PatientId,
        /// Which.
        card: PublicKey,
    }
    /// A suspended card acts again.
    15 CardWasResumed {
        /// Whose.
        patient: PatientId,
        /// Which.
        card: PublicKey,
    }
    /// A card has an end.
    16 CardRenewed {
        /// Whose.
        patient: PatientId,
        /// Which.
        card: PublicKey,
        /// End, exclusive.
        until_ms: TimestampMs,
    }
    /// A reissue was asked for: to be told to the patient and to every guardian at once.
    17 ReissueAsked {
        /// Of whose card.
        patient: PatientId,
        /// The new card.
        card: PublicKey,
        /// The authority whose officer signed; none if guardians did.
        authority: Option<MemberId>,
        /// From when on the new card may be activated.
        ready_ms: TimestampMs,
    }
    /// A reissue was dropped.
    18 ReissueVetoed {
        /// Of whose card.
        patient: PatientId,
        /// The card that was to be the new one.
        card: PublicKey,
    }
    /// A new card took the place of the old one.
    19 CardActivated {
        /// By whom.
        member: MemberId,
        /// Whose.
        patient: PatientId,
        /// Which.
        card: PublicKey,
    }
    /// A visit began; its ticket has the same local id.
    20 EncounterOpened {
        /// Which.
        encounter: EncounterId,
        /// Where.
        member: MemberId,
        /// Whose.
        patient: PatientId,
        /// Set when it is a registration without a card.
        registration: Option<RegistrationReason>,
        /// Whether the member may deposit.
        write: bool,
        /// What it opens.
        indexes: Indexes,
        /// End at the latest, exclusive.
        until_ms: TimestampMs,
    }
    /// A visit ended.
    21 EncounterClosed {
        /// Which.
        encounter: EncounterId,
        /// Whose.
        patient: PatientId,
    }
    /// It was said who cares for a patient during a visit.
    22 CareAssigned {
        /// Which visit.
        encounter: EncounterId,
        /// Whose.
        patient: PatientId,
        /// The clinician.
        practitioner: PractitionerId,
        /// Whether nobody else of the member may read.
        strict: bool,
        /// The team.
        seats: TeamSeats,
    }
    /// An order was placed.
    23 OrderPlaced {
        /// Which.
        order: OrderId,
        /// By whom.
        member: MemberId,
        /// Whose.
        patient: PatientId,
        /// For whom to perform.
        performer: MemberId,
        /// What.
        work: Work,
        /// On what.
        indexes: Indexes,
        /// End, exclusive.
        until_ms: TimestampMs,
    }
    /// An order was ended.
    24 OrderClosed {
        /// Which.
        order: OrderId,
        /// Whose.
        patient: PatientId,
    }
    /// A visit was closed; its member may still read for a while.
    25 VisitClosed {
        /// Which.
        encounter: EncounterId,
        /// Whose.
        patient: PatientId,
        /// End of reading, exclusive.
        until_ms: TimestampMs,
    }
    /// Consent was given.
    30 ConsentGranted {
        /// Which.
        grant: GrantId,
        /// By whom.
        patient: PatientId,
        /// To whom.
        grantee: Grantee,
        /// On what.
        indexes: Indexes,
        /// End, exclusive.
        until_ms: TimestampMs,
    }
    /// Consent was taken back.
    31 ConsentRevoked {
        /// Which.
        grant: GrantId,
        /// By whom.
        patient: PatientId,
    }
    /// A permit was given.
    32 PermitGiven {
        /// Which.
        permit: PermitId,
        /// By whom.
        patient: PatientId,
        /// Under whose sponsorship; whose staff witnessed, if on paper.
        member: MemberId,
        /// To whom.
        grantee: PermitGrantee,
        /// To do what.
        access: GrantAccess,
        /// On what.
        indexes: Indexes,
        /// In force from then on.
        from_ms: TimestampMs,
        /// End, exclusive.
        until_ms: TimestampMs,
        /// Commitment to the form, if on paper.
        form: Option<Commitment>,
    }
    /// A permit was taken back.
    33 PermitTakenBack {
        /// Which.
        permit: PermitId,
        /// By whom it was given.
        patient: PatientId,
    }
    /// A patient restricted something.
    34 RestrictionSet {
        /// Which.
        restriction: RestrictionId,
        /// By whom.
        patient: PatientId,
        /// What.
        what: Restriction,
    }
    /// A restriction was lifted.
    35 RestrictionLifted {
        /// Which.
        restriction: RestrictionId,
        /// By whom.
        patient: PatientId,
    }
    /// A record was anchored.
    40 RecordDeposited {
        /// Which.
        record: RecordId,
        /// Blind index of its category.
        index: BlindIndex,
        /// By whom.
        member: MemberId,
        /// Size bucket.
        bucket: u8,
    }
    /// A record was superseded by another.
    41 RecordAmended {
        /// The old one.
        superseded: RecordId,
        /// The new one.
        record: RecordId,
        /// Blind index of both.
        index: BlindIndex,
        /// By whom.
        member: MemberId,
        /// Size bucket of the new one.
        bucket: u8,
    }
    /// A record was taken back.
    42 RecordRetracted {
        /// Which.
        record: RecordId,
        /// By whom.
        member: MemberId,
        /// Why.
        reason: RetractReason,
    }
    /// A member named its successor, which agreed, or nobody any more.
    43 SuccessorNamed {
        /// Who.
        member: MemberId,
        /// Whom.
        successor: Option<MemberId>,
    }
    /// Records have another custodian, or other holders.
    44 RecordsKept {
        /// Who was custodian; the member itself where only the holders changed.
        from: MemberId,
        /// Who is custodian.
        member: MemberId,
        /// Which.
        records: Records,
    }
    /// A ticket was issued.
    50 TicketIssued {
        /// Which.
        ticket: TicketId,
        /// To whom.
        member: MemberId,
        /// Practitioner who co-signed.
        practitioner: Option<PractitionerId>,
        /// Whose records; none for directory records.
        patient: Option<PatientId>,
        /// On which basis.
        basis: BasisKind,
        /// What for.
        purpose: Purpose,
        /// Which records.
        scope: Scope,
        /// End, exclusive.
        until_ms: TimestampMs,
    }
    /// A request to read was refused.
    51 AccessRefused {
        /// Who asked.
        member: MemberId,
        /// Whose records, as claimed.
        patient: Option<PatientId>,
        /// Which basis was claimed.
        basis: BasisKind,
        /// What for, as claimed.
        purpose: Purpose,
        /// Which records.
        scope: Scope,
        /// Why not.
        refusal: Refusal,
    }
    /// The glass was broken; a `TicketIssued` goes with it.
    52 GlassBroken {
        /// The emergency ticket.
        ticket: TicketId,
        /// Where.
        member: MemberId,
        /// By whom.
        practitioner: PractitionerId,
        /// Whose records.
        patient: PatientId,
        /// By when it must be justified, exclusive.
        justify_by_ms: TimestampMs,
    }
    /// Broken glass was justified.
    53 EmergencyJustified {
        /// Which.
        ticket: TicketId,
        /// By whom.
        practitioner: PractitionerId,
        /// Commitment to the text.
        justification: Commitment,
        /// Whether within the time.
        in_time: bool,
    }
    /// A release journal was anchored.
    54 JournalAnchored {
        /// Whose.
        member: MemberId,
        /// Which.
        journal: JournalKind,
        /// Number of entries.
        count: u64,
        /// Hash of the last.
        head: Digest,
    }
    /// A call other than a request to read was refused.
    60 CallRefused {
        /// Sponsor.
        member: MemberId,
        /// Position of the call.
        call: u16,
        /// Why.
        refusal: Refusal,
    }
    ;
    /// Records may not be erased for now.
    45 RecordsHeld,
    /// A hold was ended.
    46 HoldEnded,
    /// Records were erased: whoever holds them deletes keys and bytes.
    47 RecordsErased,
    /// A holder has deleted keys and bytes of erased records.
    48 ErasureConfirmed,
    /// An authority may read by law. Whoever informs the patient waits until the notice, if there is one.
    55 MandateOpened,
    /// An authority may read no more.
    56 MandateClosed,
    /// A member disclosed records of its own. Whoever informs the patient waits until the notice, if there is one.
    57 RecordsDisclosed,
    /// A disclosure was ended.
    58 DisclosureClosed,
    /// Broken glass was reviewed.
    59 GlassReviewed,
    /// A study was registered; it opens nothing before it is approved.
    80 StudyRegistered,
    /// A study was approved.
    81 StudyApproved,
    /// A study was ended.
    82 StudyClosed,
    /// A patient was enrolled in a study.
    83 SubjectEnrolled,
    /// A patient was taken out of a study.
    84 SubjectWithdrawn,
    /// A member owes the name behind a staff pseudonym.
    85 NameDemanded,
    /// A member said who a staff pseudonym was.
    86 StaffNamed,
    /// A patient asked that a record be amended.
    87 AmendmentAsked,
    /// A request for amendment was answered.
    88 AmendmentAnswered,
    /// A patient disagreed with a refusal to amend. Whoever is given the record is given the statement.
    89 DisagreementStated,
    /// What was opened under a ticket was breached. Whoever registered the patient tells it.
    90 BreachDeclared,
    /// A guardian was linked.
    70 GuardianLinked,
    /// A guardian's link ended.
    71 GuardianUnlinked,
    /// A patient cannot decide.
    72 IncapacityRecorded,
    /// A patient can decide again.
    73 IncapacityEnded,
    /// A death was recorded.
    74 DeathRecorded,
    /// A death was recorded in error.
    75 DeathRetracted,
    /// A patient has a second key.
    76 SecondKeyWasSet,
}
