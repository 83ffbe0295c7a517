//! Keys of the state.
#[expect(unused_imports, reason = "for the links of the docs")]
use super::*;
use crate::code::JournalKind;
use crate::digest;
use crate::id::{
    BlindIndex, DisclosureId, EncounterId, EnrolmentId, GrantId, HoldId, MandateId, MemberId,
    OrderId, PatientId, PermitId, PractitionerId, ProposalId, RecordId, StudyId, TicketId,
};
use crate::key::PublicKey;
use bytes::BufMut;
use commonware_codec::{Buf, Error, FixedSize, Read, ReadExt as _, Write};

/// Key of one value of the state.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateKey([u8; 32]);

impl StateKey {
    /// Wraps bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
    /// Reads 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0u8; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    fn of(domain: &'static str, parts: &[&[u8]]) -> Self {
        Self(digest(domain, parts).0)
    }

    /// [`RosterState`].
    pub fn roster() -> Self {
        Self::of("amanat/state/roster", &[])
    }
    /// [`Member`].
    pub fn member(member: MemberId) -> Self {
        Self::of("amanat/state/member", &[&member.number().to_be_bytes()])
    }
    /// [`NetworkLimits`].
    pub fn limits() -> Self {
        Self::of("amanat/state/limits", &[])
    }
    /// [`Proposals`] that are open or scheduled.
    pub fn proposals() -> Self {
        Self::of("amanat/state/proposals", &[])
    }
    /// [`Proposal`].
    pub fn proposal(proposal: &ProposalId) -> Self {
        Self::of("amanat/state/proposal", &[proposal.as_bytes()])
    }
    /// [`Actor`] that holds a key.
    pub fn actor(key: &PublicKey) -> Self {
        Self::of("amanat/state/actor", &[key.as_bytes()])
    }
    /// [`Sequence`] window of a key.
    pub fn sequence(key: &PublicKey) -> Self {
        Self::of("amanat/state/sequence", &[key.as_bytes()])
    }
    /// [`Practitioner`].
    pub fn practitioner(practitioner: &PractitionerId) -> Self {
        Self::of("amanat/state/practitioner", &[practitioner.as_bytes()])
    }
    /// [`Patient`].
    pub fn patient(patient: &PatientId) -> Self {
        Self::of("amanat/state/patient", &[patient.as_bytes()])
    }
    /// [`IndexOwner`].
    pub fn index(index: &BlindIndex) -> Self {
        Self::of("amanat/state/index", &[index.as_bytes()])
    }
    /// [`Encounter`].
    pub fn encounter(encounter: &EncounterId) -> Self {
        Self::of("amanat/state/encounter", &[encounter.as_bytes()])
    }
    /// [`GrantState`].
    pub fn grant(grant: &GrantId) -> Self {
        Self::of("amanat/state/grant", &[grant.as_bytes()])
    }
    /// [`Record`].
    pub fn record(record: &RecordId) -> Self {
        Self::of("amanat/state/record", &[record.as_bytes()])
    }
    /// [`Succession`] of a member.
    pub fn succession(member: MemberId) -> Self {
        Self::of("amanat/state/succession", &[&member.number().to_be_bytes()])
    }
    /// [`Ticket`].
    pub fn ticket(ticket: &TicketId) -> Self {
        Self::of("amanat/state/ticket", &[ticket.as_bytes()])
    }
    /// [`Emergencies`] of a practitioner.
    pub fn emergencies(practitioner: &PractitionerId) -> Self {
        Self::of("amanat/state/emergencies", &[practitioner.as_bytes()])
    }
    /// [`AnchorState`] of a member's journal.
    pub fn anchor(member: MemberId, journal: JournalKind) -> Self {
        Self::of(
            "amanat/state/anchor",
            &[&member.number().to_be_bytes(), &[journal.number()]],
        )
    }
    /// [`Person`].
    pub fn person(patient: &PatientId) -> Self {
        Self::of("amanat/state/person", &[patient.as_bytes()])
    }
}

impl StateKey {
    /// [`Restrictions`] of a patient.
    pub fn restrictions(patient: &PatientId) -> Self {
        Self::of("amanat/state/restrictions", &[patient.as_bytes()])
    }
    /// [`PermitState`].
    pub fn permit(permit: &PermitId) -> Self {
        Self::of("amanat/state/permit", &[permit.as_bytes()])
    }
    /// [`TeamState`] of an encounter.
    pub fn team(encounter: &EncounterId) -> Self {
        Self::of("amanat/state/team", &[encounter.as_bytes()])
    }
    /// [`OrderState`].
    pub fn order(order: &OrderId) -> Self {
        Self::of("amanat/state/order", &[order.as_bytes()])
    }
    /// [`Amendments`] of a record.
    pub fn amendments(record: &RecordId) -> Self {
        Self::of("amanat/state/amendments", &[record.as_bytes()])
    }
    /// [`MandateState`].
    pub fn mandate(mandate: &MandateId) -> Self {
        Self::of("amanat/state/mandate", &[mandate.as_bytes()])
    }
    /// [`DisclosureState`].
    pub fn disclosure(disclosure: &DisclosureId) -> Self {
        Self::of("amanat/state/disclosure", &[disclosure.as_bytes()])
    }
    /// [`GlassDay`] of a member.
    pub fn glass_member(member: MemberId) -> Self {
        Self::of(
            "amanat/state/glass-member",
            &[&member.number().to_be_bytes()],
        )
    }
    /// [`GlassDay`] of a practitioner.
    pub fn glass_practitioner(practitioner: &PractitionerId) -> Self {
        Self::of(
            "amanat/state/glass-practitioner",
            &[practitioner.as_bytes()],
        )
    }
    /// [`ReviewState`] of broken glass, by a reviewing member.
    pub fn review(ticket: &TicketId, reviewer: MemberId) -> Self {
        Self::of(
            "amanat/state/review",
            &[ticket.as_bytes(), &reviewer.number().to_be_bytes()],
        )
    }
    /// [`NamesOwed`] by a member.
    pub fn names_owed(member: MemberId) -> Self {
        Self::of("amanat/state/names-owed", &[&member.number().to_be_bytes()])
    }
    /// [`NameState`] of the staff on a ticket.
    pub fn name(ticket: &TicketId) -> Self {
        Self::of("amanat/state/name", &[ticket.as_bytes()])
    }
    /// [`BreachState`] of a ticket.
    pub fn breach(ticket: &TicketId) -> Self {
        Self::of("amanat/state/breach", &[ticket.as_bytes()])
    }
    /// [`StudyState`].
    pub fn study(study: &StudyId) -> Self {
        Self::of("amanat/state/study", &[study.as_bytes()])
    }
    /// [`EnrolmentState`].
    pub fn enrolment(enrolment: &EnrolmentId) -> Self {
        Self::of("amanat/state/enrolment", &[enrolment.as_bytes()])
    }
    /// [`Jurisdiction`](crate::Jurisdiction) of a member.
    pub fn jurisdiction(member: MemberId) -> Self {
        Self::of(
            "amanat/state/jurisdiction",
            &[&member.number().to_be_bytes()],
        )
    }
    /// [`Retention`].
    pub fn retention() -> Self {
        Self::of("amanat/state/retention", &[])
    }
    /// [`HoldState`].
    pub fn hold(hold: &HoldId) -> Self {
        Self::of("amanat/state/hold", &[hold.as_bytes()])
    }
    /// [`Holds`] on a record.
    pub fn holds(record: &RecordId) -> Self {
        Self::of("amanat/state/holds", &[record.as_bytes()])
    }
    /// [`ErasureState`] of a record.
    pub fn erasure(record: &RecordId) -> Self {
        Self::of("amanat/state/erasure", &[record.as_bytes()])
    }
    /// [`Results`] of an order.
    pub fn results(order: &OrderId) -> Self {
        Self::of("amanat/state/results", &[order.as_bytes()])
    }
}

impl std::fmt::Display for StateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}
impl std::fmt::Debug for StateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StateKey({self})")
    }
}
impl Write for StateKey {
    fn write(&self, buf: &mut impl BufMut) {
        buf.put_slice(&self.0);
    }
}
impl FixedSize for StateKey {
    const SIZE: usize = 32;
}
impl Read for StateKey {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        Ok(Self(<[u8; 32]>::read(buf)?))
    }
}
