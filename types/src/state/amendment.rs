//! State of requests for amendment since protocol version 3.
use crate::call::Unamended;
use crate::codec::List;
use crate::id::{PatientId, RecordId};
use crate::{TimestampMs, limits};

/// Requests that one record be amended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendments {
    /// Whose record.
    pub patient: PatientId,
    /// In the order in which they were made.
    pub asked: List<AmendmentState, { limits::AMENDMENTS_MAX }>,
}
codec_struct!(Amendments { patient, asked });

/// A request for amendment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmendmentState {
    /// The record that says what is wrong.
    pub request: RecordId,
    /// When it was asked.
    pub asked_ms: TimestampMs,
    /// By when it is to be answered, exclusive.
    pub by_ms: TimestampMs,
    /// The record that says why it takes longer, if the time was extended.
    pub extended: Option<RecordId>,
    /// The answer, if there is one.
    pub answered: Option<AmendmentVerdict>,
    /// The record in which the patient disagrees, if it does.
    pub disagreement: Option<RecordId>,
}
codec_struct!(AmendmentState {
    request,
    asked_ms,
    by_ms,
    extended,
    answered,
    disagreement
});

/// What became of a request for amendment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmendmentVerdict {
    /// When.
    pub time_ms: TimestampMs,
    /// Why not, if it was refused.
    pub refused: Option<Unamended>,
}
codec_struct!(AmendmentVerdict { time_ms, refused });
