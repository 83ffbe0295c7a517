//! Ends a guardian's link. Since protocol version 3.
use super::standing::{Right, Speaker};
use crate::fault::{Fault, Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::call::UnlinkGuardian;
use amanat_types::code::LinkKind;
use amanat_types::event::{Event, GuardianUnlinked};
use amanat_types::state::{Link, Links, Person};
use amanat_types::{Refusal, Role};

/// Ends a link at the block's time, and with it the tickets that its guardian asked for. It ends nothing else: whoever was a minor stays one.
///
/// Two officers of a regulator end any link; a guardian by its own card ends its own; a speaker who decides ends
///
/// - a parent's that has not begun yet,
/// - a proxy's: the patient itself, a parent, or anybody who speaks while it has not begun,
/// - a contingent guardian's: the patient itself, or anybody who speaks while it has not begun,
/// - an executor's: the patient itself,
/// - a court's: never,
/// - one to another pseudonym of the same person: the patient itself, or anybody who speaks while it has not begun; and a registrar of the
///   member that registered the patient, under its sponsorship, who mistook one for another.
///
/// Refusals, in this order: `PatientUnknown`, `LinkUnknown`; with an authority `AuthorityUnknown`, `TooFewOfficers`; without one those of
/// [`Context::speaker`], `LinkNotYours`.
/// Reads: actor, member, practitioner, patient, person. Writes: person. Event: `GuardianUnlinked`.
pub fn unlink_guardian(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &UnlinkGuardian,
) -> Result<(), Stop> {
    let now = ctx.env.time_ms;
    let known = view.own.patient(call.patient)?.is_some();
    require(known, Refusal::PatientUnknown)?;
    let person = view.own.person_to_change(call.patient)?;
    let named =
        |link: &Link| link.guardian == call.guardian && link.kind == call.kind && link.lasts(now);
    let link = person.links.iter().find(|link| named(link)).copied();
    let link = link.ok_or(Refusal::LinkUnknown)?;
    let itself = ctx.own_card(view.own, call.guardian)? == Some(Ok(()));
    match call.authority {
        Some(_) => ctx.officers(view.actors, view.membership, call.authority, 2)?,
        None if itself => {}
        None if call.kind == LinkKind::Same && is_registrar(ctx, view, call)? => {}
        None => {
            let speaker = ctx.speaker(view.actors, view.own, call.patient, Right::Decides)?;
            let may = may_end(ctx, &link, speaker);
            require(may, Refusal::LinkNotYours)?;
        }
    }

    let mut links = person.links.to_vec();
    for link in links.iter_mut().filter(|link| named(link)) {
        link.ended_ms = Some(now);
    }
    let outgrown = |_| Fault::Outgrown { what: "links" };
    let value = Person {
        links: Links::new(links).map_err(outgrown)?,
        ..person
    };
    view.own.put_person(call.patient, value);
    view.events.push(Event::GuardianUnlinked(GuardianUnlinked {
        patient: call.patient,
        guardian: call.guardian,
        kind: call.kind,
    }));
    Ok(())
}

/// Whether a registrar of the member that registered the patient signed, under its sponsorship.
fn is_registrar(
    ctx: &Context<'_>,
    view: &CardsView<'_, '_>,
    call: &UnlinkGuardian,
) -> Result<bool, Fault> {
    let patient = view.own.patient(call.patient)?;
    let member = ctx.body.sponsor;
    let practitioners = ctx.practitioners(view.actors, view.membership)?;
    let registrar = practitioners
        .iter()
        .any(|(_, own)| own.role == Role::Registrar);
    Ok(registrar && patient.is_some_and(|patient| patient.registrar == member))
}

/// Whether this speaker may end this link of another.
fn may_end(ctx: &Context<'_>, link: &Link, speaker: Speaker) -> bool {
    let early = ctx.env.time_ms < link.from_ms;
    match (link.kind, speaker) {
        (LinkKind::Court, _) => false,
        (LinkKind::Parent, _) => early,
        (
            LinkKind::Proxy | LinkKind::Contingent | LinkKind::Executor | LinkKind::Same,
            Speaker::Own,
        ) => true,
        (LinkKind::Proxy, Speaker::Guardian(_, kind)) => early || kind == LinkKind::Parent,
        (LinkKind::Contingent | LinkKind::Same, Speaker::Guardian(..)) => early,
        (LinkKind::Executor, Speaker::Guardian(..)) => false,
    }
}
