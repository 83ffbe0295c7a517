//! Events of permits, restrictions, care teams and orders.
use super::{At, BY_BASIS, Fold, OPEN, TICKET, TicketRow, put_basis};
use crate::log::EndCause;
use crate::model::decode;
use crate::store::Batch;
use crate::timeline;
use amanat_client::Fault;
use amanat_types::state::BasisRef;
use amanat_types::{Event, TicketId, TimestampMs};
use commonware_codec::Encode as _;

impl Fold<'_> {
    /// Events of permits, restrictions, care teams and orders. What a strict team or a restriction keeps from whom is judged at each
    /// release; here their tickets stay open.
    pub(super) fn care_event(
        &mut self,
        batch: &mut Batch<'_>,
        at: At,
        event: &Event,
    ) -> Result<(), Fault> {
        match event {
            Event::PermitGiven(given) => {
                let basis = BasisRef::Permit(given.permit);
                put_basis(batch, &basis, given.until_ms, Some(given.access))?;
                timeline::fold(batch, &at.moment(event))
            }
            Event::PermitTakenBack(back) => {
                timeline::fold(batch, &at.moment(event))?;
                let basis = BasisRef::Permit(back.permit);
                self.close(batch, at, &basis, EndCause::ConsentRevoked)
            }
            Event::OrderPlaced(placed) => {
                let basis = BasisRef::Order(placed.order);
                put_basis(batch, &basis, placed.until_ms, None)?;
                timeline::fold(batch, &at.moment(event))
            }
            Event::OrderClosed(closed) => {
                timeline::fold(batch, &at.moment(event))?;
                let basis = BasisRef::Order(closed.order);
                self.close(batch, at, &basis, EndCause::OrderEnded)
            }
            Event::VisitClosed(closed) => {
                timeline::fold(batch, &at.moment(event))?;
                let basis = BasisRef::Encounter(closed.encounter);
                put_basis(batch, &basis, closed.until_ms, None)?;
                self.shorten(batch, &basis, closed.until_ms)
            }
            Event::CareAssigned(_) | Event::RestrictionSet(_) | Event::RestrictionLifted(_) => {
                timeline::fold(batch, &at.moment(event))
            }
            _ => self.law_event(batch, at, event),
        }
    }

    /// A basis will end sooner: with it every ticket that stands on it.
    fn shorten(
        &mut self,
        batch: &mut Batch<'_>,
        basis: &BasisRef,
        until_ms: TimestampMs,
    ) -> Result<(), Fault> {
        for row in batch.scan(BY_BASIS, &basis.encode())? {
            let ticket: TicketId = decode(&row.key)?;
            let row = TicketRow::load(batch, &ticket)?;
            let row = row.ok_or_else(|| crate::model::damaged("an open ticket is missing"))?;
            if row.end_ms <= until_ms {
                continue;
            }
            self.ends.remove(&(row.end_ms, ticket));
            self.ends.insert((until_ms, ticket));
            let row = TicketRow {
                end_ms: until_ms,
                end_by_basis: true,
                ..row
            };
            batch.put(TICKET, b"", ticket.as_bytes(), &row.encode())?;
            batch.put(OPEN, b"", ticket.as_bytes(), &until_ms.encode())?;
        }
        Ok(())
    }
}
