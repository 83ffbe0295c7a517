//! Events of research, since protocol version 3.
use crate::TimestampMs;
use crate::call::Indexes;
use crate::id::{Commitment, EnrolmentId, MemberId, PatientId, StudyId};

event! {
    /// A study was registered; it opens nothing before it is approved.
    StudyRegistered {
        /// Which.
        study: StudyId,
        /// Whose.
        member: MemberId,
        /// Commitment to the protocol.
        protocol: Commitment,
        /// End, exclusive.
        until_ms: TimestampMs,
    }
    /// A study was approved.
    StudyApproved {
        /// Which.
        study: StudyId,
        /// By which authority.
        authority: MemberId,
    }
    /// A study was ended.
    StudyClosed {
        /// Which.
        study: StudyId,
        /// By whom: its member, or the authority that had approved it.
        member: MemberId,
    }
    /// A patient was enrolled in a study.
    SubjectEnrolled {
        /// Which enrolment.
        enrolment: EnrolmentId,
        /// In which study.
        study: StudyId,
        /// Who.
        patient: PatientId,
        /// On what.
        indexes: Indexes,
        /// In force from then on; until then it may be taken back.
        from_ms: TimestampMs,
        /// End of the study, exclusive.
        until_ms: TimestampMs,
    }
    /// A patient was taken out of a study.
    SubjectWithdrawn {
        /// Which enrolment.
        enrolment: EnrolmentId,
        /// In which study.
        study: StudyId,
        /// Who.
        patient: PatientId,
    }
}
