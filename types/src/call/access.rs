//! Tickets, broken glass, anchors of release journals.
use super::{Care, Disclosed, Enrolled, Indexes, Openings, Records, Unit};
use crate::Digest;
use crate::code::{JournalKind, Purpose};
use crate::id::{
    Commitment, EncounterId, GrantId, LocalId, MandateId, OrderId, PatientId, PermitId, SealingKey,
    TicketId,
};
use crate::unit::TimestampMs;

/// What a ticket is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// These records.
    Records(Records),
    /// These indexes: what is deposited, and what will be while the ticket is open.
    Indexes(Indexes),
}
codec_enum!(Scope { 1 => Records, 2 => Indexes });

/// Why a reader may open records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadBasis {
    /// A grant that says read.
    Consent(GrantId),
    /// The member's open encounter after a check-in.
    Treatment(EncounterId),
    /// The patient, whose card co-signs.
    Patient(PatientId),
    /// Directory records.
    Directory(Unit),
    /// None is claimed: refused, and on the ledger.
    None(Unit),
    /// A permit that says read.
    Permit(PermitId),
    /// The member's open visit, by staff without a card.
    Care(Care),
    /// An order: its results for who placed it, what a referral names for its recipient.
    Order(OrderId),
    /// A mandate of the member, which is an authority.
    Mandate(MandateId),
    /// A disclosure to the member.
    Disclosure(Disclosed),
    /// A subject of a study of the member.
    Study(Enrolled),
}
codec_enum!(ReadBasis {
    1 => Consent, 2 => Treatment, 3 => Patient, 4 => Directory, 5 => None, 6 => Permit, 7 => Care, 8 => Order, 9 => Mandate,
    10 => Disclosure, 11 => Study
});

/// Asks for a ticket. Signed by the member; co-signed by the practitioner or the card that the basis demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Names the ticket.
    pub local: LocalId,
    /// Whose records, as far as the asker knows; must agree with the basis.
    pub patient: Option<PatientId>,
    /// Which records.
    pub scope: Scope,
    /// Why it is lawful.
    pub basis: ReadBasis,
    /// What for.
    pub purpose: Purpose,
    /// Until when, exclusive; at most 24 hours ahead.
    pub until_ms: TimestampMs,
    /// Where released keys are sealed to.
    pub reader: SealingKey,
    /// With basis `Patient`: openings of every index in the scope.
    pub openings: Openings,
}
codec_struct!(Request {
    local,
    patient,
    scope,
    basis,
    purpose,
    until_ms,
    reader,
    openings
});

/// Breaks the glass: an emergency ticket on the patient's emergency indexes, at once. Co-signed by a clinical practitioner of the sponsor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakGlass {
    /// Names the ticket.
    pub local: LocalId,
    /// Whose records.
    pub patient: PatientId,
    /// Until when, exclusive; at most 4 hours ahead.
    pub until_ms: TimestampMs,
    /// Where released keys are sealed to.
    pub reader: SealingKey,
}
codec_struct!(BreakGlass {
    local,
    patient,
    until_ms,
    reader
});

/// Justifies broken glass. Co-signed by the practitioner who broke it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Justify {
    /// The emergency ticket.
    pub ticket: TicketId,
    /// [`Commitment::text`] of the justification, which the member keeps.
    pub justification: Commitment,
}
codec_struct!(Justify {
    ticket,
    justification
});

/// Anchors a release journal of the sponsor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Which journal.
    pub journal: JournalKind,
    /// Number of entries.
    pub count: u64,
    /// Hash of the last entry.
    pub head: Digest,
}
codec_struct!(Anchor {
    journal,
    count,
    head
});
