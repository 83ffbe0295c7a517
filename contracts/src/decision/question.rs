//! What is asked: who, when, on which basis, of what.
use amanat_types::call::{Openings, ReadBasis, Scope, WriteBasis};
use amanat_types::state::Ticket;
use amanat_types::{
    BlindIndex, MemberId, PatientId, PractitionerId, Purpose, RecordId, TimestampMs,
};

/// The times of a decision. A call has one, the block's; whoever releases has two, the tip's and its own clock's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Decides what has begun, and whether what denies has ended: the earlier clock.
    pub earliest: TimestampMs,
    /// Decides whether what permits has ended: the later clock.
    pub latest: TimestampMs,
}

impl Moment {
    /// One time.
    pub const fn of(time_ms: TimestampMs) -> Self {
        Self {
            earliest: time_ms,
            latest: time_ms,
        }
    }

    /// Between two clocks.
    pub fn between(one: TimestampMs, other: TimestampMs) -> Self {
        Self {
            earliest: one.min(other),
            latest: one.max(other),
        }
    }
}

/// One question to [`super::decide`].
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// The member that asks, and answers for its staff.
    pub member: MemberId,
    /// Its practitioners who act: for a call those who co-signed and whose registrations have not ended, for a release the one on the
    /// ticket.
    pub present: &'q [PractitionerId],
    /// When.
    pub moment: Moment,
    /// On which basis, and of what.
    pub claim: Claim<'q>,
}

/// What the asker claims.
#[derive(Clone, Copy, Debug)]
pub enum Claim<'q> {
    /// A ticket is asked for.
    Read(Read<'q>),
    /// A record is to be written.
    Write(Write),
    /// Records are to be let go of under a ticket.
    Release(Release<'q>),
}

/// A ticket that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Read<'q> {
    /// Why it is lawful.
    pub basis: &'q ReadBasis,
    /// What for.
    pub purpose: Purpose,
    /// Whose records, as far as the asker knows.
    pub patient: Option<PatientId>,
    /// Which records.
    pub scope: &'q Scope,
    /// With basis `Patient`: openings of every index.
    pub openings: &'q Openings,
}

/// A record that is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Write {
    /// Why it is lawful.
    pub basis: WriteBasis,
    /// Index of the record.
    pub index: BlindIndex,
    /// The record that it supersedes.
    pub over: Option<RecordId>,
}

/// Records that are to be let go of.
#[derive(Clone, Copy, Debug)]
pub struct Release<'q> {
    /// The ticket, whose member asks.
    pub ticket: &'q Ticket,
    /// Which records.
    pub records: &'q [RecordId],
}
