//! What a Consent says, without FHIR's ways of saying it.
use amanat_types::call::{Heights, RoleAt, RoleAtKind, RoleAtKindWithin};
use amanat_types::code::{GrantAccess, Role};
use amanat_types::limits::TICKET_RECORDS_MAX;
use amanat_types::{
    BlindIndex, Jurisdiction, MemberId, PractitionerId, Purpose, RecordId, TimestampMs,
};

use crate::Category;

/// Identifiers, and categories, of one Consent.
pub const LABELS_MAX: usize = 8;
/// Provisions of one Consent.
pub const PROVISIONS_MAX: usize = 32;
/// Actors of one provision.
pub const ACTORS_MAX: usize = 16;
/// Purposes of one provision.
pub const PURPOSES_MAX: usize = 8;
/// Classes of one provision.
pub const CLASSES_MAX: usize = 64;
/// Records of one provision.
pub const RECORDS_MAX: usize = TICKET_RECORDS_MAX;

/// A Consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Its id, if it has one.
    pub id: Option<String>,
    /// Its business identifiers, at most [`LABELS_MAX`].
    pub identifiers: Vec<Identifier>,
    /// Its status.
    pub status: Status,
    /// What kind of consent it says to be: 1 to [`LABELS_MAX`].
    pub categories: Vec<Coding>,
    /// Whose: the id of a Patient.
    pub patient: String,
    /// When it was given, as written: a date or an instant.
    pub date_time: Option<String>,
    /// Whether it says that the patient gave it.
    pub by_patient: bool,
    /// The member that carries it.
    pub organization: Option<MemberId>,
    /// The base rule.
    pub policy: Policy,
    /// Bounds every provision.
    pub period: Period,
    /// The exceptions: 1 to [`PROVISIONS_MAX`].
    pub provisions: Vec<Provision>,
}

/// A business identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// System: a URI.
    pub system: String,
    /// Value.
    pub value: String,
}

/// A code of a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coding {
    /// System: a URI.
    pub system: String,
    /// Code.
    pub code: String,
}

/// The status of a Consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Being written.
    Draft,
    /// Not agreed yet.
    Proposed,
    /// In force.
    Active,
    /// Not agreed.
    Rejected,
    /// Over.
    Inactive,
    /// Never meant.
    EnteredInError,
}

/// The base rule that a Consent names. Both mean the network's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// `network`, of [`POLICY`](super::POLICY).
    Network,
    /// `OPTINR`, of HL7 v3 ActCode: opt-in with restrictions.
    OptInRestricted,
}

/// From when until when; either may be open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// Start, inclusive.
    pub from_ms: Option<TimestampMs>,
    /// End, exclusive. FHIR's end is inclusive: `...T23:59:59Z` is exclusive at the next second, `...T23:59:59.999Z` at the next millisecond.
    pub until_ms: Option<TimestampMs>,
}

/// An exception to the base rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provision {
    /// Adds.
    Permit(Permit),
    /// Takes away.
    Deny(Deny),
}

/// What is permitted. Lists are sorted without repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// When, within the period of the Consent, of which the open ends are taken.
    pub period: Period,
    /// To whom: 1 to [`ACTORS_MAX`].
    pub actors: Vec<Actor>,
    /// To do what.
    pub access: GrantAccess,
    /// For which purposes: 1 to [`PURPOSES_MAX`].
    pub purposes: Vec<Purpose>,
    /// On what: 1 to [`CLASSES_MAX`].
    pub classes: Vec<Class>,
    /// Only on these records of it; empty for all.
    pub records: Vec<RecordId>,
    /// Only on what was deposited at these heights.
    pub deposited: Option<Heights>,
}

/// What is denied. Lists are sorted without repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deny {
    /// Until when, within the period of the Consent, of which the open end is taken. A deny begins at once.
    pub until_ms: Option<TimestampMs>,
    /// To whom; empty for everyone.
    pub actors: Vec<Actor>,
    /// To do what.
    pub access: GrantAccess,
    /// For which purposes; empty for all.
    pub purposes: Vec<Purpose>,
    /// On what.
    pub on: On,
}

/// What a deny is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// Everything of the patient.
    All,
    /// These classes: 1 to [`CLASSES_MAX`].
    Classes(Vec<Class>),
    /// These records: 1 to [`RECORDS_MAX`].
    Records(Vec<RecordId>),
}

/// A class of a patient's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Of this category.
    Category(Category),
    /// Of this blind index: for whoever does not know the category.
    Index(BlindIndex),
}

/// Who is permitted or denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// A member.
    Member(MemberId),
    /// A practitioner.
    Practitioner(PractitionerId),
    /// A role anywhere; of a deny only.
    Role(Role),
    /// A role at a member.
    RoleAt(RoleAt),
    /// A role at any member of a kind; of a permit only.
    RoleAtKind(RoleAtKind),
    /// A role at any member of a kind within a jurisdiction; of a permit only.
    RoleAtKindWithin(RoleAtKindWithin),
    /// Every member that is not known to be within a jurisdiction; of a deny only.
    Outside(Jurisdiction),
    /// Every member that is not known to be outside of a jurisdiction; of a deny only.
    Within(Jurisdiction),
}

impl Consent {
    /// From when until when a period of a provision holds, with the open ends filled by the period of the Consent.
    pub fn span(&self, own: Period) -> Period {
        self.period.narrowed(own)
    }

    /// The categories that its provisions name, sorted without repeats.
    pub fn named(&self) -> Vec<Category> {
        let mut named: Vec<Category> = self
            .provisions
            .iter()
            .flat_map(|one| match one {
                Provision::Permit(permit) => permit.classes.as_slice(),
                Provision::Deny(deny) => match &deny.on {
                    On::Classes(classes) => classes.as_slice(),
                    On::All | On::Records(_) => &[],
                },
            })
            .filter_map(|class| match class {
                Class::Category(category) => Some(*category),
                Class::Index(_) => None,
            })
            .collect();
        named.sort_unstable();
        named.dedup();
        named
    }
}

impl Period {
    /// The period `own`, with its open ends taken from this one.
    pub(super) fn narrowed(self, own: Self) -> Self {
        Self {
            from_ms: own.from_ms.or(self.from_ms),
            until_ms: own.until_ms.or(self.until_ms),
        }
    }
}

impl Deny {
    /// Its period as FHIR has one.
    pub const fn period(&self) -> Period {
        Period {
            from_ms: None,
            until_ms: self.until_ms,
        }
    }
}

impl Status {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::Draft,
        Self::Proposed,
        Self::Active,
        Self::Rejected,
        Self::Inactive,
        Self::EnteredInError,
    ];

    /// The code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Proposed => "proposed",
            Self::Active => "active",
            Self::Rejected => "rejected",
            Self::Inactive => "inactive",
            Self::EnteredInError => "entered-in-error",
        }
    }

    /// The status of a code.
    pub fn find(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

impl Policy {
    /// All.
    pub const ALL: [Self; 2] = [Self::Network, Self::OptInRestricted];

    /// System and code.
    pub const fn coding(self) -> (&'static str, &'static str) {
        match self {
            Self::Network => (super::POLICY, "network"),
            Self::OptInRestricted => (super::ACT_CODE, "OPTINR"),
        }
    }

    /// The policy of a coding.
    pub(super) fn find(coding: (&str, &str)) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.coding() == coding)
    }
}
