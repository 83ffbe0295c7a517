//! State of retention, legal holds and erasure, since protocol version 3.
use crate::call::HeldRecords;
use crate::codec::List;
use crate::id::{Commitment, HoldId, MemberId, PatientId};
use crate::{Height, TimestampMs, limits};

/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 3_600_000;

/// When a block was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionMark {
    /// The block.
    pub height: Height,
    /// Its time.
    pub time_ms: TimestampMs,
}
codec_struct!(RetentionMark { height, time_ms });

/// For how long a record is kept at least, and what tells how old one is.
///
/// A record says at which height it was deposited, and heights are no time: blocks come faster or slower. So the ledger notes from the vote
/// on, every [`limits::RETENTION_MARK_MS`], when a block was made, and a record counts from the first note that is not before it: later than it
/// was deposited, never earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// How many days; none at all if zero.
    pub days: u32,
    /// Blocks in their order; the first is the end of the epoch from which on the vote is in force.
    pub marks: List<RetentionMark, { limits::RETENTION_MARKS_MAX }>,
}
codec_struct!(Retention { days, marks });

impl Retention {
    /// Whether a record of `height` must still be kept at `now`.
    pub fn runs(&self, height: Height, now: TimestampMs) -> bool {
        if self.days == 0 {
            return false;
        }
        let from = self.marks.partition_point(|mark| mark.height < height);
        let kept_ms = u64::from(self.days).saturating_mul(DAY_MS);
        let old = |mark: &RetentionMark| now.since(mark.time_ms) >= kept_ms;
        !self.marks.get(from).is_some_and(old)
    }
}

/// A legal hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldState {
    /// Who placed it.
    pub member: MemberId,
    /// Whether as an authority, not as custodian.
    pub authority: bool,
    /// Whose records, if that was said.
    pub patient: Option<PatientId>,
    /// Which records; sorted.
    pub records: HeldRecords,
    /// Commitment to the ground.
    pub ground: Commitment,
    /// End, exclusive.
    pub until_ms: TimestampMs,
    /// When it was ended, if it was.
    pub ended_ms: Option<TimestampMs>,
}
codec_struct!(HoldState {
    member,
    authority,
    patient,
    records,
    ground,
    until_ms,
    ended_ms
});

/// One hold on a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldBy {
    /// Which.
    pub hold: HoldId,
    /// Its end, exclusive.
    pub until_ms: TimestampMs,
}
codec_struct!(HeldBy { hold, until_ms });

/// The holds on one record. One that was ended is not among them; one whose time is over counts no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holds {
    /// In the order in which they were placed.
    pub held: List<HeldBy, { limits::HOLDS_MAX }>,
}
codec_struct!(Holds { held });

impl Holds {
    /// Whether one is in force at `now`.
    pub fn stand(&self, now: TimestampMs) -> bool {
        self.held.iter().any(|one| now < one.until_ms)
    }
}

/// The tombstone of an erased record: nobody removes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureState {
    /// Whose record it was.
    pub patient: PatientId,
    /// When it was erased.
    pub time_ms: TimestampMs,
    /// Who said to have deleted key and bytes: of its custodian and its holders. Sorted.
    pub confirmed: List<MemberId, { limits::HOLDERS_MAX + 1 }>,
}
codec_struct!(ErasureState {
    patient,
    time_ms,
    confirmed
});
