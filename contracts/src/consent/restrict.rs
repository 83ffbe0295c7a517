//! Denies.
use crate::cards::Right;
use crate::env::ends_within;
use crate::fault::{Fault, Stop, require};
use crate::view::{ConsentView, Context};
use amanat_types::call::{Covered, Denied, Restrict, Restriction};
use amanat_types::codec::List;
use amanat_types::event::{Event, RestrictionSet};
use amanat_types::state::{HeldRestriction, Restrictions};
use amanat_types::{Purpose, Refusal, RestrictionId, limits};

/// Denies somebody the patient's records until `until_ms`, exclusive, at most [`limits::RESTRICTION_MS_MAX`] ahead. Who
/// speaks for the patient and decides ([`Context::speaker`]) co-signs; any member may sponsor it. From the block's height on it binds tickets, writes and each release, also under tickets that are open.
///
/// A patient has at most [`limits::RESTRICTIONS_MAX`], which name at most [`limits::RESTRICTED_ITEMS_MAX`] indexes and records together;
/// those that have ended by every releaser's clock, which is behind by at most [`limits::RECENCY_MS_MAX`], are dropped here and do not count.
///
/// Refusals, in this order: `UntilInThePast`, `UntilTooFar`, `PatientUnknown`, those of the speaker, `RestrictionExists`,
/// `PractitionerUnknown` (no such one, or another member's), `NoPurposes` (unsorted), `NamesUnfit`, `RestrictionsFull`.
/// Reads: actor, patient, person, practitioner, restrictions. Writes: restrictions. Event: `RestrictionSet`.
pub fn restrict(
    ctx: &Context<'_>,
    view: &mut ConsentView<'_, '_>,
    call: &Restrict,
) -> Result<(), Stop> {
    let id = RestrictionId::derive(ctx.body.sponsor, call.local);
    let new = &call.restriction;
    ends_within(ctx.env, new.until_ms, limits::RESTRICTION_MS_MAX)?;
    let patient = view.cards.patient(call.patient)?;
    require(patient.is_some(), Refusal::PatientUnknown)?;
    ctx.speaker(view.actors, view.cards, call.patient, Right::Decides)?;
    let old = view.own.restrictions(call.patient)?;
    let mut held = old.map_or_else(Vec::new, |old| old.held.to_vec());
    let taken = held.iter().any(|held| held.id == id);
    require(!taken, Refusal::RestrictionExists)?;
    if let Denied::Practitioner(at) = new.who {
        let practitioner = view.membership.practitioner(at.practitioner)?;
        let there = practitioner.is_some_and(|practitioner| practitioner.member == at.member);
        require(there, Refusal::PractitionerUnknown)?;
    }
    require(ascending::<Purpose>(&new.purposes), Refusal::NoPurposes)?;
    require(fit(new), Refusal::NamesUnfit)?;
    let over_ms = |held: &HeldRestriction| held.restriction.until_ms.plus(limits::RECENCY_MS_MAX);
    held.retain(|held| ctx.env.time_ms < over_ms(held));
    require(room(&held, new), Refusal::RestrictionsFull)?;

    held.push(HeldRestriction {
        id,
        restriction: new.clone(),
    });
    let outgrown = |_| Fault::Outgrown {
        what: "restrictions",
    };
    let held = List::new(held).map_err(outgrown)?;
    view.own
        .put_restrictions(call.patient, Restrictions { held });
    view.events.push(Event::RestrictionSet(RestrictionSet {
        restriction: id,
        patient: call.patient,
        what: new.clone(),
    }));
    Ok(())
}

/// Whether a list is sorted without repeats.
pub(super) fn ascending<T: Ord>(items: &[T]) -> bool {
    items.is_sorted_by(|one, next| one < next)
}

/// Whether what is named is something, sorted and without repeats: whoever judges searches it.
fn fit(new: &Restriction) -> bool {
    match &new.what {
        Covered::All(_) => true,
        Covered::Indexes(indexes) => !indexes.is_empty() && ascending(indexes),
        Covered::Records(records) => !records.is_empty() && ascending(records),
    }
}

/// Whether there is room for another beside those that are held.
fn room(held: &[HeldRestriction], new: &Restriction) -> bool {
    let items = held.iter().map(|held| held.restriction.items());
    let items = items.fold(new.items(), usize::saturating_add);
    held.len() < limits::RESTRICTIONS_MAX && items <= limits::RESTRICTED_ITEMS_MAX
}
