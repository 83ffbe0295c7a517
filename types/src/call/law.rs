//! Mandates of authorities, and disclosures of a member's own records. Since protocol version 3.
use super::{Openings, Records};
use crate::code::{DisclosureCause, Purpose};
use crate::id::{Commitment, DisclosureId, LocalId, MandateId, MemberId, PatientId};
use crate::unit::TimestampMs;

/// Lets an authority read what a statute says it may. Signed by the authority, co-signed by two of its officers.
///
/// The statute stands behind a commitment: an act on one disease, beside a pseudonym, would tell the disease to every member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenMandate {
    /// Names the mandate.
    pub local: LocalId,
    /// Whose records.
    pub patient: PatientId,
    /// `PUBHLTH` or `HLEGAL`.
    pub purpose: Purpose,
    /// [`Commitment::text`] of statute, section and order, which the authority keeps, and opens to the patient and to a court.
    pub statute: Commitment,
    /// On which indexes, each opened as the patient's.
    pub openings: Openings,
    /// Until when, exclusive; at most 366 days.
    pub until_ms: TimestampMs,
    /// Until when whoever informs the patient must wait, where the law says so; at most 180 days. At once if there is none.
    pub notice_ms: Option<TimestampMs>,
}
codec_struct!(OpenMandate {
    local,
    patient,
    purpose,
    statute,
    openings,
    until_ms,
    notice_ms
});

/// Ends a mandate now. Signed by the authority, co-signed by two of its officers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndMandate {
    /// Which.
    pub mandate: MandateId,
}
codec_struct!(EndMandate { mandate });

/// Discloses records of which the sponsor is custodian: to an insurer for payment, or to an authority because the law makes it report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclose {
    /// Names the disclosure.
    pub local: LocalId,
    /// Whose records.
    pub patient: PatientId,
    /// To whom.
    pub recipient: MemberId,
    /// What for.
    pub cause: DisclosureCause,
    /// [`Commitment::text`] of the claim, or of the statute that demands the report; the sponsor keeps it.
    pub ground: Commitment,
    /// Which records; sorted, no repeats, at least one. With a record whose amendment was refused may go what the patient wrote about that
    /// elsewhere.
    pub records: Records,
    /// Of the index of every record, opened as the patient's.
    pub openings: Openings,
    /// Until when, exclusive; at most 180 days.
    pub until_ms: TimestampMs,
    /// Until when whoever informs the patient must wait: only of a report, at most 180 days.
    pub notice_ms: Option<TimestampMs>,
}
codec_struct!(Disclose {
    local,
    patient,
    recipient,
    cause,
    ground,
    records,
    openings,
    until_ms,
    notice_ms
});

/// Ends a disclosure now. Signed by its maker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndDisclosure {
    /// Which.
    pub disclosure: DisclosureId,
}
codec_struct!(EndDisclosure { disclosure });

/// A disclosure, and for what its recipient takes it: it must be what its maker said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Disclosed {
    /// Which.
    pub disclosure: DisclosureId,
    /// What for.
    pub cause: DisclosureCause,
}
codec_struct!(Disclosed { disclosure, cause });
