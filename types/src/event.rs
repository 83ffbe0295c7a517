//! Events: what happened, as readers fold it. Each stands under its block's events root.
use crate::call::{Grantee, Indexes, Records, Scope};
use crate::code::{BasisKind, JournalKind, Purpose, RegistrationReason, RetractReason, Role};
use crate::id::{
    BlindIndex, Commitment, EncounterId, GrantId, MemberId, PatientId, PractitionerId, ProposalId,
    RecordId, TicketId,
};
use crate::key::PublicKey;
use crate::state::FailReason;
use crate::{Change, Digest, Refusal, TimestampMs};

macro_rules! events {
    ($($(#[$meta:meta])* $tag:literal $name:ident { $($(#[$doc:meta])* $field:ident : $type:ty),* $(,)? })*) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name { $($(#[$doc])* pub $field: $type),* }
            codec_struct!($name { $($field),* });
        )*
        /// What happened.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Event { $($(#[$meta])* $name($name)),* }
        codec_enum!(Event { $($tag => $name),* });
        impl Event {
            /// Name of this event.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),* }
            }
        }
    };
}

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
}
