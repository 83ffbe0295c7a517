//! The fold: one block's events into the read models, in one pass, in the order of the ledger.
use crate::log::{self, AccessEntry, Act, EndCause, Place, TicketEnded};
use crate::model::decode;
use crate::store::{Batch, Table, View};
use crate::timeline::{self, Moment};
use crate::{amendment, custody, journals, opened, outbox, record};
use amanat_client::Fault;
use amanat_types::code::GrantAccess;
use amanat_types::event::{EmergencyJustified, TicketIssued};
use amanat_types::state::BasisRef;
use amanat_types::wire::BlockEvents;
use amanat_types::{
    Event, GrantId, Height, PatientId, TicketId, TimestampMs, TransactionId, codec_struct,
};
use commonware_codec::Encode as _;
use std::collections::{BTreeMap, BTreeSet};

mod care;
mod erasure;
mod law;
mod persons;
mod study;

/// Ticket id -> [`TicketRow`].
const TICKET: Table = Table::new("ticket");
/// Open tickets: key: ticket id; value: its end.
const OPEN: Table = Table::new("ticket-open");
/// List: basis; key: ticket id, while the ticket is open.
const BY_BASIS: Table = Table::new("ticket-by-basis");
/// Grant or encounter -> [`BasisRow`].
const BASIS: Table = Table::new("basis");

/// The last block that was folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tip {
    pub(crate) height: Height,
    pub(crate) time_ms: TimestampMs,
}
codec_struct!(Tip { height, time_ms });

impl Tip {
    pub(crate) const START: Self = Self {
        height: Height::new(0),
        time_ms: TimestampMs::new(0),
    };
}

/// What the events do not say and the state does, once and for ever: each is asked of the node when its event comes by.
#[derive(Clone, Debug, Default)]
pub struct Lookups {
    /// On what each ticket stands.
    pub bases: BTreeMap<TicketId, BasisRef>,
    /// What each grant lets its grantee do.
    pub grants: BTreeMap<GrantId, GrantAccess>,
}

/// A grant or an encounter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BasisRow {
    /// End at the latest, exclusive.
    pub(crate) until_ms: TimestampMs,
    /// Of a grant, what it lets its grantee do.
    pub(crate) access: Option<GrantAccess>,
}
codec_struct!(BasisRow { until_ms, access });

impl BasisRow {
    /// The row of a grant or an encounter.
    pub(crate) fn load(view: &View<'_>, basis: &BasisRef) -> Result<Option<Self>, Fault> {
        let row = view.get(BASIS, b"", &basis.encode())?;
        row.map(|bytes| decode(&bytes)).transpose()
    }
}

/// What later events and releases must know of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TicketRow {
    pub(crate) patient: Option<PatientId>,
    pub(crate) transaction: TransactionId,
    basis: BasisRef,
    end_ms: TimestampMs,
    end_by_basis: bool,
}
codec_struct!(TicketRow {
    patient,
    transaction,
    basis,
    end_ms,
    end_by_basis
});

impl TicketRow {
    pub(crate) fn load(batch: &Batch<'_>, ticket: &TicketId) -> Result<Option<Self>, Fault> {
        let row = batch.get(TICKET, b"", ticket.as_bytes())?;
        row.map(|bytes| decode(&bytes)).transpose()
    }

    pub(crate) fn view(view: &View<'_>, ticket: &TicketId) -> Result<Option<Self>, Fault> {
        let row = view.get(TICKET, b"", ticket.as_bytes())?;
        row.map(|bytes| decode(&bytes)).transpose()
    }

    /// On what it stands.
    pub(crate) const fn basis(&self) -> &BasisRef {
        &self.basis
    }

    /// The log's entry for its end by time, before the block at `height`.
    pub(crate) fn ended_by_time(
        &self,
        ticket: TicketId,
        end_ms: TimestampMs,
        height: Height,
    ) -> AccessEntry {
        let cause = match self.end_by_basis {
            true => EndCause::BasisExpired,
            false => EndCause::Expired,
        };
        AccessEntry {
            place: Place::before(height),
            time_ms: end_ms,
            transaction: None,
            act: Act::TicketEnded(TicketEnded { ticket, cause }),
        }
    }
}

/// The open tickets by their ends.
pub(crate) fn open_tickets(view: &View<'_>) -> Result<BTreeSet<(TimestampMs, TicketId)>, Fault> {
    let rows = view.scan(OPEN, b"")?;
    let end = |row: &crate::Row| Ok((decode(&row.value)?, decode(&row.key)?));
    rows.iter().map(end).collect()
}

/// List of the open tickets on a basis; the directory never ends.
fn basis_key(basis: &BasisRef) -> Option<Vec<u8>> {
    match basis {
        BasisRef::Directory(_) => None,
        // Staff without a card read under the visit, and end with it.
        BasisRef::Care(care) => Some(BasisRef::Encounter(care.encounter).encode().to_vec()),
        _ => Some(basis.encode().to_vec()),
    }
}

/// A fold on its way over consecutive blocks.
pub(crate) struct Fold<'b> {
    tip: Tip,
    ends: BTreeSet<(TimestampMs, TicketId)>,
    lookups: &'b Lookups,
}

/// Where and when an event stands.
#[derive(Clone, Copy)]
struct At {
    place: Place,
    time_ms: TimestampMs,
    transaction: TransactionId,
}

impl At {
    const fn entry(self, act: Act) -> AccessEntry {
        AccessEntry {
            place: self.place,
            time_ms: self.time_ms,
            transaction: Some(self.transaction),
            act,
        }
    }

    const fn anchor(self) -> record::Anchor {
        record::Anchor {
            place: self.place,
            time_ms: self.time_ms,
            transaction: self.transaction,
        }
    }

    /// An event as a moment of its patient's timeline.
    fn moment(self, event: &Event) -> Moment {
        Moment {
            place: self.place,
            time_ms: self.time_ms,
            transaction: self.transaction,
            event: event.clone(),
        }
    }
}

impl<'b> Fold<'b> {
    pub(crate) const fn new(
        tip: Tip,
        ends: BTreeSet<(TimestampMs, TicketId)>,
        lookups: &'b Lookups,
    ) -> Self {
        Self { tip, ends, lookups }
    }

    /// The open tickets after the fold.
    pub(crate) fn finish(self) -> BTreeSet<(TimestampMs, TicketId)> {
        self.ends
    }

    /// Folds a block above the tip. Blocks without events are not folded.
    pub(crate) fn block(
        &mut self,
        batch: &mut Batch<'_>,
        block: &BlockEvents,
    ) -> Result<(), Fault> {
        check(self.tip.height, block)?;
        self.expire(batch, block)?;
        outbox::due(batch, block.time_ms)?;
        for (transaction, events) in (0u32..).zip(&block.events) {
            for (event, what) in (0u32..).zip(&events.events) {
                let at = At {
                    place: Place::event(block.height, transaction, event),
                    time_ms: block.time_ms,
                    transaction: events.transaction,
                };
                self.event(batch, at, what)?;
                outbox::fold(batch, &at.moment(what), self.lookups)?;
            }
        }
        self.tip = Tip {
            height: block.height,
            time_ms: block.time_ms,
        };
        Ok(())
    }

    /// Tickets whose time was over when this block was made: the first with a transaction since, so that a refold puts the
    /// end in the same place. An end is exclusive.
    fn expire(&mut self, batch: &mut Batch<'_>, block: &BlockEvents) -> Result<(), Fault> {
        while let Some(first) = self.ends.first().copied()
            && first.0 <= block.time_ms
        {
            // Here, and not only by what the row says: a row with another end would come up again for ever.
            self.ends.remove(&first);
            let (end_ms, ticket) = first;
            let row = TicketRow::load(batch, &ticket)?;
            let row = row.ok_or_else(|| crate::model::damaged("an open ticket is missing"))?;
            let entry = row.ended_by_time(ticket, end_ms, block.height);
            self.end(batch, ticket, &row, &entry)?;
        }
        Ok(())
    }

    /// A ticket ends: it leaves the open ones, and the log says so.
    fn end(
        &mut self,
        batch: &mut Batch<'_>,
        ticket: TicketId,
        row: &TicketRow,
        entry: &AccessEntry,
    ) -> Result<(), Fault> {
        self.ends.remove(&(row.end_ms, ticket));
        batch.remove(OPEN, b"", ticket.as_bytes())?;
        if let Some(basis) = basis_key(&row.basis) {
            batch.remove(BY_BASIS, &basis, ticket.as_bytes())?;
        }
        persons::unlist(batch, ticket, &row.basis)?;
        study::unlist(batch, ticket, &row.basis)?;
        log::put(batch, row.patient, entry)
    }

    fn event(&mut self, batch: &mut Batch<'_>, at: At, event: &Event) -> Result<(), Fault> {
        match event {
            Event::PatientRegistered(_)
            | Event::CardIssued(_)
            | Event::CardWasBlocked(_)
            | Event::CardWasSuspended(_)
            | Event::CardWasResumed(_)
            | Event::CardRenewed(_)
            | Event::ReissueAsked(_)
            | Event::ReissueVetoed(_)
            | Event::CardActivated(_)
            | Event::GuardianLinked(_)
            | Event::GuardianUnlinked(_)
            | Event::IncapacityRecorded(_)
            | Event::IncapacityEnded(_)
            | Event::DeathRecorded(_)
            | Event::DeathRetracted(_)
            | Event::SecondKeyWasSet(_) => {
                timeline::fold(batch, &at.moment(event))?;
                self.person(batch, at, event)
            }
            Event::PractitionerLeft(left) => {
                let basis = BasisRef::Emergency(left.practitioner);
                self.close(batch, at, &basis, EndCause::PractitionerLeft)
            }
            Event::EncounterOpened(opened) => {
                let row = BasisRow {
                    until_ms: opened.until_ms,
                    access: None,
                };
                let basis = BasisRef::Encounter(opened.encounter).encode();
                batch.put(BASIS, b"", &basis, &row.encode())?;
                timeline::fold(batch, &at.moment(event))
            }
            Event::ConsentGranted(granted) => {
                let access = self.lookups.grants.get(&granted.grant).copied();
                let row = BasisRow {
                    until_ms: granted.until_ms,
                    access: Some(access.ok_or_else(|| not_in_state("a grant"))?),
                };
                let basis = BasisRef::Grant(granted.grant).encode();
                batch.put(BASIS, b"", &basis, &row.encode())?;
                timeline::fold(batch, &at.moment(event))
            }
            Event::EncounterClosed(closed) => {
                timeline::fold(batch, &at.moment(event))?;
                let basis = BasisRef::Encounter(closed.encounter);
                self.close(batch, at, &basis, EndCause::Discharged)
            }
            Event::ConsentRevoked(revoked) => {
                timeline::fold(batch, &at.moment(event))?;
                let basis = BasisRef::Grant(revoked.grant);
                self.close(batch, at, &basis, EndCause::ConsentRevoked)
            }
            _ => self.care_event(batch, at, event),
        }
    }

    /// Events of records, tickets and journals.
    fn record_event(&mut self, batch: &mut Batch<'_>, at: At, event: &Event) -> Result<(), Fault> {
        match event {
            Event::RecordDeposited(event) => record::deposited(batch, at.anchor(), event),
            Event::RecordAmended(event) => {
                amendment::superseded(batch, event)?;
                record::amended(batch, at.anchor(), event)
            }
            Event::RecordRetracted(event) => {
                record::retracted(batch, event)?;
                log::put(batch, None, &at.entry(Act::RecordRetracted(event.clone())))
            }
            Event::RecordsKept(event) => {
                custody::kept(batch, at.anchor(), event)?;
                log::put(batch, None, &at.entry(Act::RecordsKept(event.clone())))
            }
            Event::TicketIssued(issued) => self.issued(batch, at, issued),
            Event::AccessRefused(refused) => {
                let entry = at.entry(Act::AccessRefused(refused.clone()));
                log::put_refusal(batch, refused.patient, &entry)
            }
            Event::GlassBroken(broken) => {
                let entry = at.entry(Act::GlassBroken(broken.clone()));
                log::put(batch, Some(broken.patient), &entry)
            }
            Event::EmergencyJustified(event) => justified(batch, at, event),
            Event::GlassReviewed(event) => {
                opened::reviewed(batch, event)?;
                let entry = at.entry(Act::GlassReviewed(event.clone()));
                log::put(batch, event.patient, &entry)
            }
            Event::NameDemanded(event) => {
                let entry = at.entry(Act::NameDemanded(event.clone()));
                log::put(batch, event.patient, &entry)
            }
            Event::StaffNamed(event) => {
                let entry = at.entry(Act::StaffNamed(event.clone()));
                log::put(batch, event.patient, &entry)
            }
            Event::AmendmentAsked(event) => {
                amendment::asked(batch, at.time_ms, event)?;
                let entry = at.entry(Act::AmendmentAsked(event.clone()));
                log::put(batch, Some(event.patient), &entry)
            }
            Event::AmendmentAnswered(event) => {
                amendment::answered(batch, at.time_ms, event)?;
                let entry = at.entry(Act::AmendmentAnswered(event.clone()));
                log::put(batch, Some(event.patient), &entry)
            }
            Event::DisagreementStated(event) => {
                amendment::disagreed(batch, event)?;
                let entry = at.entry(Act::DisagreementStated(event.clone()));
                log::put(batch, Some(event.patient), &entry)
            }
            Event::BreachDeclared(event) => {
                let entry = at.entry(Act::BreachDeclared(event.clone()));
                log::put(batch, event.patient, &entry)
            }
            Event::JournalAnchored(event) => {
                journals::anchored(batch, at.place.height, at.transaction, event)
            }
            other => erasure::fold(batch, at, other),
        }
    }

    fn issued(
        &mut self,
        batch: &mut Batch<'_>,
        at: At,
        issued: &TicketIssued,
    ) -> Result<(), Fault> {
        let ticket = issued.ticket;
        let basis = self.lookups.bases.get(&ticket).copied();
        let basis = basis.ok_or_else(|| not_in_state("a ticket"))?;
        let key = basis_key(&basis);
        let latest: Option<BasisRow> = match &key {
            Some(key) => {
                let row = batch.get(BASIS, b"", key)?;
                row.map(|bytes| decode(&bytes)).transpose()?
            }
            None => None,
        };
        let end_ms = latest.map_or(issued.until_ms, |row| row.until_ms.min(issued.until_ms));
        let row = TicketRow {
            patient: issued.patient,
            transaction: at.transaction,
            basis,
            end_ms,
            end_by_basis: end_ms < issued.until_ms,
        };
        batch.put(TICKET, b"", ticket.as_bytes(), &row.encode())?;
        batch.put(OPEN, b"", ticket.as_bytes(), &end_ms.encode())?;
        self.ends.insert((end_ms, ticket));
        if let Some(key) = &key {
            batch.put(BY_BASIS, key, ticket.as_bytes(), b"")?;
        }
        persons::list(batch, ticket, &basis)?;
        study::list(batch, ticket, &basis)?;
        opened::issued(batch, (at.place, at.time_ms), issued)?;
        let entry = at.entry(Act::TicketIssued(issued.clone()));
        log::put(batch, issued.patient, &entry)
    }

    /// A basis ends: with it every ticket that stands on it.
    fn close(
        &mut self,
        batch: &mut Batch<'_>,
        at: At,
        basis: &BasisRef,
        cause: EndCause,
    ) -> Result<(), Fault> {
        for row in batch.scan(BY_BASIS, &basis.encode())? {
            let ticket: TicketId = decode(&row.key)?;
            let row = TicketRow::load(batch, &ticket)?;
            let row = row.ok_or_else(|| crate::model::damaged("an open ticket is missing"))?;
            self.end_for(batch, at, ticket, &row, cause)?;
        }
        Ok(())
    }

    /// A ticket ends for a cause.
    fn end_for(
        &mut self,
        batch: &mut Batch<'_>,
        at: At,
        ticket: TicketId,
        row: &TicketRow,
        cause: EndCause,
    ) -> Result<(), Fault> {
        let entry = at.entry(Act::TicketEnded(TicketEnded { ticket, cause }));
        self.end(batch, ticket, row, &entry)
    }
}

fn put_basis(
    batch: &mut Batch<'_>,
    basis: &BasisRef,
    until_ms: TimestampMs,
    access: Option<GrantAccess>,
) -> Result<(), Fault> {
    let row = BasisRow { until_ms, access };
    batch.put(BASIS, b"", &basis.encode(), &row.encode())
}

/// A block must be above the one before, and its events must stand beside its receipts.
fn check(after: Height, block: &BlockEvents) -> Result<(), Fault> {
    let found = block.height;
    if found <= after {
        let what = format!("block {found} came after block {after}");
        return Err(Fault::protocol("the own node", what));
    }
    if !block.is_matched() {
        let what = format!("the events of block {found} do not stand beside its receipts");
        return Err(Fault::protocol("the own node", what));
    }
    Ok(())
}

fn not_in_state(what: &str) -> Fault {
    let what = format!("{what} of an event is not in the state");
    Fault::protocol("the own node", what)
}

fn justified(batch: &mut Batch<'_>, at: At, event: &EmergencyJustified) -> Result<(), Fault> {
    opened::justified(batch, event)?;
    let row = TicketRow::load(batch, &event.ticket)?;
    let entry = at.entry(Act::EmergencyJustified(event.clone()));
    log::put(batch, row.and_then(|row| row.patient), &entry)
}
