//! Links a guardian to a patient. Since protocol version 3.
use super::calendar::is_first_of_month;
use super::standing::{Right, Speaker, link_speaks, same_person};
use crate::env::ends_within;
use crate::fault::{Fault, Stop, require};
use crate::view::{CardsView, Context};
use amanat_types::call::LinkGuardian;
use amanat_types::code::LinkKind;
use amanat_types::event::{Event, GuardianLinked};
use amanat_types::state::{Link, Links, Person};
use amanat_types::{PatientId, Refusal, Role, TimestampMs, limits};

/// Links a guardian until `until_ms`, exclusive. The guardian's card signs, which accepts; who else depends on the kind:
///
/// - parent: the child has no card or is a minor already, the member that registered it sponsors, a registrar of it signs, and another of
///   the guardians whom the child has already, if it has any who decides. The link ends with the minority, at the first of a month, at most
///   [`limits::PARENT_MS_MAX`] ahead; a later parent's link never prolongs the minority.
/// - court: two officers of a regulator; at most [`limits::LINK_MS_MAX`].
/// - proxy: a speaker who decides; at most [`limits::LINK_MS_MAX`], and if a guardian names one, within that guardian's own link.
/// - contingent: the patient's own card; at most [`limits::WILL_MS_MAX`].
/// - same: who the patient is under another pseudonym. If the patient has a card, it signs, and else the member that registered the patient
///   sponsors and a registrar of it signs: whoever could bind the patient's first card. The patient decides for itself, and the one who it is
///   is not linked on itself, so that no circle is made. It gives every right; at most [`limits::WILL_MS_MAX`]. Visits go on under the other pseudonym.
/// - executor: the patient's own card, or after death two officers of a regulator; at most [`limits::WILL_MS_MAX`].
///
/// It begins at `from_ms`, but not before it is in force ([`Context::in_force_from`]); where no speaker decided, a day later.
///
/// Refusals, in this order: `UntilInThePast`, `UntilTooFar`, `NotFirstOfMonth`, `NoRights`, `GuardianIsPatient`, `PatientUnknown`,
/// `PatientDead` (but for an executor), `GuardianNotPresent`, `GuardianSilent`; then by kind:
/// parent `PatientReplaced`, `PatientNotYours`, `PatientHasCard`, `UntilTooFar`, `PractitionerNotPresent`, `RoleNotAllowed`, `LinkNotYours`;
/// court, and executor after death, `AuthorityUnknown`, `TooFewOfficers`; proxy those of [`Context::speaker`], `LinkBeyondOwn`;
/// contingent, and executor before death, those of [`Context::speaker`], `LinkNotYours`; same `GuardianDecides`, `PatientReplaced`, with a
/// card `CardNotPresent`, those of the own card, without one `PatientNotYours`, `PractitionerNotPresent`, `RoleNotAllowed`; then `UntilInThePast` (it would end before it
/// begins), `LinkExists`, `TooManyLinks`.
/// Reads: actor, member, practitioner, patient, person. Writes: person. Event: `GuardianLinked`.
pub fn link_guardian(
    ctx: &Context<'_>,
    view: &mut CardsView<'_, '_>,
    call: &LinkGuardian,
) -> Result<(), Stop> {
    let now = ctx.env.time_ms;
    shape(ctx, call)?;
    let known = view.own.patient(call.patient)?.is_some();
    require(known, Refusal::PatientUnknown)?;
    let mut person = view.own.person_to_change(call.patient)?;
    require(
        person.died_ms.is_none() || call.kind == LinkKind::Executor,
        Refusal::PatientDead,
    )?;
    let accepts = ctx.own_card(view.own, call.guardian)?;
    let accepts = accepts.ok_or(Refusal::GuardianNotPresent)?;
    require(accepts.is_ok(), Refusal::GuardianSilent)?;
    let begins_ms = maker(ctx, view, call, &person)?.max(call.from_ms);
    require(begins_ms < call.until_ms, Refusal::UntilInThePast)?;
    let mut links: Vec<Link> = person.links.to_vec();
    links.retain(|link| link.lasts(now));
    let same = |link: &Link| link.guardian == call.guardian && link.kind == call.kind;
    require(!links.iter().any(same), Refusal::LinkExists)?;
    require(links.len() < limits::LINKS_MAX, Refusal::TooManyLinks)?;

    links.push(Link {
        guardian: call.guardian,
        kind: call.kind,
        rights: call.rights,
        from_ms: begins_ms,
        until_ms: call.until_ms,
        ended_ms: None,
        height: ctx.env.height,
    });
    let outgrown = |_| Fault::Outgrown { what: "links" };
    person.links = Links::new(links).map_err(outgrown)?;
    if call.kind == LinkKind::Parent && person.minor_until_ms.is_none() {
        person.minor_until_ms = Some(call.until_ms);
    }
    view.own.put_person(call.patient, person);
    view.events.push(Event::GuardianLinked(GuardianLinked {
        patient: call.patient,
        guardian: call.guardian,
        kind: call.kind,
        rights: call.rights,
        from_ms: begins_ms,
        until_ms: call.until_ms,
    }));
    Ok(())
}

/// What the call says by itself.
fn shape(ctx: &Context<'_>, call: &LinkGuardian) -> Result<(), Refusal> {
    let most_ms = match call.kind {
        LinkKind::Parent => limits::PARENT_MS_MAX,
        LinkKind::Court | LinkKind::Proxy => limits::LINK_MS_MAX,
        LinkKind::Contingent | LinkKind::Executor | LinkKind::Same => limits::WILL_MS_MAX,
    };
    ends_within(ctx.env, call.until_ms, most_ms)?;
    require(
        call.kind != LinkKind::Parent || is_first_of_month(call.until_ms),
        Refusal::NotFirstOfMonth,
    )?;
    let rights = match call.kind {
        LinkKind::Same => call.rights.reads && call.rights.decides,
        _ => call.rights.reads || call.rights.decides,
    };
    require(rights, Refusal::NoRights)?;
    require(call.guardian != call.patient, Refusal::GuardianIsPatient)
}

/// Judges who makes the link, and says when it may begin.
fn maker(
    ctx: &Context<'_>,
    view: &CardsView<'_, '_>,
    call: &LinkGuardian,
    person: &Person,
) -> Result<TimestampMs, Stop> {
    let later = ctx.env.time_ms.plus(limits::SECOND_CHANNEL_MS);
    match call.kind {
        LinkKind::Parent => parent(ctx, view, call, person)?,
        LinkKind::Same => return same(ctx, view, call, person),
        LinkKind::Executor if person.died_ms.is_some() => officers(ctx, view, call)?,
        LinkKind::Court => officers(ctx, view, call)?,
        LinkKind::Proxy | LinkKind::Contingent | LinkKind::Executor => {
            let speaker = ctx.speaker(view.actors, view.own, call.patient, Right::Decides)?;
            if let Speaker::Guardian(guardian, _) = speaker {
                require(call.kind == LinkKind::Proxy, Refusal::LinkNotYours)?;
                let own = within_own(ctx, call, person, guardian);
                require(own, Refusal::LinkBeyondOwn)?;
            }
            return Ok(ctx.in_force_from(view.own, call.patient, speaker)?);
        }
    }
    Ok(later)
}

/// Two officers of the authority.
fn officers(ctx: &Context<'_>, view: &CardsView<'_, '_>, call: &LinkGuardian) -> Result<(), Stop> {
    ctx.officers(view.actors, view.membership, call.authority, 2)
}

/// A parent's link: who registered the child, and who speaks for it already.
fn parent(
    ctx: &Context<'_>,
    view: &CardsView<'_, '_>,
    call: &LinkGuardian,
    person: &Person,
) -> Result<(), Stop> {
    let now = ctx.env.time_ms;
    require(
        same_person(Some(person), now).is_none(),
        Refusal::PatientReplaced,
    )?;
    let child = view.own.patient(call.patient)?;
    let child = child.ok_or(Refusal::PatientUnknown)?;
    require(
        child.registrar == ctx.body.sponsor,
        Refusal::PatientNotYours,
    )?;
    require(
        child.card.is_none() || person.is_minor(now),
        Refusal::PatientHasCard,
    )?;
    // Who came of age is no minor again, and a minority is never longer than it was.
    let ends_ms = person.minor_until_ms;
    require(
        ends_ms.is_none_or(|ends_ms| call.until_ms <= ends_ms),
        Refusal::UntilTooFar,
    )?;
    ctx.staff(view.actors, view.membership, Role::Registrar)?;
    let decides = |link: &Link| link.lasts(now) && link.rights.decides;
    let mut agreed = ctx.linked(view.actors, view.own, person, decides)?;
    // A proxy or contingent guardian does not make itself a parent: another agrees, or there is no other.
    agreed.remove(&call.guardian);
    Ok(require(
        !agreed.is_empty() || !person.links.iter().any(decides),
        Refusal::LinkNotYours,
    )?)
}

/// The link of a pseudonym to another of the same person: who says so, and from when it counts.
fn same(
    ctx: &Context<'_>,
    view: &CardsView<'_, '_>,
    call: &LinkGuardian,
    person: &Person,
) -> Result<TimestampMs, Stop> {
    let now = ctx.env.time_ms;
    let decides = !person.is_incapable(now) && !person.is_minor(now);
    require(decides, Refusal::GuardianDecides)?;
    // Neither two at once, nor a circle, in which no pseudonym is left for visits: nobody is linked to one that is linked on.
    let other = view.own.person(call.guardian)?;
    let linked = [Some(person), other.as_deref()].map(|one| same_person(one, now));
    let free = linked.iter().all(Option::is_none);
    require(free, Refusal::PatientReplaced)?;
    let patient = view.own.patient(call.patient)?;
    let patient = patient.ok_or(Refusal::PatientUnknown)?;
    if patient.card.is_some() {
        let agrees = ctx.own_card(view.own, call.patient)?;
        agrees.ok_or(Refusal::CardNotPresent)??;
        return Ok(ctx.in_force_from(view.own, call.patient, Speaker::Own)?);
    }
    let registered = patient.registrar == ctx.body.sponsor;
    require(registered, Refusal::PatientNotYours)?;
    ctx.staff(view.actors, view.membership, Role::Registrar)?;
    Ok(now.plus(limits::SECOND_CHANNEL_MS))
}

/// Whether the link gives nothing beyond one that `guardian` itself has.
fn within_own(
    ctx: &Context<'_>,
    call: &LinkGuardian,
    person: &Person,
    guardian: PatientId,
) -> bool {
    person.links.iter().any(|link| {
        link.guardian == guardian
            && link_speaks(person, link, ctx.env.time_ms)
            && link.rights.decides
            && (link.rights.reads || !call.rights.reads)
            && call.until_ms <= link.until_ms
    })
}
