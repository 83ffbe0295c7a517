//! Studies and their subjects. Since protocol version 3.
use super::Openings;
use crate::id::{Commitment, EnrolmentId, LocalId, PatientId, StudyId};
use crate::unit::TimestampMs;

/// Registers a study of the sponsor, a research body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterStudy {
    /// Names the study.
    pub local: LocalId,
    /// [`Commitment::text`] of the protocol, which the sponsor keeps, and shows to who approves it and to whoever is asked to enrol.
    pub protocol: Commitment,
    /// End, exclusive; at most ten years.
    pub until_ms: TimestampMs,
}
codec_struct!(RegisterStudy {
    local,
    protocol,
    until_ms
});

/// Approves a study. Signed by an authority, co-signed by two of its officers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApproveStudy {
    /// Which.
    pub study: StudyId,
}
codec_struct!(ApproveStudy { study });

/// Ends a study now. Signed by its member; or by the authority that approved it, co-signed by two of its officers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndStudy {
    /// Which.
    pub study: StudyId,
}
codec_struct!(EndStudy { study });

/// Enrols a patient in an approved study. Co-signed by who speaks for the patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrol {
    /// Names the enrolment.
    pub local: LocalId,
    /// In which study.
    pub study: StudyId,
    /// Who.
    pub patient: PatientId,
    /// On which indexes, each opened as the patient's.
    pub openings: Openings,
}
codec_struct!(Enrol {
    local,
    study,
    patient,
    openings
});

/// Ends an enrolment now. Co-signed by who speaks for the patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdraw {
    /// Which.
    pub enrolment: EnrolmentId,
}
codec_struct!(Withdraw { enrolment });

/// A subject of a study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Enrolled {
    /// The study.
    pub study: StudyId,
    /// The enrolment.
    pub enrolment: EnrolmentId,
}
codec_struct!(Enrolled { study, enrolment });
