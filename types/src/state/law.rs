//! State of access by law and for payment, since protocol version 3: mandates and disclosures.
use crate::TimestampMs;
use crate::call::{Indexes, Records};
use crate::code::{DisclosureCause, Purpose};
use crate::id::{Commitment, MemberId, PatientId};

/// What an authority may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandateState {
    /// The authority.
    pub member: MemberId,
    /// Whose records.
    pub patient: PatientId,
    /// What for.
    pub purpose: Purpose,
    /// Commitment to statute and order.
    pub statute: Commitment,
    /// On what; sorted.
    pub indexes: Indexes,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// Until when whoever informs the patient waits.
    pub notice_ms: Option<TimestampMs>,
    /// When it was ended, if it was.
    pub ended_ms: Option<TimestampMs>,
}
codec_struct!(MandateState {
    member,
    patient,
    purpose,
    statute,
    indexes,
    until_ms,
    notice_ms,
    ended_ms
});

/// Records that a member disclosed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisclosureState {
    /// Who disclosed them, and was their custodian.
    pub member: MemberId,
    /// Whose records.
    pub patient: PatientId,
    /// To whom.
    pub recipient: MemberId,
    /// What for.
    pub cause: DisclosureCause,
    /// Commitment to the claim, or to the statute.
    pub ground: Commitment,
    /// Which of its own; sorted.
    pub records: Records,
    /// What the patient wrote elsewhere about a refusal to amend one of those: records of other members; sorted.
    pub notes: Records,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// Until when whoever informs the patient waits.
    pub notice_ms: Option<TimestampMs>,
    /// When it was ended, if it was.
    pub ended_ms: Option<TimestampMs>,
}
codec_struct!(DisclosureState {
    member,
    patient,
    recipient,
    cause,
    ground,
    records,
    notes,
    until_ms,
    notice_ms,
    ended_ms
});
