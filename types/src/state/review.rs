//! State of reviews since protocol version 3: how often glass was broken, what became of it, which names are owed.
use crate::codec::List;
use crate::id::{Commitment, MemberId, TicketId};
use crate::{TimestampMs, limits};

/// How often the glass was broken on one day, by a member or by a practitioner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GlassDay {
    /// Number of the day, UTC, since 1970.
    pub day: u64,
    /// How often.
    pub count: u32,
}
codec_struct!(GlassDay { day, count });

/// What one reviewing member found of broken glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewState {
    /// Whether it was right.
    pub upheld: bool,
    /// Commitment to the finding.
    pub finding: Commitment,
    /// When.
    pub time_ms: TimestampMs,
}
codec_struct!(ReviewState {
    upheld,
    finding,
    time_ms
});

/// A name that is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwedName {
    /// Of the staff on which ticket.
    pub ticket: TicketId,
    /// By when, exclusive.
    pub by_ms: TimestampMs,
}
codec_struct!(OwedName { ticket, by_ms });

/// Names that one member owes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamesOwed {
    /// In the order in which they were demanded.
    pub owed: List<OwedName, { limits::NAMES_OWED_MAX }>,
}
codec_struct!(NamesOwed { owed });

impl NamesOwed {
    /// Whether one is overdue at `now`.
    pub fn is_overdue(&self, now: TimestampMs) -> bool {
        self.owed.iter().any(|owed| owed.by_ms <= now)
    }
}

/// Who the staff on a ticket was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameState {
    /// The authority that demanded it.
    pub authority: MemberId,
    /// By when, exclusive.
    pub by_ms: TimestampMs,
    /// Commitment to who it was, once given.
    pub name: Option<Commitment>,
}
codec_struct!(NameState {
    authority,
    by_ms,
    name
});

/// A breach of what was opened under a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreachState {
    /// The member or authority that declared it.
    pub declared_by: MemberId,
    /// Commitment to what happened.
    pub statement: Commitment,
    /// When it was declared.
    pub time_ms: TimestampMs,
}
codec_struct!(BreachState {
    declared_by,
    statement,
    time_ms
});
