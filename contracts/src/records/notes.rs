//! What is written about a record: requests for its amendment, letters, statements of disagreement.
use super::State;
use crate::fault::{Fault, Stop, require};
use crate::view::Context;
use amanat_types::call::AmendmentRef;
use amanat_types::codec::List;
use amanat_types::state::{AmendmentState, Amendments, Record};
use amanat_types::{RecordId, Refusal};
use std::rc::Rc;

/// Demands that `note` may stand beside the record `about`: another record of the sponsor in the same index, not taken back. So whoever may open the one may
/// open the other, and nobody puts words into another's mouth.
///
/// Refusal: `NoteUnfit`.
pub fn note(
    ctx: &Context<'_>,
    records: &State<'_>,
    about: RecordId,
    record: &Record,
    note: RecordId,
) -> Result<(), Stop> {
    let found = records.record(note)?;
    let fit = found.is_some_and(|found| {
        found.member == ctx.body.sponsor && found.index == record.index && found.retracted.is_none()
    });
    Ok(require(fit && note != about, Refusal::NoteUnfit)?)
}

/// A request for amendment, and all of its record's.
///
/// Refusal: `AmendmentUnknown`.
pub fn amendment(
    records: &State<'_>,
    id: AmendmentRef,
) -> Result<(Rc<Amendments>, AmendmentState), Stop> {
    let all = records.amendments(id.record)?;
    let all = all.ok_or(Refusal::AmendmentUnknown)?;
    let one = all.asked.get(usize::from(id.number)).copied();
    Ok((all, one.ok_or(Refusal::AmendmentUnknown)?))
}

/// All requests of a record, with one of them as it is now.
pub fn with_amendment(
    old: &Amendments,
    id: AmendmentRef,
    new: AmendmentState,
) -> Result<Amendments, Fault> {
    let mut asked = old.asked.to_vec();
    if let Some(place) = asked.get_mut(usize::from(id.number)) {
        *place = new;
    }
    let outgrown = |_| Fault::Outgrown { what: "amendments" };
    Ok(Amendments {
        patient: old.patient,
        asked: List::new(asked).map_err(outgrown)?,
    })
}
