//! Read model 2: what happened to a patient's cards, guardians, consents and encounters, in the order of the ledger.
use crate::fold::BasisRow;
use crate::log::Place;
use crate::model::{ReadModel, decode};
use crate::notice::{self, Untold};
use crate::store::{Batch, Table};
use amanat_client::Fault;
use amanat_types::call::Enrolled;
use amanat_types::code::GrantAccess;
use amanat_types::codec::List;
use amanat_types::receipt::TransactionEvents;
use amanat_types::state::BasisRef;
use amanat_types::wire::BlockEvents;
use amanat_types::{Event, PatientId, TimestampMs, TransactionId, codec_struct};
use commonware_codec::Encode as _;

/// List: patient; key: place.
const TIMELINE: Table = Table::new("timeline");

/// One moment of a patient's timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Where on the ledger.
    pub place: Place,
    /// Time of the block.
    pub time_ms: TimestampMs,
    /// The transaction, for its receipt.
    pub transaction: TransactionId,
    /// What happened: an event that names the patient, and is no access.
    pub event: Event,
}
codec_struct!(Moment {
    place,
    time_ms,
    transaction,
    event
});

/// A basis that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenBasis {
    /// Which.
    pub basis: BasisRef,
    /// Of a grant, what it lets its grantee do.
    pub access: Option<GrantAccess>,
    /// The event that opened it; of a visit that was closed with a grace, as it is since: to read only, until the grace is over.
    pub opened: Event,
}

/// Whose timeline an event belongs to.
pub(crate) const fn patient(event: &Event) -> Option<PatientId> {
    match event {
        Event::PatientRegistered(event) => Some(event.patient),
        Event::CardIssued(event) => Some(event.patient),
        Event::CardWasBlocked(event) => Some(event.patient),
        Event::CardWasSuspended(event) => Some(event.patient),
        Event::CardWasResumed(event) => Some(event.patient),
        Event::CardRenewed(event) => Some(event.patient),
        Event::ReissueAsked(event) => Some(event.patient),
        Event::ReissueVetoed(event) => Some(event.patient),
        Event::CardActivated(event) => Some(event.patient),
        Event::GuardianLinked(event) => Some(event.patient),
        Event::GuardianUnlinked(event) => Some(event.patient),
        Event::IncapacityRecorded(event) => Some(event.patient),
        Event::IncapacityEnded(event) => Some(event.patient),
        Event::DeathRecorded(event) => Some(event.patient),
        Event::DeathRetracted(event) => Some(event.patient),
        Event::SecondKeyWasSet(event) => Some(event.patient),
        Event::EncounterOpened(event) => Some(event.patient),
        Event::EncounterClosed(event) => Some(event.patient),
        Event::ConsentGranted(event) => Some(event.patient),
        Event::ConsentRevoked(event) => Some(event.patient),
        Event::CareAssigned(event) => Some(event.patient),
        Event::OrderPlaced(event) => Some(event.patient),
        Event::OrderClosed(event) => Some(event.patient),
        Event::VisitClosed(event) => Some(event.patient),
        Event::PermitGiven(event) => Some(event.patient),
        Event::PermitTakenBack(event) => Some(event.patient),
        Event::RestrictionSet(event) => Some(event.patient),
        Event::RestrictionLifted(event) => Some(event.patient),
        Event::SubjectEnrolled(event) => Some(event.patient),
        Event::SubjectWithdrawn(event) => Some(event.patient),
        Event::MandateOpened(event) => Some(event.patient),
        Event::MandateClosed(event) => Some(event.patient),
        Event::RecordsDisclosed(event) => Some(event.patient),
        Event::DisclosureClosed(event) => Some(event.patient),
        _ => None,
    }
}

/// What a block says of one patient's timeline, if it says anything. A model that folds this alone has of that patient the same timeline and the
/// same open bases as one that folds everything; of nobody else, and no access log.
pub fn of_patient(block: &BlockEvents, whose: &PatientId) -> Option<BlockEvents> {
    let concerns = |event: &&Event| patient(event).as_ref() == Some(whose);
    let mut any = false;
    let events = block.events.iter().map(|one| {
        let kept: Vec<Event> = one.events.iter().filter(concerns).cloned().collect();
        any |= !kept.is_empty();
        TransactionEvents {
            transaction: one.transaction,
            events: List::new(kept).unwrap_or_else(|_| List::empty()),
        }
    });
    let events: Vec<TransactionEvents> = events.collect();
    let events = List::new(events).ok().filter(|_| any)?;
    Some(BlockEvents {
        events,
        ..block.clone()
    })
}

pub(crate) fn fold(batch: &mut Batch<'_>, moment: &Moment) -> Result<(), Fault> {
    match patient(&moment.event) {
        None => Ok(()),
        Some(patient) => {
            let key = moment.place.encode();
            batch.put(TIMELINE, patient.as_bytes(), &key, &moment.encode())
        }
    }
}

impl ReadModel {
    /// A patient's timeline, oldest first, but for what the law keeps from the patient for a while.
    pub fn timeline(&self, patient: &PatientId) -> Result<Vec<Moment>, Fault> {
        let view = self.store().view()?;
        let untold = Untold::of(&view, patient, self.time_ms())?;
        let rows = view.scan(TIMELINE, patient.as_bytes())?;
        let moments: Result<Vec<Moment>, Fault> =
            rows.iter().map(|row| decode(&row.value)).collect();
        let told = moments?.into_iter();
        Ok(told.filter(|moment| untold.tells(&moment.event)).collect())
    }

    /// What lets somebody read or write a patient's records at the tip, oldest first: grants, permits, orders, encounters, mandates, disclosures,
    /// enrolments in studies. A visit that was closed with a grace is among them until the grace is over; what the law keeps from the
    /// patient for a while is not.
    pub fn open_bases(&self, patient: &PatientId) -> Result<Vec<OpenBasis>, Fault> {
        let view = self.store().view()?;
        let (now, mut open) = (self.time_ms(), Vec::new());
        for moment in self.timeline(patient)? {
            if let Some(basis) = ended(&moment.event) {
                open.retain(|one: &OpenBasis| one.basis != basis);
            }
            if let Event::VisitClosed(event) = &moment.event {
                let visit = BasisRef::Encounter(event.encounter);
                read_only(&mut open, &visit, event.until_ms);
            }
            let Some(basis) = begun(&moment.event, now) else {
                continue;
            };
            let row = BasisRow::load(&view, &basis)?;
            let row = row.ok_or_else(|| crate::model::damaged("a basis is missing"))?;
            if now < row.until_ms {
                open.push(OpenBasis {
                    basis,
                    access: row.access,
                    opened: moment.event,
                });
            }
        }
        Ok(open)
    }
}

/// The basis that an event opened, if that is in force.
fn begun(event: &Event, now: TimestampMs) -> Option<BasisRef> {
    match event {
        Event::EncounterOpened(event) => Some(BasisRef::Encounter(event.encounter)),
        Event::ConsentGranted(event) => Some(BasisRef::Grant(event.grant)),
        Event::PermitGiven(event) if event.from_ms <= now => Some(BasisRef::Permit(event.permit)),
        Event::OrderPlaced(event) => Some(BasisRef::Order(event.order)),
        Event::SubjectEnrolled(event) if event.from_ms <= now => Some(BasisRef::Study(Enrolled {
            study: event.study,
            enrolment: event.enrolment,
        })),
        Event::MandateOpened(_) | Event::RecordsDisclosed(_) => notice::basis(event),
        _ => None,
    }
}

/// The basis that an event ended. The end of a study, which names no patient, is judged where somebody asks.
fn ended(event: &Event) -> Option<BasisRef> {
    match event {
        Event::EncounterClosed(event) => Some(BasisRef::Encounter(event.encounter)),
        Event::ConsentRevoked(event) => Some(BasisRef::Grant(event.grant)),
        Event::PermitTakenBack(event) => Some(BasisRef::Permit(event.permit)),
        Event::OrderClosed(event) => Some(BasisRef::Order(event.order)),
        Event::SubjectWithdrawn(event) => Some(BasisRef::Study(Enrolled {
            study: event.study,
            enrolment: event.enrolment,
        })),
        Event::MandateClosed(_) | Event::DisclosureClosed(_) => notice::basis(event),
        _ => None,
    }
}

/// Nothing is written any more under a visit that was closed, and what is read ends with its grace.
fn read_only(open: &mut [OpenBasis], basis: &BasisRef, until_ms: TimestampMs) {
    for one in open.iter_mut().filter(|one| one.basis == *basis) {
        if let Event::EncounterOpened(event) = &mut one.opened {
            (event.write, event.until_ms) = (false, until_ms);
        }
    }
}
