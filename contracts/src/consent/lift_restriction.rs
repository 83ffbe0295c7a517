//! Takes a restriction back.
use crate::cards::Right;
use crate::fault::{Fault, Stop, require};
use crate::view::{ConsentView, Context};
use amanat_types::Refusal;
use amanat_types::call::LiftRestriction;
use amanat_types::codec::List;
use amanat_types::event::{Event, RestrictionLifted};
use amanat_types::state::Restrictions;

/// Ends a restriction at the block's height. Who speaks for the patient and decides
/// ([`Context::speaker`]) co-signs, whoever spoke when it was set; any member may sponsor it.
///
/// Refusals, in this order: `PatientUnknown`, those of the speaker, `RestrictionUnknown`.
/// Reads: actor, patient, person, restrictions. Writes: restrictions. Event: `RestrictionLifted`.
pub fn lift_restriction(
    ctx: &Context<'_>,
    view: &mut ConsentView<'_, '_>,
    call: &LiftRestriction,
) -> Result<(), Stop> {
    let patient = view.cards.patient(call.patient)?;
    require(patient.is_some(), Refusal::PatientUnknown)?;
    ctx.speaker(view.actors, view.cards, call.patient, Right::Decides)?;
    let old = view.own.restrictions(call.patient)?;
    let mut held = old.map_or_else(Vec::new, |old| old.held.to_vec());
    let before = held.len();
    held.retain(|held| held.id != call.restriction);
    require(held.len() < before, Refusal::RestrictionUnknown)?;

    let outgrown = |_| Fault::Outgrown {
        what: "restrictions",
    };
    let held = List::new(held).map_err(outgrown)?;
    view.own
        .put_restrictions(call.patient, Restrictions { held });
    view.events
        .push(Event::RestrictionLifted(RestrictionLifted {
            restriction: call.restriction,
            patient: call.patient,
        }));
    Ok(())
}
