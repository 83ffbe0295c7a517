//! Events of legal holds and of erasure.
use super::At;
use crate::log::{self, Act};
use crate::store::Batch;
use crate::{erasure, record};
use amanat_client::Fault;
use amanat_types::Event;

/// Folds one of these events; nothing of another.
pub(super) fn fold(batch: &mut Batch<'_>, at: At, event: &Event) -> Result<(), Fault> {
    match event {
        Event::RecordsHeld(event) => {
            let entry = at.entry(Act::RecordsHeld(event.clone()));
            log::put(batch, event.patient, &entry)
        }
        Event::HoldEnded(event) => {
            let entry = at.entry(Act::HoldEnded(event.clone()));
            log::put(batch, event.patient, &entry)
        }
        Event::RecordsErased(event) => {
            record::erased(batch, event)?;
            erasure::erased(batch, event)?;
            let entry = at.entry(Act::RecordsErased(event.clone()));
            log::put(batch, Some(event.patient), &entry)
        }
        Event::ErasureConfirmed(event) => {
            let entry = at.entry(Act::ErasureConfirmed(event.clone()));
            log::put(batch, None, &entry)
        }
        _ => Ok(()),
    }
}
