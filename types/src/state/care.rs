//! State of care since protocol version 3: teams and orders.
use crate::call::{Indexes, Work};
use crate::code::Role;
use crate::codec::List;
use crate::id::{EncounterId, MemberId, PatientId, PractitionerId, RecordId, StaffId, WardId};
use crate::{TimestampMs, limits};

/// A role in a ward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WardSeat {
    /// The ward.
    pub ward: WardId,
    /// The role.
    pub role: Role,
}
codec_struct!(WardSeat { ward, role });

/// A place in a care team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TeamSeat {
    /// A practitioner.
    Practitioner(PractitionerId),
    /// Staff without a card.
    Staff(StaffId),
    /// Whoever of the staff has this role in this ward.
    Ward(WardSeat),
}
codec_enum!(TeamSeat { 1 => Practitioner, 2 => Staff, 3 => Ward });

/// Seats of one care team.
pub type TeamSeats = List<TeamSeat, { limits::SEATS_MAX }>;

/// Who cares for a patient during a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamState {
    /// Whether nobody else of the member may read.
    pub strict: bool,
    /// The team; sorted.
    pub seats: TeamSeats,
}
codec_struct!(TeamState { strict, seats });

/// Staff without a card who read under a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CareRef {
    /// The visit.
    pub encounter: EncounterId,
    /// Who.
    pub staff: StaffId,
    /// Role.
    pub role: Role,
    /// Ward.
    pub ward: WardId,
}
codec_struct!(CareRef {
    encounter,
    staff,
    role,
    ward
});

impl TeamState {
    /// Whether a practitioner has a seat.
    pub fn seats_practitioner(&self, id: PractitionerId) -> bool {
        let seat = TeamSeat::Practitioner(id);
        self.seats.binary_search(&seat).is_ok()
    }

    /// Whether staff without a card has a seat, of its own or by role and ward.
    pub fn seats_staff(&self, care: &CareRef) -> bool {
        let ward = TeamSeat::Ward(WardSeat {
            ward: care.ward,
            role: care.role,
        });
        [TeamSeat::Staff(care.staff), ward]
            .iter()
            .any(|seat| self.seats.binary_search(seat).is_ok())
    }
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderState {
    /// Who placed it.
    pub member: MemberId,
    /// Whose.
    pub patient: PatientId,
    /// Out of which encounter.
    pub encounter: EncounterId,
    /// Who performs it, or receives the referral.
    pub performer: MemberId,
    /// What.
    pub work: Work,
    /// On what; sorted.
    pub indexes: Indexes,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// When it was ended, if it was.
    pub ended_ms: Option<TimestampMs>,
}
codec_struct!(OrderState {
    member,
    patient,
    encounter,
    performer,
    work,
    indexes,
    until_ms,
    ended_ms
});

/// The records that were written under an order of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Results {
    /// In the order in which they were written.
    pub records: List<RecordId, { limits::RESULTS_MAX }>,
}
codec_struct!(Results { records });
