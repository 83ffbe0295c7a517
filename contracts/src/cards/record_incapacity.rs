//! Records that a patient cannot decide. Since protocol version 3.
use crate::env::ends_within;
use crate::fault::{Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::call::RecordIncapacity;
use amanat_types::event::{Event, IncapacityRecorded};
use amanat_types::state::{Incapacity, Person};
use amanat_types::{Refusal, Role, limits};

/// Records an incapacity until `until_ms`, exclusive: guardians decide, the patient's card does not. Two clinicians of the sponsor sign
/// for at most [`limits::INCAPACITY_MS_MAX`], or two officers of a regulator for at most [`limits::LINK_MS_MAX`].
///
/// Recorded again it lasts longer, never shorter; and what officers recorded clinicians do not change.
///
/// Refusals, in this order: `UntilInThePast`, `UntilTooFar`, `PatientUnknown`, `PatientDead`, `IncapacityStands`; without an authority
/// `PractitionerNotPresent`, `TooFewClinicians`; with one `AuthorityUnknown`, `TooFewOfficers`.
/// Reads: actor, member, practitioner, patient, person. Writes: person. Event: `IncapacityRecorded`.
pub fn record_incapacity(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &RecordIncapacity,
) -> Result<(), Stop> {
    let by_authority = call.authority.is_some();
    let most_ms = match by_authority {
        true => limits::LINK_MS_MAX,
        false => limits::INCAPACITY_MS_MAX,
    };
    ends_within(ctx.env, call.until_ms, most_ms)?;
    let known = view.own.patient(call.patient)?.is_some();
    require(known, Refusal::PatientUnknown)?;
    let person = view.own.person_to_change(call.patient)?;
    require(person.died_ms.is_none(), Refusal::PatientDead)?;
    let now = ctx.env.time_ms;
    let stands = person.incapacity.filter(|kept| now < kept.until_ms);
    let goes_on = stands
        .is_none_or(|kept| kept.until_ms < call.until_ms && (by_authority || !kept.by_authority));
    require(goes_on, Refusal::IncapacityStands)?;
    match by_authority {
        true => ctx.officers(view.actors, view.membership, call.authority, 2)?,
        false => clinicians(ctx, view)?,
    }

    let value = Person {
        incapacity: Some(Incapacity {
            until_ms: call.until_ms,
            by_authority,
        }),
        silenced: ctx.env.height,
        ..person
    };
    view.own.put_person(call.patient, value);
    view.events
        .push(Event::IncapacityRecorded(IncapacityRecorded {
            patient: call.patient,
            until_ms: call.until_ms,
            authority: call.authority,
        }));
    Ok(())
}

/// Demands two clinicians of the sponsor.
fn clinicians(ctx: &Context<'_>, view: &CardsView<'_, '_>) -> Result<(), Stop> {
    let staff = ctx.practitioners(view.actors, view.membership)?;
    require(!staff.is_empty(), Refusal::PractitionerNotPresent)?;
    let clinicians = staff.iter().filter(|(_, own)| own.role == Role::Clinician);
    Ok(require(clinicians.count() >= 2, Refusal::TooFewClinicians)?)
}
