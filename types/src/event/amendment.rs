//! Events of requests for amendment, since protocol version 3.
use crate::TimestampMs;
use crate::call::{AmendmentAnswer, AmendmentRef};
use crate::id::{MemberId, PatientId, RecordId};

event! {
    /// A patient asked that a record be amended.
    AmendmentAsked {
        /// Which request.
        amendment: AmendmentRef,
        /// Whose record.
        patient: PatientId,
        /// The member that is to answer.
        member: MemberId,
        /// The record that says what is wrong.
        request: RecordId,
        /// By when it is to be answered, exclusive.
        by_ms: TimestampMs,
    }
    /// A request for amendment was answered.
    AmendmentAnswered {
        /// Which request.
        amendment: AmendmentRef,
        /// Whose record.
        patient: PatientId,
        /// The member that answered.
        member: MemberId,
        /// What.
        answer: AmendmentAnswer,
        /// Whether within the time.
        in_time: bool,
    }
    /// A patient disagreed with a refusal to amend. Whoever is given the record is given the statement.
    DisagreementStated {
        /// Which request was refused.
        amendment: AmendmentRef,
        /// Whose record.
        patient: PatientId,
        /// The record in which the patient says why.
        statement: RecordId,
    }
}
