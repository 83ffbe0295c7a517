//! Events of mandates and disclosures. Whether a record is still its maker's, and what a patient restricts, is judged at each release;
//! here their tickets stay open.
use super::{At, Fold, put_basis};
use crate::log::EndCause;
use crate::notice;
use crate::store::Batch;
use crate::timeline;
use amanat_client::Fault;
use amanat_types::Event;

impl Fold<'_> {
    pub(super) fn law_event(
        &mut self,
        batch: &mut Batch<'_>,
        at: At,
        event: &Event,
    ) -> Result<(), Fault> {
        let Some(basis) = notice::basis(event) else {
            return self.study_event(batch, at, event);
        };
        timeline::fold(batch, &at.moment(event))?;
        notice::fold(batch, event)?;
        match event {
            Event::MandateOpened(opened) => put_basis(batch, &basis, opened.until_ms, None),
            Event::RecordsDisclosed(made) => put_basis(batch, &basis, made.until_ms, None),
            Event::MandateClosed(_) => self.close(batch, at, &basis, EndCause::MandateEnded),
            _ => self.close(batch, at, &basis, EndCause::DisclosureEnded),
        }
    }
}
