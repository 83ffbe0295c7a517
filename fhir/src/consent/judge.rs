//! Whether a Consent contradicts itself.
use amanat_types::code::GrantAccess;

use super::model::{Actor, Consent, Deny, On, Period, Permit, Provision};
use crate::flaw::{Rule, Trail};

/// Refuses a permit of which a deny of the same Consent leaves nothing to one of its actors.
///
/// What a deny takes from a part of a permit is an exception, and lawful.
pub(super) fn judge(consent: &Consent) -> Result<(), Trail> {
    let denies = || {
        consent.provisions.iter().filter_map(|one| match one {
            Provision::Deny(deny) => Some(deny),
            Provision::Permit(_) => None,
        })
    };
    for (place, provision) in consent.provisions.iter().enumerate() {
        if let Provision::Permit(permit) = provision
            && denies().any(|deny| swallows(consent.period, deny, permit))
        {
            let why = "a deny of this Consent leaves nothing of this permit to one of its actors";
            return Err(Trail::new(Rule::Contradiction(why)).item(place));
        }
    }
    Ok(())
}

fn swallows(whole: Period, deny: &Deny, permit: &Permit) -> bool {
    let denied = |actor| deny.actors.is_empty() || deny.actors.iter().any(|one| is_of(actor, *one));
    let purposes = &permit.purposes;
    let on = match &deny.on {
        On::All => true,
        On::Classes(denied) => permit.classes.iter().all(|one| denied.contains(one)),
        On::Records(denied) => {
            !permit.records.is_empty() && permit.records.iter().all(|one| denied.contains(one))
        }
    };
    permit.actors.iter().any(|actor| denied(*actor))
        && includes(deny.access, permit.access)
        && (deny.purposes.is_empty() || purposes.iter().all(|one| deny.purposes.contains(one)))
        && on
        && whole.narrowed(permit.period).until_ms <= whole.narrowed(deny.period()).until_ms
}

/// Whether whoever is `actor` is `denied` too, as far as their names tell.
fn is_of(actor: Actor, denied: Actor) -> bool {
    actor == denied
        || match (actor, denied) {
            (Actor::RoleAt(at), Actor::Member(member)) => at.member == member,
            (Actor::RoleAt(at), Actor::Role(role)) => at.role == role,
            (Actor::RoleAtKind(at), Actor::Role(role)) => at.role == role,
            (Actor::RoleAtKindWithin(at), Actor::Role(role)) => at.role == role,
            (Actor::RoleAtKindWithin(at), Actor::Within(of)) => at.within.is_within(of),
            (Actor::RoleAtKindWithin(at), Actor::Outside(of)) => !at.within.meets(of),
            _ => false,
        }
}

const fn includes(denied: GrantAccess, permitted: GrantAccess) -> bool {
    (denied.reads() || !permitted.reads()) && (denied.writes() || !permitted.writes())
}
