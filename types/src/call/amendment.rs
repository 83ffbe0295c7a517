//! Requests that a record be amended. Since protocol version 3.
//!
//! What is asked, answered and disagreed is written in records of the same index as the record that it is about, by ordinary deposits: whoever
//! may open the record may open them. The ledger says which belong to which.
use super::{Openings, Unit};
use crate::code::AmendmentReason;
use crate::id::{PatientId, RecordId};

/// Asks the member of a record to amend it. Co-signed by who speaks for the patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskAmendment {
    /// Whose record it is.
    pub patient: PatientId,
    /// Which record: one that nothing supersedes.
    pub record: RecordId,
    /// The record of the sponsor that says what is wrong.
    pub request: RecordId,
    /// Shows that the record's index is the patient's.
    pub openings: Openings,
}
codec_struct!(AskAmendment {
    patient,
    record,
    request,
    openings
});

/// One request for the amendment of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AmendmentRef {
    /// The record that is to be amended.
    pub record: RecordId,
    /// Which of its requests, from 0.
    pub number: u8,
}
codec_struct!(AmendmentRef { record, number });

/// A refusal to amend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unamended {
    /// Why.
    pub reason: AmendmentReason,
    /// The record of the sponsor that explains it to the patient.
    pub letter: RecordId,
}
codec_struct!(Unamended { reason, letter });

/// What a member answers to a request for amendment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmendmentAnswer {
    /// It amended or took back the record.
    Accepted(Unit),
    /// It does not.
    Refused(Unamended),
    /// It needs longer, once; the record of the sponsor says why.
    Extended(RecordId),
}
codec_enum!(AmendmentAnswer { 1 => Accepted, 2 => Refused, 3 => Extended });

/// Answers a request for amendment. Signed by the member of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerAmendment {
    /// Which request.
    pub amendment: AmendmentRef,
    /// What.
    pub answer: AmendmentAnswer,
}
codec_struct!(AnswerAmendment { amendment, answer });

/// Disagrees with a refusal to amend. Co-signed by who speaks for the patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagree {
    /// Which request was refused.
    pub amendment: AmendmentRef,
    /// The record of the sponsor in which the patient says why.
    pub statement: RecordId,
}
codec_struct!(Disagree {
    amendment,
    statement
});
