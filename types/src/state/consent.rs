//! State of consent since protocol version 3: permits and restrictions.
use crate::call::{Covered, Heights, Indexes, PermitGrantee, Purposes, Records, Restriction};
use crate::code::GrantAccess;
use crate::codec::List;
use crate::id::{Commitment, MemberId, PatientId, RestrictionId};
use crate::{TimestampMs, limits};

/// A permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermitState {
    /// By whom.
    pub patient: PatientId,
    /// Who carried it to the ledger; whose staff witnessed, if it is on paper.
    pub sponsor: MemberId,
    /// To whom.
    pub grantee: PermitGrantee,
    /// To do what.
    pub access: GrantAccess,
    /// For which purposes; sorted.
    pub purposes: Purposes,
    /// On what; sorted.
    pub indexes: Indexes,
    /// Only on these records, sorted; empty for all.
    pub records: Records,
    /// Only on records that were deposited at these heights.
    pub deposited: Option<Heights>,
    /// In force from then on.
    pub from_ms: TimestampMs,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// Commitment to the form, if it is on paper.
    pub form: Option<Commitment>,
    /// When it was revoked, if it was.
    pub revoked_ms: Option<TimestampMs>,
}
codec_struct!(PermitState {
    patient,
    sponsor,
    grantee,
    access,
    purposes,
    indexes,
    records,
    deposited,
    from_ms,
    until_ms,
    form,
    revoked_ms
});

/// A restriction with its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRestriction {
    /// Its id.
    pub id: RestrictionId,
    /// What it denies.
    pub restriction: Restriction,
}
codec_struct!(HeldRestriction { id, restriction });

/// What one patient denies. At most [`limits::RESTRICTIONS_MAX`] restrictions, which name at most [`limits::RESTRICTED_ITEMS_MAX`]
/// indexes and records together: less than 15 KiB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restrictions {
    /// In the order in which they were made; those that have ended are dropped when the next is made.
    pub held: List<HeldRestriction, { limits::RESTRICTIONS_MAX }>,
}
codec_struct!(Restrictions { held });

impl Restriction {
    /// How many indexes and records it names.
    pub fn items(&self) -> usize {
        match &self.what {
            Covered::All(_) => 0,
            Covered::Indexes(indexes) => indexes.len(),
            Covered::Records(records) => records.len(),
        }
    }
}
