//! State of research since protocol version 3: studies and enrolments.
use crate::TimestampMs;
use crate::call::Indexes;
use crate::id::{Commitment, MemberId, PatientId, StudyId};

/// A study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StudyState {
    /// Whose.
    pub member: MemberId,
    /// Commitment to the protocol.
    pub protocol: Commitment,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// The authority that approved it, if one did.
    pub approved_by: Option<MemberId>,
    /// When it was ended, if it was.
    pub ended_ms: Option<TimestampMs>,
}
codec_struct!(StudyState {
    member,
    protocol,
    until_ms,
    approved_by,
    ended_ms
});

/// A subject's part in a study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentState {
    /// In which study.
    pub study: StudyId,
    /// Who.
    pub patient: PatientId,
    /// On what; sorted.
    pub indexes: Indexes,
    /// In force from then on.
    pub from_ms: TimestampMs,
    /// When it was withdrawn, if it was.
    pub withdrawn_ms: Option<TimestampMs>,
}
codec_struct!(EnrolmentState {
    study,
    patient,
    indexes,
    from_ms,
    withdrawn_ms
});
