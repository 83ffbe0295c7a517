//! Actors: a member, a practitioner, or a role somewhere, by their names on the ledger.
use amanat_types::call::{RoleAt, RoleAtKind, RoleAtKindWithin};
use amanat_types::code::{MemberKind, Role};
use amanat_types::{Jurisdiction, MemberId, PractitionerId};
use serde_json::{Map, Value, json};

use super::model::Actor;
use super::node::{Node, coding, concept, identifier};
use super::{
    COUNTRY, EVERYONE, GROUP, MEMBER, OUTSIDE, PARTICIPATION, PRACTITIONER, RECIPIENT, ROLE,
    SUBDIVISION, WITHIN,
};
use crate::flaw::{Rule, Trail};

const ROLE_RULE: Rule =
    Rule::Expected("PRCP of HL7 v3 ParticipationType, or a role of urn:amanat:role");
const LITERAL: &str = "an actor is named by an identifier of the ledger: which member a directory entry speaks of, the ledger does not say";
const NAME_RULE: Rule = Rule::Expected(
    "urn:amanat:ledger:member, urn:amanat:ledger:practitioner or urn:amanat:ledger:group",
);

const MODIFIER: &str =
    "the only modifiers of an actor are urn:amanat:ledger:within and urn:amanat:ledger:outside";
const PLACE_RULE: Rule = Rule::Expected(
    "a country of urn:iso:std:iso:3166 (ISO 3166-1 alpha-2: PK) or a subdivision of urn:iso:std:iso:3166:-2 (ISO 3166-2: PK-SD)",
);
const NO_PLACE: &str = "a jurisdiction is no actor: it is the modifier urn:amanat:ledger:within or urn:amanat:ledger:outside of the group everyone, in a deny, or of a role at a group of members, in a permit";
const NAMED_PLACE: &str = "a jurisdiction narrows the group everyone without a role, in a deny, or a role at a kind of members, in a permit: where a named member is, the members vote";
const OUTSIDE_PERMIT: &str =
    "a permit is to members within a jurisdiction: urn:amanat:ledger:within";

/// Members by where they are.
#[derive(Clone, Copy)]
enum Bound {
    Within(Jurisdiction),
    Outside(Jurisdiction),
}

/// Where an actor's reference points.
enum Place {
    Member(MemberId),
    Practitioner(PractitionerId),
    Kind(MemberKind),
    Everyone,
}

/// Reads `actor`.
pub(super) fn read(map: &Map<String, Value>) -> Result<Actor, Trail> {
    let node = Node::of(map, &["role", "reference", "modifierExtension"], &[])?;
    let role = node.one_there("role", role)?;
    let place = node.one_there("reference", place)?;
    let bounds = node.each("modifierExtension", 1, bound)?;
    let unfit = |why| Err(Trail::new(Rule::Unsupported(why)).within("reference"));
    if let Some(bound) = bounds.into_iter().next() {
        let narrowed = narrowed(role, &place, bound);
        return narrowed
            .map_err(|why| Trail::new(Rule::Unsupported(why)).within("modifierExtension"));
    }
    match (role, place) {
        (None, Place::Member(member)) => Ok(Actor::Member(member)),
        (None, Place::Practitioner(one)) => Ok(Actor::Practitioner(one)),
        (Some(role), Place::Member(member)) => Ok(Actor::RoleAt(RoleAt { role, member })),
        (Some(role), Place::Kind(kind)) => Ok(Actor::RoleAtKind(RoleAtKind { role, kind })),
        (Some(role), Place::Everyone) => Ok(Actor::Role(role)),
        (Some(_), Place::Practitioner(_)) => unfit(
            "a role is of a member or a group: a practitioner has the one it is registered with",
        ),
        (None, Place::Kind(_)) => unfit("a kind of members is named with a role"),
        (None, Place::Everyone) => unfit("everyone is said by leaving the actor out"),
    }
}

/// An actor by where the member is.
const fn narrowed(role: Option<Role>, place: &Place, bound: Bound) -> Result<Actor, &'static str> {
    match (role, place, bound) {
        (None, Place::Everyone, Bound::Within(of)) => Ok(Actor::Within(of)),
        (None, Place::Everyone, Bound::Outside(of)) => Ok(Actor::Outside(of)),
        (Some(role), Place::Kind(kind), Bound::Within(within)) => {
            let kind = *kind;
            Ok(Actor::RoleAtKindWithin(RoleAtKindWithin {
                role,
                kind,
                within,
            }))
        }
        (Some(_), Place::Kind(_), Bound::Outside(_)) => Err(OUTSIDE_PERMIT),
        _ => Err(NAMED_PLACE),
    }
}

/// Reads the modifier [`WITHIN`] or [`OUTSIDE`]: a code of ISO 3166 in a `valueCoding`.
fn bound(map: &Map<String, Value>) -> Result<Bound, Trail> {
    let node = Node::of(map, &["url", "valueCoding"], &[])?;
    let make = match node.text_there("url")? {
        WITHIN => Bound::Within,
        OUTSIDE => Bound::Outside,
        _ => return Err(Trail::new(Rule::Unsupported(MODIFIER)).within("url")),
    };
    let jurisdiction = node.one_there("valueCoding", |map| {
        let (system, code) = coding(map)?;
        let jurisdiction = Jurisdiction::parse(code).filter(|one| system_of(*one) == system);
        jurisdiction.ok_or_else(|| Trail::new(PLACE_RULE))
    })?;
    Ok(make(jurisdiction))
}

const fn system_of(jurisdiction: Jurisdiction) -> &'static str {
    match jurisdiction.is_country() {
        true => COUNTRY,
        false => SUBDIVISION,
    }
}

/// The role; nothing if the actor is the member or practitioner itself.
fn role(map: &Map<String, Value>) -> Result<Option<Role>, Trail> {
    let (system, code) = concept(map)?;
    match (system, Role::parse(code)) {
        (PARTICIPATION, _) if code == RECIPIENT => Ok(None),
        (ROLE, Some(role)) => Ok(Some(role)),
        _ => Err(Trail::new(ROLE_RULE)),
    }
}

fn place(map: &Map<String, Value>) -> Result<Place, Trail> {
    let node = Node::of(
        map,
        &["type", "identifier", "display"],
        &[("reference", LITERAL)],
    )?;
    let (system, value) = node.one_there("identifier", identifier)?;
    let bad = |what, rule| Trail::new(rule).within(what).within("identifier");
    let found = match system {
        MEMBER => number(value).map(Place::Member),
        PRACTITIONER => PractitionerId::from_hex(value).map(Place::Practitioner),
        GROUP if value == EVERYONE => Some(Place::Everyone),
        GROUP => MemberKind::parse(value).map(Place::Kind),
        COUNTRY | SUBDIVISION => return Err(bad("system", Rule::Unsupported(NO_PLACE))),
        _ => return Err(bad("system", NAME_RULE)),
    };
    let found = found.ok_or_else(|| {
        bad(
            "value",
            Rule::Expected("a name of its system: a member's number, 32 hexadecimal digits, a kind of members or everyone"),
        )
    })?;
    match node.text("type")? {
        Some(kind) if kind != kind_of(&found) => {
            let rule = Rule::Expected(
                "the type that the identifier's system has: Organization, Practitioner or Group",
            );
            Err(Trail::new(rule).within("type"))
        }
        _ => Ok(found),
    }
}

const fn kind_of(place: &Place) -> &'static str {
    match place {
        Place::Member(_) => "Organization",
        Place::Practitioner(_) => "Practitioner",
        Place::Kind(_) | Place::Everyone => "Group",
    }
}

/// A member's number as it is printed, so that one member has one name.
fn number(text: &str) -> Option<MemberId> {
    let number: u16 = text.parse().ok()?;
    (number.to_string() == text).then_some(MemberId::new(number))
}

/// A member by reference.
pub(super) fn member(map: &Map<String, Value>) -> Result<MemberId, Trail> {
    match place(map)? {
        Place::Member(member) => Ok(member),
        _ => Err(Trail::new(Rule::Expected("a member of the network"))),
    }
}

/// Writes `actor`.
pub(super) fn write(actor: &Actor) -> Value {
    let (role, place, bound) = match *actor {
        Actor::Member(member) => (None, Place::Member(member), None),
        Actor::Practitioner(one) => (None, Place::Practitioner(one), None),
        Actor::Role(role) => (Some(role), Place::Everyone, None),
        Actor::RoleAt(at) => (Some(at.role), Place::Member(at.member), None),
        Actor::RoleAtKind(at) => (Some(at.role), Place::Kind(at.kind), None),
        Actor::RoleAtKindWithin(at) => {
            let bound = Some((WITHIN, at.within));
            (Some(at.role), Place::Kind(at.kind), bound)
        }
        Actor::Outside(of) => (None, Place::Everyone, Some((OUTSIDE, of))),
        Actor::Within(of) => (None, Place::Everyone, Some((WITHIN, of))),
    };
    let (system, code) = role.map_or((PARTICIPATION, RECIPIENT), |role| (ROLE, role.as_str()));
    let mut actor = Map::new();
    if let Some((url, place)) = bound {
        let coding = json!({ "system": system_of(place), "code": place.as_str() });
        let modifier = json!([{ "url": url, "valueCoding": coding }]);
        actor.insert("modifierExtension".to_owned(), modifier);
    }
    let role = json!({ "coding": [{ "system": system, "code": code }] });
    actor.insert("role".to_owned(), role);
    actor.insert("reference".to_owned(), reference(&place));
    Value::Object(actor)
}

/// A reference to a member.
pub(super) fn to_member(member: MemberId) -> Value {
    reference(&Place::Member(member))
}

fn reference(place: &Place) -> Value {
    let (system, value) = match place {
        Place::Member(member) => (MEMBER, member.number().to_string()),
        Place::Practitioner(one) => (PRACTITIONER, one.to_string()),
        Place::Kind(kind) => (GROUP, kind.as_str().to_owned()),
        Place::Everyone => (GROUP, EVERYONE.to_owned()),
    };
    json!({ "type": kind_of(place), "identifier": { "system": system, "value": value } })
}
