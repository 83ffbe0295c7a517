//! Actors: a member, a practitioner, or a role somewhere, by their names on the ledger.
use amanat_types::call::{RoleAt, RoleAtKind};
use amanat_types::code::{MemberKind, Role};
use amanat_types::{MemberId, PractitionerId};
use serde_json::{Map, Value, json};

use super::model::Actor;
use super::node::{Node, concept, identifier};
use super::{EVERYONE, GROUP, MEMBER, PARTICIPATION, PRACTITIONER, RECIPIENT, ROLE};
use crate::flaw::{Rule, Trail};

const ROLE_RULE: Rule =
    Rule::Expected("PRCP of HL7 v3 ParticipationType, or a role of urn:amanat:role");
const LITERAL: &str = "an actor is named by an identifier of the ledger: which member a directory entry speaks of, the ledger does not say";
const NAME_RULE: Rule = Rule::Expected(
    "urn:amanat:ledger:member, urn:amanat:ledger:practitioner or urn:amanat:ledger:group",
);

/// Where an actor's reference points.
enum Place {
    Member(MemberId),
    Practitioner(PractitionerId),
    Kind(MemberKind),
    Everyone,
}

/// Reads `actor`.
pub(super) fn read(map: &Map<String, Value>) -> Result<Actor, Trail> {
    let node = Node::of(map, &["role", "reference"], &[])?;
    let role = node.one_there("role", role)?;
    let place = node.one_there("reference", place)?;
    let unfit = |why| Err(Trail::new(Rule::Unsupported(why)).within("reference"));
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
    let (role, place) = match *actor {
        Actor::Member(member) => (None, Place::Member(member)),
        Actor::Practitioner(one) => (None, Place::Practitioner(one)),
        Actor::Role(role) => (Some(role), Place::Everyone),
        Actor::RoleAt(at) => (Some(at.role), Place::Member(at.member)),
        Actor::RoleAtKind(at) => (Some(at.role), Place::Kind(at.kind)),
    };
    let (system, code) = role.map_or((PARTICIPATION, RECIPIENT), |role| (ROLE, role.as_str()));
    json!({
        "role": { "coding": [{ "system": system, "code": code }] },
        "reference": reference(&place),
    })
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
