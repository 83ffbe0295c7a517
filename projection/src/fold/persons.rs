//! Events about persons: what takes the word of a card or a guardian away ends the tickets that it asked for.
//!
//! What ends by time alone and stands in no event of its own (a card's expiry, the end of an incapacity that called a contingent guardian)
//! ends the ticket at its own end here, and earlier for whoever releases.
use super::{At, BASIS, BasisRow, Fold, TicketRow};
use crate::log::EndCause;
use crate::model::decode;
use crate::same;
use crate::store::{Batch, Table};
use amanat_client::Fault;
use amanat_types::code::LinkKind;
use amanat_types::state::{BasisRef, Spoken};
use amanat_types::{Event, PatientId, TicketId};
use commonware_codec::Encode as _;

/// List: patient, or guardian; key: id of an open ticket that the guardian asked for.
const BY_PERSON: Table = Table::new("ticket-by-person");

/// An open ticket of a guardian is listed for both.
pub(super) fn list(batch: &mut Batch<'_>, ticket: TicketId, basis: &BasisRef) -> Result<(), Fault> {
    if let BasisRef::Guardian(spoken) = basis {
        for id in [spoken.patient, spoken.guardian] {
            batch.put(BY_PERSON, id.as_bytes(), ticket.as_bytes(), b"")?;
        }
    }
    Ok(())
}

/// A ticket that ended is listed no more.
pub(super) fn unlist(
    batch: &mut Batch<'_>,
    ticket: TicketId,
    basis: &BasisRef,
) -> Result<(), Fault> {
    if let BasisRef::Guardian(spoken) = basis {
        for id in [spoken.patient, spoken.guardian] {
            batch.remove(BY_PERSON, id.as_bytes(), ticket.as_bytes())?;
        }
    }
    Ok(())
}

impl Fold<'_> {
    /// What an event about a person ends; nothing for other events.
    pub(super) fn person(
        &mut self,
        batch: &mut Batch<'_>,
        at: At,
        event: &Event,
    ) -> Result<(), Fault> {
        let silent = EndCause::SpeakerSilent;
        match event {
            Event::CardWasBlocked(event) => {
                self.own(batch, at, event.patient, EndCause::CardBlocked)
            }
            Event::CardWasSuspended(event) => self.silenced(batch, at, event.patient),
            Event::ReissueAsked(event) => self.silenced(batch, at, event.patient),
            Event::IncapacityRecorded(event) => self.silenced(batch, at, event.patient),
            Event::DeathRecorded(event) => {
                self.own(batch, at, event.patient, silent)?;
                self.guardians(batch, at, event.patient, |spoken| {
                    spoken.patient == event.patient
                })
            }
            Event::DeathRetracted(event) => self.guardians(batch, at, event.patient, |spoken| {
                spoken.patient == event.patient && spoken.kind == LinkKind::Executor
            }),
            Event::IncapacityEnded(event) => self.guardians(batch, at, event.patient, |spoken| {
                let called = match spoken.kind {
                    LinkKind::Contingent => true,
                    LinkKind::Parent => event.of_age,
                    _ => false,
                };
                called && spoken.patient == event.patient
            }),
            Event::GuardianLinked(event) => {
                let basis = BasisRef::Guardian(Spoken {
                    patient: event.patient,
                    guardian: event.guardian,
                    kind: event.kind,
                });
                let row = BasisRow {
                    until_ms: event.until_ms,
                    access: None,
                };
                same::linked(batch, event)?;
                batch.put(BASIS, b"", &basis.encode(), &row.encode())
            }
            Event::GuardianUnlinked(event) => {
                same::unlinked(batch, event)?;
                let basis = BasisRef::Guardian(Spoken {
                    patient: event.patient,
                    guardian: event.guardian,
                    kind: event.kind,
                });
                self.close(batch, at, &basis, silent)
            }
            _ => Ok(()),
        }
    }

    /// A card lost its word: the owner's own tickets end, and those that the owner asked for as somebody's guardian.
    fn own(
        &mut self,
        batch: &mut Batch<'_>,
        at: At,
        id: PatientId,
        cause: EndCause,
    ) -> Result<(), Fault> {
        self.close(batch, at, &BasisRef::Patient(id), cause)?;
        self.guardians(batch, at, id, |spoken| spoken.guardian == id)
    }

    /// As [`Self::own`]; and whoever spoke by what is recorded of the patient asks anew: a releaser demands it
    /// (`Person::silenced`).
    fn silenced(&mut self, batch: &mut Batch<'_>, at: At, id: PatientId) -> Result<(), Fault> {
        self.own(batch, at, id, EndCause::SpeakerSilent)?;
        self.guardians(batch, at, id, |spoken| {
            let called = matches!(
                spoken.kind,
                LinkKind::Contingent | LinkKind::Executor | LinkKind::Same
            );
            called && spoken.patient == id
        })
    }

    /// Ends those of the guardians' tickets listed for somebody that are such.
    fn guardians(
        &mut self,
        batch: &mut Batch<'_>,
        at: At,
        id: PatientId,
        such: impl Fn(&Spoken) -> bool,
    ) -> Result<(), Fault> {
        for row in batch.scan(BY_PERSON, id.as_bytes())? {
            let ticket: TicketId = decode(&row.key)?;
            let row = TicketRow::load(batch, &ticket)?;
            let row = row.ok_or_else(|| crate::model::damaged("an open ticket is missing"))?;
            if let BasisRef::Guardian(spoken) = &row.basis
                && such(spoken)
            {
                self.end_for(batch, at, ticket, &row, EndCause::SpeakerSilent)?;
            }
        }
        Ok(())
    }
}
