//! Legal holds, and the erasure of records. Since protocol version 3.
use super::{HeldRecords, Openings};
use crate::id::{Commitment, HoldId, LocalId, PatientId};
use crate::unit::TimestampMs;

/// Forbids that records are erased, until a time. Signed by the custodian of all of them; or by an authority, co-signed by two of its
/// officers.
///
/// The ground stands behind a commitment, as that of a mandate does. Who knows whose the records are says so and shows it, so that the patient is told; an authority
/// that was given no openings holds them all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Names the hold.
    pub local: LocalId,
    /// Whose records, if that is said.
    pub patient: Option<PatientId>,
    /// Which records; sorted, no repeats, at least one.
    pub records: HeldRecords,
    /// Of the index of every record, opened as the patient's; none if no patient is named.
    pub openings: Openings,
    /// [`Commitment::text`] of the statute, the order or the claim, which whoever holds keeps, and opens to the patient and to a court.
    pub ground: Commitment,
    /// Until when, exclusive; at most [`HOLD_MS_MAX`](crate::limits::HOLD_MS_MAX) ahead.
    pub until_ms: TimestampMs,
}
codec_struct!(Hold {
    local,
    patient,
    records,
    openings,
    ground,
    until_ms
});

/// Ends a hold now. Signed by who placed it; that of an authority is co-signed by two of its officers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndHold {
    /// Which.
    pub hold: HoldId,
}
codec_struct!(EndHold { hold });

/// Erases records of which the sponsor is custodian: they are released to nobody any more, and whoever holds them deletes keys and
/// bytes. Co-signed by who speaks for the patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erase {
    /// Whose records.
    pub patient: PatientId,
    /// Which; sorted, no repeats, at least one.
    pub records: HeldRecords,
    /// Of the index of every record, opened as the patient's.
    pub openings: Openings,
}
codec_struct!(Erase {
    patient,
    records,
    openings
});

/// Says that the sponsor has deleted keys and bytes of erased records, of which it is holder or custodian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmErased {
    /// Which; sorted, no repeats, at least one.
    pub records: HeldRecords,
}
codec_struct!(ConfirmErased { records });
