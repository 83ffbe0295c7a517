//! What a patient may not be told yet: mandates of authorities and reports to them whose notice the law puts off (45 CFR 164.528(a)(2)).
//!
//! The ledger holds them from the first; what is put off is that a member's gateway tells the patient. Everything is folded at once and held
//! back when it is read, until the tip's time reaches the notice: with what was held back, so that nothing is left out for good.
use crate::fold::TicketRow;
use crate::log::{AccessEntry, Act};
use crate::model::decode;
use crate::store::{Batch, Table, View};
use amanat_client::Fault;
use amanat_types::call::Disclosed;
use amanat_types::code::BasisKind;
use amanat_types::state::BasisRef;
use amanat_types::{Event, MemberId, PatientId, TicketId, TimestampMs, codec_struct};
use commonware_codec::Encode as _;
use std::collections::BTreeSet;

/// List: patient; key: basis; value: [`Notice`]. Only of those that are put off.
const NOTICE: Table = Table::new("notice");

/// A notice that is put off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Who reads on this basis.
    reader: MemberId,
    /// Until when.
    notice_ms: TimestampMs,
}
codec_struct!(Notice { reader, notice_ms });

/// The mandate or disclosure that an event is about; nothing for other events.
pub(crate) const fn basis(event: &Event) -> Option<BasisRef> {
    let (disclosure, cause) = match event {
        Event::MandateOpened(event) => return Some(BasisRef::Mandate(event.mandate)),
        Event::MandateClosed(event) => return Some(BasisRef::Mandate(event.mandate)),
        Event::RecordsDisclosed(event) => (event.disclosure, event.cause),
        Event::DisclosureClosed(event) => (event.disclosure, event.cause),
        _ => return None,
    };
    Some(BasisRef::Disclosure(Disclosed { disclosure, cause }))
}

/// Keeps a notice that is put off.
pub(crate) fn fold(batch: &mut Batch<'_>, event: &Event) -> Result<(), Fault> {
    let (patient, reader, notice_ms) = match event {
        Event::MandateOpened(event) => (event.patient, event.member, event.notice_ms),
        Event::RecordsDisclosed(event) => (event.patient, event.recipient, event.notice_ms),
        _ => return Ok(()),
    };
    match (basis(event), notice_ms) {
        (Some(basis), Some(notice_ms)) => {
            let notice = Notice { reader, notice_ms };
            let key = basis.encode();
            batch.put(NOTICE, patient.as_bytes(), &key, &notice.encode())
        }
        _ => Ok(()),
    }
}

/// Until when the notice of a basis is put off, if it is.
pub(crate) fn put_off(
    batch: &Batch<'_>,
    patient: &PatientId,
    basis: &BasisRef,
) -> Result<Option<TimestampMs>, Fault> {
    let row = batch.get(NOTICE, patient.as_bytes(), &basis.encode())?;
    let notice: Option<Notice> = row.map(|bytes| decode(&bytes)).transpose()?;
    Ok(notice.map(|notice| notice.notice_ms))
}

/// What one patient may not be told at one time.
pub(crate) struct Untold {
    bases: BTreeSet<Vec<u8>>,
    readers: BTreeSet<MemberId>,
}

impl Untold {
    /// Of `patient` at `now`.
    pub(crate) fn of(
        view: &View<'_>,
        patient: &PatientId,
        now: TimestampMs,
    ) -> Result<Self, Fault> {
        let (mut bases, mut readers) = (BTreeSet::new(), BTreeSet::new());
        for row in view.scan(NOTICE, patient.as_bytes())? {
            let notice: Notice = decode(&row.value)?;
            if now < notice.notice_ms {
                bases.insert(row.key);
                readers.insert(notice.reader);
            }
        }
        Ok(Self { bases, readers })
    }

    /// Whether an event of the timeline may be told.
    pub(crate) fn tells(&self, event: &Event) -> bool {
        basis(event).is_none_or(|basis| !self.holds(&basis))
    }

    /// Whether an entry of the access log may be told. A refusal names no mandate: those of whoever reads under one that is put off are held
    /// back with it.
    pub(crate) fn tells_entry(&self, view: &View<'_>, entry: &AccessEntry) -> Result<bool, Fault> {
        if self.bases.is_empty() {
            return Ok(true);
        }
        match &entry.act {
            Act::TicketIssued(issued) => self.tells_ticket(view, &issued.ticket),
            Act::TicketEnded(ended) => self.tells_ticket(view, &ended.ticket),
            Act::Released(released) => self.tells_ticket(view, &released.ticket),
            Act::BreachDeclared(event) => self.tells_ticket(view, &event.ticket),
            Act::AccessRefused(refused) => {
                let by_law = refused.basis == BasisKind::Law;
                Ok(!(by_law && self.readers.contains(&refused.member)))
            }
            Act::GlassBroken(_)
            | Act::EmergencyJustified(_)
            | Act::GlassReviewed(_)
            | Act::NameDemanded(_)
            | Act::StaffNamed(_)
            | Act::AmendmentAsked(_)
            | Act::AmendmentAnswered(_)
            | Act::DisagreementStated(_)
            | Act::RecordRetracted(_)
            | Act::RecordsHeld(_)
            | Act::HoldEnded(_)
            | Act::RecordsErased(_)
            | Act::ErasureConfirmed(_)
            | Act::RecordsKept(_) => Ok(true),
        }
    }

    fn tells_ticket(&self, view: &View<'_>, ticket: &TicketId) -> Result<bool, Fault> {
        let row = TicketRow::view(view, ticket)?;
        Ok(row.is_none_or(|row| !self.holds(row.basis())))
    }

    fn holds(&self, basis: &BasisRef) -> bool {
        self.bases.contains(&*basis.encode())
    }
}
