//! Read model 5: the outbox. What a patient is told of without asking, numbered in the order in which it may be told.
//!
//! It is folded, so that it is as durable as the ledger: a crash loses no notice, and a refold numbers them alike. Whoever sends notices on keeps the number of
//! the last that was sent, and asks for those after it: each is told at least once, and known by its number.
//!
//! What the law keeps from the patient for a while waits, with every ticket that stands on it, and is numbered when its time has come.
use crate::fold::{Lookups, TicketRow};
use crate::model::{ReadModel, decode};
use crate::notice;
use crate::store::{Batch, Table};
use crate::timeline::{self, Moment};
use amanat_client::Fault;
use amanat_types::{Event, MemberId, PatientId, TimestampMs, codec_struct};
use commonware_codec::Encode as _;

/// Number, big-endian -> [`Told`].
const OUTBOX: Table = Table::new("outbox");
/// The number of the last notice.
const LAST: Table = Table::new("outbox-last");
/// List of what waits: key: until when, then place; value: [`Moment`].
const WAITING: Table = Table::new("outbox-waiting");

/// Until when the first of what waits does; absent if nothing waits.
const FIRST: Table = Table::new("outbox-first");
/// Patient -> the member that registered it.
const REGISTRAR: Table = Table::new("registrar");

/// A row of the outbox.
pub(crate) struct Told {
    told_ms: TimestampMs,
    moment: Moment,
}
codec_struct!(Told { told_ms, moment });

/// Something that a patient is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its number, from 1.
    pub number: u64,
    /// Whom it is for.
    pub patient: PatientId,
    /// From when on it may be told: the time of a block.
    pub told_ms: TimestampMs,
    /// What happened, when.
    pub moment: Moment,
}

/// Whom an event is told to; nothing if it is told to nobody without asking.
const fn addressee(event: &Event) -> Option<PatientId> {
    match event {
        Event::TicketIssued(event) => event.patient,
        Event::GlassBroken(event) => Some(event.patient),
        Event::GlassReviewed(event) => event.patient,
        Event::NameDemanded(event) => event.patient,
        Event::StaffNamed(event) => event.patient,
        Event::BreachDeclared(event) => event.patient,
        Event::AmendmentAsked(event) => Some(event.patient),
        Event::AmendmentAnswered(event) => Some(event.patient),
        Event::DisagreementStated(event) => Some(event.patient),
        Event::RecordsErased(event) => Some(event.patient),
        Event::RecordsHeld(event) => event.patient,
        Event::HoldEnded(event) => event.patient,
        // The ticket of a visit tells of it; who cares for whom in it is the house's own matter.
        Event::EncounterOpened(_)
        | Event::EncounterClosed(_)
        | Event::VisitClosed(_)
        | Event::CareAssigned(_)
        | Event::OrderClosed(_) => None,
        other => timeline::patient(other),
    }
}

/// Keeps a notice of an event, if there is one to give.
pub(crate) fn fold(batch: &mut Batch<'_>, moment: &Moment, lookups: &Lookups) -> Result<(), Fault> {
    let event = &moment.event;
    if let Event::PatientRegistered(event) = event {
        let member = event.member.encode();
        batch.put(REGISTRAR, b"", event.patient.as_bytes(), &member)?;
    }
    let Some(patient) = addressee(event) else {
        return Ok(());
    };
    let basis = match event {
        Event::TicketIssued(issued) => lookups.bases.get(&issued.ticket).copied(),
        // What was read while the patient may not know of it is not told by its breach either.
        Event::BreachDeclared(event) => {
            TicketRow::load(batch, &event.ticket)?.map(|row| *row.basis())
        }
        other => notice::basis(other),
    };
    let put_off = match basis {
        Some(basis) => notice::put_off(batch, &patient, &basis)?,
        None => None,
    };
    match put_off.filter(|until| moment.time_ms < *until) {
        Some(until) => {
            let key = [until.encode(), moment.place.encode()].concat();
            batch.put(WAITING, b"", &key, &moment.encode())?;
            match first(batch)?.is_some_and(|first| first <= until) {
                true => Ok(()),
                false => batch.put(FIRST, b"", b"", &until.encode()),
            }
        }
        None => append(batch, moment.time_ms, moment.clone()),
    }
}

/// Numbers what waited until `now` or before.
///
/// A block before the first of them costs one read, however many wait.
pub(crate) fn due(batch: &mut Batch<'_>, now: TimestampMs) -> Result<(), Fault> {
    if first(batch)?.is_none_or(|first| now < first) {
        return Ok(());
    }
    batch.remove(FIRST, b"", b"")?;
    for row in batch.scan(WAITING, b"")? {
        let until = row.key.first_chunk::<8>().copied().map(u64::from_be_bytes);
        let until = until.ok_or_else(|| crate::model::damaged("what waits has no time"))?;
        if now.get() < until {
            batch.put(FIRST, b"", b"", &TimestampMs::new(until).encode())?;
            break;
        }
        batch.remove(WAITING, b"", &row.key)?;
        append(batch, now, decode(&row.value)?)?;
    }
    Ok(())
}

/// Until when the first of what waits does.
fn first(batch: &Batch<'_>) -> Result<Option<TimestampMs>, Fault> {
    let first = batch.get(FIRST, b"", b"")?;
    first.map(|bytes| decode(&bytes)).transpose()
}

fn append(batch: &mut Batch<'_>, told_ms: TimestampMs, moment: Moment) -> Result<(), Fault> {
    let last = batch.get(LAST, b"", b"")?;
    let last: u64 = last.map_or(Ok(0), |bytes| decode(&bytes))?;
    let number = last.saturating_add(1);
    batch.put(LAST, b"", b"", &number.encode())?;
    let told = Told { told_ms, moment };
    batch.put(OUTBOX, b"", &number.to_be_bytes(), &told.encode())
}

impl ReadModel {
    /// The member that registered a patient.
    pub fn registrar(&self, patient: &PatientId) -> Result<Option<MemberId>, Fault> {
        let member = self
            .store()
            .view()?
            .get(REGISTRAR, b"", patient.as_bytes())?;
        member.map(|bytes| decode(&bytes)).transpose()
    }

    /// At most `most` notices after number `after`, whoever they are for.
    pub fn notices(&self, after: u64, most: usize) -> Result<Vec<Notice>, Fault> {
        let view = self.store().view()?;
        let mut notices = Vec::new();
        let mut number = after;
        while notices.len() < most {
            number = number.saturating_add(1);
            let Some(row) = view.get(OUTBOX, b"", &number.to_be_bytes())? else {
                break;
            };
            let Told { told_ms, moment } = decode(&row)?;
            let patient = addressee(&moment.event);
            let patient = patient.ok_or_else(|| crate::model::damaged("a notice is nobody's"))?;
            notices.push(Notice {
                number,
                patient,
                told_ms,
                moment,
            });
        }
        Ok(notices)
    }
}
