//! Asks for another card in the place of a patient's. Since protocol version 3.
use super::standing::is_guardian;
use crate::fault::{Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::call::AskReissue;
use amanat_types::event::{Event, ReissueAsked};
use amanat_types::state::{Link, Person, Reissue};
use amanat_types::{PatientId, PublicKey, Refusal, Role, limits};
use std::collections::BTreeSet;

/// Asks that another card takes the place of the patient's, which is lost. From now on the patient's card neither reads nor speaks;
/// guardians still do. After [`limits::REISSUE_MS`] the new card may be activated, unless the reissue was vetoed.
///
/// The new card signs, and half of the guardians in force, at least two; or one officer of a regulator and one registrar of another
/// member, so that no member reissues a card alone.
///
/// Refusals, in this order: `PatientUnknown`, `PatientDead`, `CardUnknown` (a first card is issued, not reissued), `ReissuePending`,
/// `KeyTaken`, `KeyNotProven`, `KeyWrongKind`; without an authority `TooFewGuardians`; with one `AuthorityUnknown`, `TooFewOfficers`,
/// `RegistrarNotPresent`.
/// Reads: actor, member, practitioner, patient, person. Writes: person. Event: `ReissueAsked`.
pub fn ask_reissue(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &AskReissue,
) -> Result<(), Stop> {
    let patient = view.own.patient(call.patient)?;
    let patient = patient.ok_or(Refusal::PatientUnknown)?;
    let person = view.own.person_to_change(call.patient)?;
    require(person.died_ms.is_none(), Refusal::PatientDead)?;
    require(patient.card.is_some(), Refusal::CardUnknown)?;
    require(person.reissue.is_none(), Refusal::ReissuePending)?;
    require(!view.actors.taken(&call.card)?, Refusal::KeyTaken)?;
    require(ctx.signed_by(&call.card), Refusal::KeyNotProven)?;
    require(
        matches!(call.card, PublicKey::P256(_)),
        Refusal::KeyWrongKind,
    )?;
    match call.authority {
        None => enough_guardians(ctx, view, &person)?,
        Some(authority) => {
            ctx.officers(view.actors, view.membership, call.authority, 1)?;
            let staff = ctx.staff_of_any(view.actors, view.membership)?;
            let mut elsewhere = staff.iter().filter(|(_, own)| own.member != authority);
            require(
                elsewhere.any(|(_, own)| own.role == Role::Registrar),
                Refusal::RegistrarNotPresent,
            )?;
        }
    }

    let ready_ms = ctx.env.time_ms.plus(limits::REISSUE_MS);
    let value = Person {
        reissue: Some(Reissue {
            card: call.card,
            ready_ms,
        }),
        silenced: ctx.env.height,
        ..person
    };
    view.own.put_person(call.patient, value);
    view.events.push(Event::ReissueAsked(ReissueAsked {
        patient: call.patient,
        card: call.card,
        authority: call.authority,
        ready_ms,
    }));
    Ok(())
}

/// Demands half of the guardians who are in force and decide, rounded up, and at least two.
fn enough_guardians(
    ctx: &Context<'_>,
    view: &CardsView<'_, '_>,
    person: &Person,
) -> Result<(), Stop> {
    let now = ctx.env.time_ms;
    let decides = |link: &Link| is_guardian(link, now) && link.rights.decides;
    let all: BTreeSet<PatientId> = person
        .links
        .iter()
        .filter(|link| decides(link))
        .map(|link| link.guardian)
        .collect();
    let present = ctx.linked(view.actors, view.own, person, decides)?;
    let least = all.len().div_ceil(2).max(2);
    Ok(require(present.len() >= least, Refusal::TooFewGuardians)?)
}
