//! Actors by where a member is: read, written back, and refused by their place.
use super::*;

const COUNTRY: &str = "urn:iso:std:iso:3166";
const SUBDIVISION: &str = "urn:iso:std:iso:3166:-2";

fn place(code: &str) -> Jurisdiction {
    Jurisdiction::parse(code).expect("a code")
}

/// The modifier of an actor: `within` or `outside`.
fn modifier(what: &str, coding: &Value) -> Value {
    json!([{ "url": format!("urn:amanat:ledger:{what}"), "valueCoding": coding }])
}

fn narrowed(actor: Value, what: &str, coding: &Value) -> Value {
    with(actor, "/modifierExtension", modifier(what, coding))
}

fn everyone() -> Value {
    named("PRCP", "group", "everyone")
}

fn with_actor(provision: Value, actor: &Value) -> Value {
    let actors = "/provision/provision/0/actor";
    with(consent(&[provision]), actors, json!([actor]))
}

#[test]
fn places_are_read_and_come_back() {
    let (role, kind) = (Role::Nurse, MemberKind::Hospital);
    let within = |within| RoleAtKindWithin { role, kind, within };
    let nurses = || named("nurse", "group", "hospital");
    let (country, subdivision) = (code(COUNTRY, "PK"), code(SUBDIVISION, "PK-SD"));
    let table = [
        (
            deny(),
            everyone(),
            "outside",
            &country,
            Actor::Outside(place("PK")),
        ),
        (
            deny(),
            everyone(),
            "outside",
            &subdivision,
            Actor::Outside(place("PK-SD")),
        ),
        (
            deny(),
            everyone(),
            "within",
            &country,
            Actor::Within(place("PK")),
        ),
        (
            permit(),
            nurses(),
            "within",
            &country,
            Actor::RoleAtKindWithin(within(place("PK"))),
        ),
        (
            permit(),
            nurses(),
            "within",
            &subdivision,
            Actor::RoleAtKindWithin(within(place("PK-SD"))),
        ),
    ];
    for (provision, actor, what, coding, expected) in table {
        let value = with_actor(provision, &narrowed(actor, what, coding));
        let actors = match first(&value) {
            Provision::Permit(permit) => permit.actors,
            Provision::Deny(deny) => deny.actors,
        };
        assert_eq!(actors, [expected], "{value}");
    }
}

/// A place that would say something else, or nothing that is judged, is refused where it stands.
#[test]
fn what_is_no_place_is_refused_by_its_place() {
    let country = code(COUNTRY, "PK");
    let hex = "44".repeat(16);
    let actor = |at: &str| format!("Consent.provision.provision[0].actor{at}");
    let modified = actor("[0].modifierExtension");
    let unsupported = [
        // A named member or practitioner, a role everywhere, nobody of a role.
        (deny(), narrowed(member(3), "outside", &country), &modified),
        (permit(), narrowed(member(3), "within", &country), &modified),
        (
            deny(),
            narrowed(named("PRCP", "practitioner", &hex), "within", &country),
            &modified,
        ),
        (
            deny(),
            narrowed(named("nurse", "group", "everyone"), "outside", &country),
            &modified,
        ),
        (
            deny(),
            narrowed(named("nurse", "member", "2"), "outside", &country),
            &modified,
        ),
        (
            permit(),
            narrowed(named("PRCP", "group", "hospital"), "within", &country),
            &modified,
        ),
        (
            permit(),
            narrowed(named("nurse", "group", "hospital"), "outside", &country),
            &modified,
        ),
        // To everybody of a place.
        (
            permit(),
            narrowed(everyone(), "within", &country),
            &actor(""),
        ),
        (
            permit(),
            narrowed(everyone(), "outside", &country),
            &actor(""),
        ),
        // A role at members of a kind, in a deny.
        (
            deny(),
            narrowed(named("nurse", "group", "hospital"), "within", &country),
            &actor(""),
        ),
        // Another modifier; a place as an actor.
        (
            deny(),
            narrowed(everyone(), "deposited", &country),
            &format!("{modified}[0].url"),
        ),
        (
            deny(),
            json!({
                "role": concept(PARTICIPATION, "PRCP"),
                "reference": { "type": "Group", "identifier": code_value(COUNTRY, "PK") },
            }),
            &actor("[0].reference.identifier.system"),
        ),
    ];
    for (provision, actor, at) in unsupported {
        let (found, rule) = refused(&with_actor(provision, &actor));
        assert_eq!(&found, at, "{rule}");
        assert!(matches!(rule, Rule::Unsupported(_)), "{actor}: {rule}");
    }
    for coding in [
        code(COUNTRY, "PK-SD"),
        code(SUBDIVISION, "PK"),
        code(COUNTRY, "pk"),
        code(COUNTRY, "PAK"),
        code("urn:x", "PK"),
        code(SUBDIVISION, "PK-SINDH"),
    ] {
        let value = with_actor(deny(), &narrowed(everyone(), "outside", &coding));
        let (at, rule) = refused(&value);
        assert!(
            at.starts_with(&format!("{modified}[0].valueCoding")),
            "{at}: {coding}"
        );
        assert!(!matches!(rule, Rule::Unsupported(_)), "{coding}: {rule}");
    }
    let bare = json!([{ "url": "urn:amanat:ledger:outside", "valueCode": "PK" }]);
    let bare = with(everyone(), "/modifierExtension", bare);
    let (at, rule) = refused(&with_actor(deny(), &bare));
    assert_eq!(at, format!("{modified}[0].valueCode"));
    assert!(matches!(rule, Rule::Unsupported(_)), "{rule}");
    let one = modifier("outside", &country)[0].clone();
    let twice = with(everyone(), "/modifierExtension", json!([one, one]));
    assert_eq!(
        refused(&with_actor(deny(), &twice)),
        (modified, Rule::TooManyItems { items_max: 1 })
    );
}

/// What a deny of a place leaves of a permit to a place: nothing only if all who are there are denied.
#[test]
fn a_deny_of_a_place_may_leave_nothing_of_a_permit() {
    let coding = |of: &str| match of.len() {
        2 => code(COUNTRY, of),
        _ => code(SUBDIVISION, of),
    };
    // The permit's place, how the deny says its own, that, whether nothing is left.
    let table = [
        ("PK", "outside", "PK", false),
        ("PK", "outside", "IN", true),
        ("PK-SD", "outside", "PK", false),
        ("PK-SD", "outside", "PK-PB", true),
        ("PK", "outside", "PK-SD", false),
        ("PK", "within", "PK", true),
        ("PK-SD", "within", "PK", true),
        ("PK", "within", "PK-SD", false),
        ("PK", "within", "IN", false),
    ];
    for (to, what, of, contradicts) in table {
        let nurses = narrowed(named("nurse", "group", "hospital"), "within", &coding(to));
        let permit = with(json!({ "p": permit() }), "/p/actor", json!([nurses]))["p"].clone();
        let denied = narrowed(everyone(), what, &coding(of));
        let deny = json!({ "type": "deny", "actor": [denied] });
        let value = consent(&[deny, permit]);
        if contradicts {
            let (at, rule) = refused(&value);
            assert_eq!(at, "Consent.provision.provision[1]", "{to} {what} {of}");
            assert!(matches!(rule, Rule::Contradiction(_)));
        } else {
            sound(&value);
        }
    }
    // Of a role whose place nobody names it is not known.
    let everywhere = with_actor(permit(), &named("nurse", "group", "hospital"));
    let mut value = everywhere;
    let denied = narrowed(everyone(), "outside", &code(COUNTRY, "PK"));
    value["provision"]["provision"]
        .as_array_mut()
        .expect("provisions")
        .push(json!({ "type": "deny", "actor": [denied] }));
    sound(&value);
}
