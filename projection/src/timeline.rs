//! Read model 2: what happened to a patient's cards, guardians, consents and encounters, in the order of the ledger.
use crate::fold::BasisRow;
use crate::log::Place;
use crate::model::{ReadModel, decode};
use crate::notice::Untold;
use crate::store::{Batch, Table};
use amanat_client::Fault;
use amanat_types::code::GrantAccess;
use amanat_types::state::BasisRef;
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
    /// What happened: `PatientRegistered`, `CardIssued`, `CardWasBlocked`, `EncounterOpened`, `EncounterClosed`,
    /// `ConsentGranted`, `ConsentRevoked`, or one of the events about cards and persons of protocol version 3.
    pub event: Event,
}
codec_struct!(Moment {
    place,
    time_ms,
    transaction,
    event
});

/// A grant, a permit, an order or an encounter that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenBasis {
    /// Which.
    pub basis: BasisRef,
    /// Of a grant, what it lets its grantee do.
    pub access: Option<GrantAccess>,
    /// The event that opened it: `EncounterOpened`, `ConsentGranted`, `PermitGiven` or `OrderPlaced`.
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

    /// The grants, permits, orders and encounters of a patient that are open at the tip, oldest first. A visit that was closed with a grace
    /// is among them until the grace is over.
    pub fn open_bases(&self, patient: &PatientId) -> Result<Vec<OpenBasis>, Fault> {
        let view = self.store().view()?;
        let (now, mut open) = (self.time_ms(), Vec::new());
        for moment in self.timeline(patient)? {
            let basis = match &moment.event {
                Event::EncounterOpened(event) => BasisRef::Encounter(event.encounter),
                Event::ConsentGranted(event) => BasisRef::Grant(event.grant),
                Event::PermitGiven(event) if event.from_ms <= now => BasisRef::Permit(event.permit),
                Event::OrderPlaced(event) => BasisRef::Order(event.order),
                Event::EncounterClosed(event) => {
                    close(&mut open, &BasisRef::Encounter(event.encounter));
                    continue;
                }
                Event::ConsentRevoked(event) => {
                    close(&mut open, &BasisRef::Grant(event.grant));
                    continue;
                }
                Event::VisitClosed(event) => {
                    read_only(&mut open, &BasisRef::Encounter(event.encounter));
                    continue;
                }
                Event::PermitTakenBack(event) => {
                    close(&mut open, &BasisRef::Permit(event.permit));
                    continue;
                }
                Event::OrderClosed(event) => {
                    close(&mut open, &BasisRef::Order(event.order));
                    continue;
                }
                _ => continue,
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

/// Nothing is written any more under a visit that was closed.
fn read_only(open: &mut [OpenBasis], basis: &BasisRef) {
    for one in open.iter_mut().filter(|one| one.basis == *basis) {
        if let Event::EncounterOpened(event) = &mut one.opened {
            event.write = false;
        }
    }
}

fn close(open: &mut Vec<OpenBasis>, basis: &BasisRef) {
    open.retain(|one| one.basis != *basis);
}
