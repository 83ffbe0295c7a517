//! Says that erased records were deleted. Since protocol version 3.
use super::hold::named;
use crate::fault::{Fault, Stop, require};
use crate::view::{Context, RecordsView};
use amanat_types::Refusal;
use amanat_types::call::ConfirmErased;
use amanat_types::codec::List;
use amanat_types::event::{ErasureConfirmed, Event};
use amanat_types::state::ErasureState;

/// Says that the sponsor, custodian or holder of erased records, has deleted their keys and bytes. It answers for it; the ledger cannot
/// see a disk. Said again it changes nothing and emits nothing.
///
/// Refusals, in this order: `NoRecords`; for each record in order `RecordUnknown`, `NotHolder`, `RecordNotErased`.
/// Reads: record, erasure. Writes: erasure. Event: `ErasureConfirmed`, of what was not confirmed before.
pub fn confirm_erased(
    ctx: &Context<'_>,
    view: &mut RecordsView<'_, '_>,
    call: &ConfirmErased,
) -> Result<(), Stop> {
    let member = ctx.body.sponsor;
    named(&call.records)?;
    let mut news = Vec::new();
    for id in &call.records {
        let record = view.own.record(*id)?.ok_or(Refusal::RecordUnknown)?;
        require(record.is_kept_by(member), Refusal::NotHolder)?;
        let old = view.own.erasure(*id)?.ok_or(Refusal::RecordNotErased)?;
        let mut confirmed = old.confirmed.to_vec();
        let Err(place) = confirmed.binary_search(&member) else {
            continue;
        };
        confirmed.insert(place, member);
        let outgrown = |_| Fault::Outgrown { what: "erasure" };
        let value = ErasureState {
            confirmed: List::new(confirmed).map_err(outgrown)?,
            ..(*old).clone()
        };
        news.push((*id, value));
    }

    let records: Vec<_> = news.iter().map(|(id, _)| *id).collect();
    let outgrown = |_| Fault::Outgrown { what: "erasure" };
    let records = List::new(records).map_err(outgrown)?;
    if !records.is_empty() {
        let event = ErasureConfirmed { member, records };
        view.events.push(Event::ErasureConfirmed(event));
    }
    for (id, value) in news {
        view.own.put_erasure(id, value);
    }
    Ok(())
}
