//! Events of research: a study ends for all its subjects at once.
use super::{At, Fold, TicketRow, put_basis};
use crate::log::EndCause;
use crate::model::decode;
use crate::store::{Batch, Table};
use crate::timeline;
use amanat_client::Fault;
use amanat_types::call::Enrolled;
use amanat_types::state::BasisRef;
use amanat_types::{Event, TicketId};

/// List: study; key: id of an open ticket on an enrolment in it.
const BY_STUDY: Table = Table::new("ticket-by-study");

/// An open ticket of a study is listed for it.
pub(super) fn list(batch: &mut Batch<'_>, ticket: TicketId, basis: &BasisRef) -> Result<(), Fault> {
    match basis {
        BasisRef::Study(enrolled) => {
            batch.put(BY_STUDY, enrolled.study.as_bytes(), ticket.as_bytes(), b"")
        }
        _ => Ok(()),
    }
}

/// A ticket that ended is listed no more.
pub(super) fn unlist(
    batch: &mut Batch<'_>,
    ticket: TicketId,
    basis: &BasisRef,
) -> Result<(), Fault> {
    match basis {
        BasisRef::Study(enrolled) => {
            batch.remove(BY_STUDY, enrolled.study.as_bytes(), ticket.as_bytes())
        }
        _ => Ok(()),
    }
}

impl Fold<'_> {
    pub(super) fn study_event(
        &mut self,
        batch: &mut Batch<'_>,
        at: At,
        event: &Event,
    ) -> Result<(), Fault> {
        match event {
            Event::SubjectEnrolled(one) => {
                let basis = BasisRef::Study(Enrolled {
                    study: one.study,
                    enrolment: one.enrolment,
                });
                put_basis(batch, &basis, one.until_ms, None)?;
                timeline::fold(batch, &at.moment(event))
            }
            Event::SubjectWithdrawn(one) => {
                timeline::fold(batch, &at.moment(event))?;
                let basis = BasisRef::Study(Enrolled {
                    study: one.study,
                    enrolment: one.enrolment,
                });
                self.close(batch, at, &basis, EndCause::Withdrawn)
            }
            Event::StudyClosed(closed) => {
                for row in batch.scan(BY_STUDY, closed.study.as_bytes())? {
                    let ticket: TicketId = decode(&row.key)?;
                    let row = TicketRow::load(batch, &ticket)?;
                    let row =
                        row.ok_or_else(|| crate::model::damaged("an open ticket is missing"))?;
                    self.end_for(batch, at, ticket, &row, EndCause::StudyEnded)?;
                }
                Ok(())
            }
            _ => self.record_event(batch, at, event),
        }
    }
}
