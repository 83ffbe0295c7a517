//! Who was let read what, for whoever looks into a breach; and broken glass that waits for a review.
use crate::{Actor, Error, Exchange};
use amanat_client::{Ledger, Stores};
use amanat_projection::opened::DAY_MS;
use amanat_projection::{GlassRow, OpenedRow};
use amanat_types::{MemberId, PractitionerId, TimestampMs};

/// Longest period of one question.
pub const PERIOD_MS_MAX: u64 = 31 * DAY_MS;
/// Tickets of one answer at most.
pub const OPENED_MAX: usize = 5_000;

/// Whose tickets are asked about, and when they were issued.
#[derive(Clone, Copy, Debug)]
pub struct OpenedAsk {
    /// Which member's; this member's if nobody says.
    pub member: Option<MemberId>,
    /// Of which practitioner only.
    pub practitioner: Option<PractitionerId>,
    /// Begin, inclusive.
    pub start: TimestampMs,
    /// End, exclusive.
    pub end: TimestampMs,
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// The tickets on patients' records that somebody had in a period, in the order of the ledger.
    ///
    /// Errors: [`Error::Invalid`] (`end`: before the start, or too long after it, or more than [`OPENED_MAX`] tickets), [`Error::Fault`].
    pub fn opened(&self, actor: &Actor, ask: OpenedAsk) -> Result<Vec<OpenedRow>, Error> {
        self.admit(actor)?;
        if ask.end < ask.start || ask.end.since(ask.start) > PERIOD_MS_MAX {
            let days = PERIOD_MS_MAX / DAY_MS;
            let rule = format!("must be after the start, by at most {days} days");
            return Err(Error::invalid("end", rule));
        }
        let member = ask.member.unwrap_or_else(|| self.member());
        let mut found = Vec::new();
        for day in ask.start.get() / DAY_MS..=ask.end.get() / DAY_MS {
            let rows = self.inner.model.opened(member, day)?;
            let wanted = |row: &OpenedRow| {
                let practitioner = ask.practitioner;
                (ask.start..ask.end).contains(&row.time_ms)
                    && practitioner.is_none_or(|one| row.practitioner == Some(one))
            };
            found.extend(rows.into_iter().filter(wanted));
            if found.len() > OPENED_MAX {
                let rule = format!("must be nearer: these are more than {OPENED_MAX} tickets");
                return Err(Error::invalid("end", rule));
            }
        }
        Ok(found)
    }

    /// Broken glass of a member, of this one if nobody says, that it has not reviewed; the oldest first.
    pub fn glass_to_review(
        &self,
        actor: &Actor,
        member: Option<MemberId>,
    ) -> Result<Vec<GlassRow>, Error> {
        self.admit(actor)?;
        let member = member.unwrap_or_else(|| self.member());
        Ok(self.inner.model.glass_to_review(member)?)
    }
}
