//! Permits and restrictions: what a patient allows and denies. Since protocol version 3.
use super::{Indexes, Openings, Purposes, Records, Unit};
use crate::code::{GrantAccess, MemberKind, Role};
use crate::id::{
    Commitment, LocalId, MemberId, PatientId, PermitId, PractitionerId, RestrictionId,
};
use crate::jurisdiction::Jurisdiction;
use crate::unit::{Height, TimestampMs};

/// Practitioners of one role at any member of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleAtKind {
    /// Role.
    pub role: Role,
    /// Kind of the member.
    pub kind: MemberKind,
}
codec_struct!(RoleAtKind { role, kind });

/// Practitioners of one role at one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleAt {
    /// Role.
    pub role: Role,
    /// Member.
    pub member: MemberId,
}
codec_struct!(RoleAt { role, member });

/// Practitioners of one role at any member of a kind within a jurisdiction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleAtKindWithin {
    /// Role.
    pub role: Role,
    /// Kind of the member.
    pub kind: MemberKind,
    /// Where the member is. One that the members have placed nowhere is not among them.
    pub within: Jurisdiction,
}
codec_struct!(RoleAtKindWithin { role, kind, within });

/// A practitioner with its member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PractitionerAt {
    /// Who.
    pub practitioner: PractitionerId,
    /// Whose.
    pub member: MemberId,
}
codec_struct!(PractitionerAt {
    practitioner,
    member
});

/// To whom a permit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PermitGrantee {
    /// Any process of a member.
    Member(MemberId),
    /// One practitioner, who co-signs.
    Practitioner(PractitionerId),
    /// Practitioners of a role at any member of a kind; one co-signs.
    RoleAtKind(RoleAtKind),
    /// Practitioners of a role at a member; one co-signs.
    RoleAt(RoleAt),
    /// Practitioners of a role at any member of a kind within a jurisdiction; one co-signs.
    RoleAtKindWithin(RoleAtKindWithin),
}
codec_enum!(PermitGrantee {
    1 => Member,
    2 => Practitioner,
    3 => RoleAtKind,
    4 => RoleAt,
    5 => RoleAtKindWithin,
});

/// Heights, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Heights {
    /// The first.
    pub first: Height,
    /// The last.
    pub last: Height,
}
codec_struct!(Heights { first, last });

impl Heights {
    /// Whether `height` is among them.
    pub fn contains(&self, height: Height) -> bool {
        self.first <= height && height <= self.last
    }
}

/// Consent in more detail than `Grant`: to roles, to named records, to records of a time, with a start, or on witnessed paper.
/// Co-signed by the patient's card, or by two practitioners of the sponsor with different roles who witnessed paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// Names the permit.
    pub local: LocalId,
    /// Who consents.
    pub patient: PatientId,
    /// To whom.
    pub grantee: PermitGrantee,
    /// To do what.
    pub access: GrantAccess,
    /// For which purposes; sorted, no repeats, at least one.
    pub purposes: Purposes,
    /// On which indexes, each opened as the patient's.
    pub openings: Openings,
    /// Only on these records of those indexes, sorted; empty for all.
    pub records: Records,
    /// Only on records that were deposited at these heights.
    pub deposited: Option<Heights>,
    /// From when.
    pub from_ms: TimestampMs,
    /// Until when, exclusive.
    pub until_ms: TimestampMs,
    /// [`Commitment::text`] of the signed form, which the sponsor keeps: set for witnessed paper.
    pub form: Option<Commitment>,
}
codec_struct!(Permit {
    local,
    patient,
    grantee,
    access,
    purposes,
    openings,
    records,
    deposited,
    from_ms,
    until_ms,
    form
});

/// Ends a permit now. Co-signed by the patient's card; one on paper also by its sponsor alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokePermit {
    /// Which.
    pub permit: PermitId,
}
codec_struct!(RevokePermit { permit });

/// Whom a restriction denies. Whoever does not say who acts is denied by any of a practitioner or a role that could mean it, and a member of
/// which it is not known where it is by any place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denied {
    /// Everyone.
    Everyone(Unit),
    /// A member.
    Member(MemberId),
    /// One practitioner.
    Practitioner(PractitionerAt),
    /// A role, anywhere.
    Role(Role),
    /// A role at a member.
    RoleAt(RoleAt),
    /// Every member that is not known to be within a jurisdiction.
    Outside(Jurisdiction),
    /// Every member that is not known to be outside of a jurisdiction.
    Within(Jurisdiction),
}
codec_enum!(Denied {
    1 => Everyone,
    2 => Member,
    3 => Practitioner,
    4 => Role,
    5 => RoleAt,
    6 => Outside,
    7 => Within,
});

/// What a restriction is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Covered {
    /// Everything of the patient.
    All(Unit),
    /// These indexes, sorted.
    Indexes(Indexes),
    /// These records, sorted.
    Records(Records),
}
codec_enum!(Covered { 1 => All, 2 => Indexes, 3 => Records });

/// What a patient denies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// To whom.
    pub who: Denied,
    /// To read, to write, or both.
    pub access: GrantAccess,
    /// For which purposes, sorted without repeats; empty for all. A write is for treatment.
    pub purposes: Purposes,
    /// On what.
    pub what: Covered,
    /// Until when, exclusive.
    pub until_ms: TimestampMs,
}
codec_struct!(Restriction {
    who,
    access,
    purposes,
    what,
    until_ms
});

/// Denies. Co-signed by the patient's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restrict {
    /// Names the restriction.
    pub local: LocalId,
    /// Who denies.
    pub patient: PatientId,
    /// What.
    pub restriction: Restriction,
}
codec_struct!(Restrict {
    local,
    patient,
    restriction
});

/// Ends a restriction now. Co-signed by the patient's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiftRestriction {
    /// Whose.
    pub patient: PatientId,
    /// Which.
    pub restriction: RestrictionId,
}
codec_struct!(LiftRestriction {
    patient,
    restriction
});
