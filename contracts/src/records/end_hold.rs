//! Ends a legal hold now. Since protocol version 3.
use crate::fault::{Fault, Stop, require};
use crate::view::{Context, RecordsView};
use amanat_types::Refusal;
use amanat_types::call::EndHold;
use amanat_types::codec::List;
use amanat_types::event::{Event, HoldEnded};
use amanat_types::state::{HoldState, Holds};

/// Ends a hold that the sponsor placed. Two of its officers co-sign the end of what it placed as an authority. Another custodian since then does not
/// end it: it stands until it is over.
///
/// Refusals, in this order: `HoldUnknown`, `HoldNotYours`; of an authority's `NotAnAuthority`, `TooFewOfficers`; `HoldOver`.
/// Reads: actor, member, practitioner, hold, holds. Writes: hold, holds. Event: `HoldEnded`.
pub fn end_hold(
    ctx: &Context<'_>,
    view: &mut RecordsView<'_, '_>,
    call: &EndHold,
) -> Result<(), Stop> {
    let old = view.own.hold(call.hold)?.ok_or(Refusal::HoldUnknown)?;
    require(old.member == ctx.body.sponsor, Refusal::HoldNotYours)?;
    if old.authority {
        ctx.by_authority(view.actors, view.membership)?;
    }
    let stands = old.ended_ms.is_none() && ctx.env.time_ms < old.until_ms;
    require(stands, Refusal::HoldOver)?;

    for record in &old.records {
        let holds = view.own.holds(*record)?;
        let mut held = holds.map_or_else(Vec::new, |holds| holds.held.to_vec());
        held.retain(|one| one.hold != call.hold);
        let outgrown = |_| Fault::Outgrown { what: "holds" };
        let held = List::new(held).map_err(outgrown)?;
        view.own.put_holds(*record, Holds { held });
    }
    view.events.push(Event::HoldEnded(HoldEnded {
        hold: call.hold,
        member: old.member,
        patient: old.patient,
        records: old.records.clone(),
    }));
    let value = HoldState {
        ended_ms: Some(ctx.env.time_ms),
        ..(*old).clone()
    };
    view.own.put_hold(call.hold, value);
    Ok(())
}
