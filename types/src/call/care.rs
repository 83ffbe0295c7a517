//! Care teams, the end of a visit with a grace, orders. Since protocol version 3.
use super::{Indexes, Records, Unit};
use crate::code::Role;
use crate::codec::List;
use crate::id::{EncounterId, LocalId, MemberId, OrderId, PractitionerId};
use crate::limits;
use crate::unit::TimestampMs;

/// Staff of the sponsor who hold no card: the member knows who is behind the pseudonym, and answers for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Care {
    /// The visit.
    pub encounter: EncounterId,
    /// The member's own name for the person: [`crate::StaffId::derive`].
    pub staff: LocalId,
    /// Role.
    pub role: Role,
    /// The member's own name for the ward: [`crate::WardId::derive`].
    pub ward: LocalId,
}
codec_struct!(Care {
    encounter,
    staff,
    role,
    ward
});

/// A role in a ward of the sponsor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WardRole {
    /// The ward.
    pub ward: LocalId,
    /// The role.
    pub role: Role,
}
codec_struct!(WardRole { ward, role });

/// A place in a care team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seat {
    /// A practitioner of the sponsor.
    Practitioner(PractitionerId),
    /// Staff without a card.
    Staff(LocalId),
    /// Whoever of the staff has this role in this ward.
    Ward(WardRole),
}
codec_enum!(Seat { 1 => Practitioner, 2 => Staff, 3 => Ward });

/// Says who cares for a patient during a visit, in place of what was said before. Co-signed by a clinician of the sponsor; by the
/// patient's card too where it loosens a strict team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignCare {
    /// The visit.
    pub encounter: EncounterId,
    /// Whether nobody else of the member may read.
    pub strict: bool,
    /// The team; sorted, no repeats, at least one.
    pub seats: List<Seat, { limits::SEATS_MAX }>,
}
codec_struct!(AssignCare {
    encounter,
    strict,
    seats
});

/// Ends writing under a visit now, and reading after a grace. Signed by its member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseVisit {
    /// The visit.
    pub encounter: EncounterId,
    /// How long its member may go on reading; at most 72 hours.
    pub grace_ms: u64,
}
codec_struct!(CloseVisit {
    encounter,
    grace_ms
});

/// What a referral opens beyond its indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referral {
    /// Whether the recipient may write under the indexes.
    pub write: bool,
    /// Only these records of the indexes, sorted; empty for all.
    pub records: Records,
}
codec_struct!(Referral { write, records });

/// What is ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// A test: the performer writes results, the requester reads those and nothing else.
    Test(Unit),
    /// A referral: the recipient reads what is named.
    Referral(Referral),
}
codec_enum!(Work { 1 => Test, 2 => Referral });

/// Orders a test or refers, out of an open encounter of the sponsor. Co-signed by one of its care team if that is strict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceOrder {
    /// Names the order.
    pub local: LocalId,
    /// Out of which encounter.
    pub encounter: EncounterId,
    /// Who performs it, or receives the referral.
    pub performer: MemberId,
    /// What.
    pub work: Work,
    /// On which indexes of the encounter; sorted, no repeats, at least one.
    pub indexes: Indexes,
    /// Until when, exclusive; at most 180 days.
    pub until_ms: TimestampMs,
}
codec_struct!(PlaceOrder {
    local,
    encounter,
    performer,
    work,
    indexes,
    until_ms
});

/// Ends an order now. Signed by the member that placed it, or co-signed by the patient's card under any sponsor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndOrder {
    /// Which.
    pub order: OrderId,
}
codec_struct!(EndOrder { order });
