//! Read model 7: who was let read what, by member and day, and broken glass that waits for its member's review.
//!
//! One row for each ticket on a patient's records: what a breach by somebody concerns is looked up here.
use crate::log::Place;
use crate::model::{ReadModel, decode};
use crate::store::{Batch, Table};
use amanat_client::Fault;
use amanat_types::code::BasisKind;
use amanat_types::event::{EmergencyJustified, GlassReviewed, TicketIssued};
use amanat_types::{
    MemberId, PatientId, PractitionerId, Purpose, TicketId, TimestampMs, codec_struct,
};
use commonware_codec::Encode as _;

/// List: member and day; key: place; value: [`OpenedRow`].
const OPENED: Table = Table::new("opened");
/// List: member; key: ticket; value: [`GlassRow`]; until the member has reviewed it.
const GLASS: Table = Table::new("glass-to-review");
/// Ticket on broken glass -> whose it is, as long as it stands in [`GLASS`].
const GLASS_OF: Table = Table::new("glass-of");

/// Milliseconds of a day, UTC.
pub const DAY_MS: u64 = 24 * 3_600_000;

/// A ticket on a patient's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenedRow {
    /// Which.
    pub ticket: TicketId,
    /// When it was issued.
    pub time_ms: TimestampMs,
    /// Whose records.
    pub patient: PatientId,
    /// Which practitioner asked, if one did by its own key.
    pub practitioner: Option<PractitionerId>,
    /// On which basis.
    pub basis: BasisKind,
    /// What for.
    pub purpose: Purpose,
    /// Its end at the latest, exclusive.
    pub until_ms: TimestampMs,
}
codec_struct!(OpenedRow {
    ticket,
    time_ms,
    patient,
    practitioner,
    basis,
    purpose,
    until_ms
});

/// Broken glass that waits for its member's review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlassRow {
    /// The ticket.
    pub opened: OpenedRow,
    /// Whether it was justified in time, once it was.
    pub justified: Option<bool>,
}
codec_struct!(GlassRow { opened, justified });

fn day_of(member: MemberId, day: u64) -> Vec<u8> {
    [member.number().to_be_bytes().as_slice(), &day.to_be_bytes()].concat()
}

/// Notes a ticket.
pub(crate) fn issued(
    batch: &mut Batch<'_>,
    (place, time_ms): (Place, TimestampMs),
    event: &TicketIssued,
) -> Result<(), Fault> {
    let Some(patient) = event.patient else {
        return Ok(());
    };
    let opened = OpenedRow {
        ticket: event.ticket,
        time_ms,
        patient,
        practitioner: event.practitioner,
        basis: event.basis,
        purpose: event.purpose,
        until_ms: event.until_ms,
    };
    let list = day_of(event.member, time_ms.get() / DAY_MS);
    batch.put(OPENED, &list, &place.encode(), &opened.encode())?;
    if event.basis == BasisKind::Emergency {
        let row = GlassRow {
            opened,
            justified: None,
        };
        let member = event.member.number().to_be_bytes();
        batch.put(GLASS, &member, event.ticket.as_bytes(), &row.encode())?;
        batch.put(GLASS_OF, b"", event.ticket.as_bytes(), &member)?;
    }
    Ok(())
}

/// Notes that broken glass was justified.
pub(crate) fn justified(batch: &mut Batch<'_>, event: &EmergencyJustified) -> Result<(), Fault> {
    let key = event.ticket.as_bytes();
    let Some(list) = batch.get(GLASS_OF, b"", key)? else {
        return Ok(());
    };
    let row = batch.get(GLASS, &list, key)?;
    let row = row.ok_or_else(|| crate::model::damaged("glass to review is missing"))?;
    let row = GlassRow {
        justified: Some(event.in_time),
        ..decode(&row)?
    };
    batch.put(GLASS, &list, key, &row.encode())
}

/// Broken glass that its own member has reviewed waits no more. What an authority found is its own matter.
pub(crate) fn reviewed(batch: &mut Batch<'_>, event: &GlassReviewed) -> Result<(), Fault> {
    let (member, key) = (
        event.reviewer.number().to_be_bytes(),
        event.ticket.as_bytes(),
    );
    let own = batch.get(GLASS_OF, b"", key)?;
    if own.as_deref() != Some(member.as_slice()) {
        return Ok(());
    }
    batch.remove(GLASS, &member, key)?;
    batch.remove(GLASS_OF, b"", key)
}

impl ReadModel {
    /// Tickets of a member that were issued on a day (number since 1970, UTC), in the order of the ledger.
    pub fn opened(&self, member: MemberId, day: u64) -> Result<Vec<OpenedRow>, Fault> {
        let rows = self.store().view()?.scan(OPENED, &day_of(member, day))?;
        rows.iter().map(|row| decode(&row.value)).collect()
    }

    /// Broken glass of a member that it has not reviewed, the oldest first.
    pub fn glass_to_review(&self, member: MemberId) -> Result<Vec<GlassRow>, Fault> {
        let list = member.number().to_be_bytes();
        let rows = self.store().view()?.scan(GLASS, &list)?;
        let rows = rows.iter().map(|row| decode(&row.value));
        let mut rows: Vec<GlassRow> = rows.collect::<Result<_, _>>()?;
        rows.sort_by_key(|row| (row.opened.time_ms, row.opened.ticket));
        Ok(rows)
    }
}
