//! Ends an order now.
use crate::cards::Right;
use crate::fault::{Stop, require};
use crate::view::{Context, EncountersView};
use amanat_types::Refusal;
use amanat_types::call::EndOrder;
use amanat_types::event::{Event, OrderClosed};
use amanat_types::state::OrderState;

/// Ends an order at the block's time, and with it every ticket that stands on it. The member that placed it signs, or who speaks
/// for the patient and decides ([`Context::speaker`]) co-signs under any sponsor. An expired order may be ended.
///
/// Refusals, in this order: `OrderUnknown`, `OrderNotYours` (another member, and nobody who speaks for the patient), those of
/// the speaker, `OrderEnded`.
/// Reads: actor, patient, person, order. Writes: order. Event: `OrderClosed`.
pub fn end_order(
    ctx: &Context<'_>,
    view: &mut EncountersView<'_, '_>,
    call: &EndOrder,
) -> Result<(), Stop> {
    let old = view.own.order(call.order)?;
    let old = old.ok_or(Refusal::OrderUnknown)?;
    if old.member != ctx.body.sponsor {
        match ctx.speaker(view.actors, view.cards, old.patient, Right::Decides) {
            Err(Stop::Refused(Refusal::CardNotPresent)) => {
                return Err(Refusal::OrderNotYours.into());
            }
            other => {
                other?;
            }
        }
    }
    require(old.ended_ms.is_none(), Refusal::OrderEnded)?;

    let value = OrderState {
        ended_ms: Some(ctx.env.time_ms),
        ..(*old).clone()
    };
    view.events.push(Event::OrderClosed(OrderClosed {
        order: call.order,
        patient: old.patient,
    }));
    view.own.put_order(call.order, value);
    Ok(())
}
