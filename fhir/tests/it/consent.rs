//! Consents: what is read and written back, and what is refused, each refusal with a twin that is read.
use amanat_fhir::consent::{
    Actor, Class, Coding, Consent, Deny, Identifier, On, Period, Permit, Policy, Provision, Status,
    read, write,
};
use amanat_fhir::{Category, Rule, canonical};
use amanat_types::call::{Heights, RoleAt, RoleAtKind};
use amanat_types::code::{GrantAccess, MemberKind, Role};
use amanat_types::{BlindIndex, Height, MemberId, PractitionerId, Purpose, RecordId, TimestampMs};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{checked, written};

const CATEGORY: &str = "urn:amanat:category";
const REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const ACTION: &str = "http://terminology.hl7.org/CodeSystem/consentaction";
const TYPES: &str = "http://hl7.org/fhir/resource-types";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";

fn code(system: &str, code: &str) -> Value {
    json!({ "system": system, "code": code })
}

fn concept(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

fn member(number: u16) -> Value {
    named("PRCP", "member", &number.to_string())
}

/// An actor: a participation or a role, at what is named on the ledger.
fn named(role: &str, system: &str, value: &str) -> Value {
    let role_system = match role {
        "PRCP" | "CST" => PARTICIPATION,
        _ => "urn:amanat:role",
    };
    json!({
        "role": concept(role_system, role),
        "reference": { "identifier": code_value(&format!("urn:amanat:ledger:{system}"), value) },
    })
}

fn code_value(system: &str, value: &str) -> Value {
    json!({ "system": system, "value": value })
}

fn permit() -> Value {
    json!({
        "type": "permit",
        "actor": [member(2)],
        "action": [concept(ACTION, "access")],
        "purpose": [code(REASON, "TREAT")],
        "class": [code(CATEGORY, "laboratory")],
    })
}

fn deny() -> Value {
    json!({ "type": "deny", "actor": [member(3)], "class": [code(CATEGORY, "psychiatry")] })
}

fn consent(provisions: &[Value]) -> Value {
    json!({
        "resourceType": "Consent",
        "status": "active",
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [concept("http://loinc.org", "59284-0")],
        "patient": { "reference": "Patient/p1" },
        "policyRule": concept("urn:amanat:consent-policy", "network"),
        "provision": {
            "period": { "end": "2027-01-31T18:59:59Z" },
            "provision": provisions,
        },
    })
}

/// A Consent with one element at a place changed; null takes it out.
fn with(mut consent: Value, place: &str, value: Value) -> Value {
    let (parent, name) = place.rsplit_once('/').expect("a place");
    let parent = match parent {
        "" => &mut consent,
        parent => consent.pointer_mut(parent).expect("the place is there"),
    };
    let parent = parent.as_object_mut().expect("an object");
    match value {
        Value::Null => drop(parent.remove(name)),
        value => drop(parent.insert(name.to_owned(), value)),
    }
    consent
}

/// Reads what must be sound, and sees that it comes back.
fn sound(value: &Value) -> Consent {
    let read_once = read(&checked(&value.to_string()));
    let once = read_once.unwrap_or_else(|flaw| panic!("{flaw}: {value}"));
    let back = checked(&written(&write(&once)));
    assert_eq!(read(&back).as_ref(), Ok(&once), "{value}");
    once
}

fn first(value: &Value) -> Provision {
    sound(value).provisions.swap_remove(0)
}

fn refused(value: &Value) -> (String, Rule) {
    match read(&checked(&value.to_string())) {
        Ok(_) => panic!("read: {value}"),
        Err(flaw) => (flaw.at().to_owned(), flaw.rule()),
    }
}

fn ms(text: &str) -> Option<TimestampMs> {
    amanat_fhir::instant_ms(text).map(TimestampMs::new)
}

#[test]
fn a_permit_and_a_deny_are_read() {
    let read = sound(&consent(&[permit(), deny()]));
    let until_ms = ms("2027-01-31T19:00:00Z");
    assert_eq!(
        read.period,
        Period {
            from_ms: None,
            until_ms
        }
    );
    assert_eq!(
        (read.status, read.policy),
        (Status::Active, Policy::Network)
    );
    assert_eq!(read.patient, "p1");
    assert_eq!(read.named(), [Category::Laboratory, Category::Psychiatry]);
    let expected = [
        Provision::Permit(Permit {
            period: Period::default(),
            actors: vec![Actor::Member(MemberId::new(2))],
            access: GrantAccess::Read,
            purposes: vec![Purpose::Treat],
            classes: vec![Class::Category(Category::Laboratory)],
            records: vec![],
            deposited: None,
        }),
        Provision::Deny(Deny {
            until_ms: None,
            actors: vec![Actor::Member(MemberId::new(3))],
            access: GrantAccess::ReadWrite,
            purposes: vec![],
            on: On::Classes(vec![Class::Category(Category::Psychiatry)]),
        }),
    ];
    assert_eq!(read.provisions, expected);
}

#[test]
fn what_is_for_people_is_passed_over() {
    let plain = sound(&consent(&[permit()]));
    let text = json!({ "status": "generated", "div": "<div>x</div>" });
    let mut wordy = with(consent(&[permit()]), "/text", text);
    wordy = with(wordy, "/meta", json!({ "versionId": "1" }));
    wordy = with(wordy, "/language", json!("ur-PK"));
    wordy = with(wordy, "/scope/text", json!("privacy"));
    wordy = with(wordy, "/scope/coding/0/display", json!("Privacy Consent"));
    let reference = "/provision/provision/0/actor/0/reference";
    wordy = with(wordy, &format!("{reference}/display"), json!("a hospital"));
    wordy = with(wordy, &format!("{reference}/type"), json!("Organization"));
    assert_eq!(sound(&wordy), plain);
}

#[test]
fn what_is_said_of_the_consent_is_kept() {
    let mut value = with(consent(&[permit()]), "/id", json!("c-1"));
    value = with(value, "/identifier", json!([code_value("urn:x:y", "7")]));
    value = with(value, "/dateTime", json!("2026-11-20"));
    value = with(value, "/performer", json!([{ "reference": "Patient/p1" }]));
    let organization = &member(1)["reference"];
    value = with(value, "/organization", json!([organization]));
    let system = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    value = with(value, "/policyRule", concept(system, "OPTINR"));
    let read = sound(&value);
    assert_eq!(read.id.as_deref(), Some("c-1"));
    assert_eq!(read.identifiers.len(), 1);
    assert_eq!(read.date_time.as_deref(), Some("2026-11-20"));
    assert!(read.by_patient);
    assert_eq!(read.organization, Some(MemberId::new(1)));
    assert_eq!(read.policy, Policy::OptInRestricted);
}

#[test]
fn actors_are_read() {
    let hex = "44".repeat(16);
    let practitioner = PractitionerId::new([0x44; 16]);
    let (role, at) = (Role::Nurse, MemberId::new(2));
    let kind = MemberKind::Pharmacy;
    let table = [
        (permit(), member(2), Actor::Member(at)),
        (
            permit(),
            named("PRCP", "practitioner", &hex),
            Actor::Practitioner(practitioner),
        ),
        (
            permit(),
            named("nurse", "member", "2"),
            Actor::RoleAt(RoleAt { role, member: at }),
        ),
        (
            permit(),
            named("nurse", "group", "pharmacy"),
            Actor::RoleAtKind(RoleAtKind { role, kind }),
        ),
        (
            deny(),
            named("nurse", "group", "everyone"),
            Actor::Role(role),
        ),
        (
            deny(),
            named("nurse", "member", "2"),
            Actor::RoleAt(RoleAt { role, member: at }),
        ),
    ];
    for (provision, actor, expected) in table {
        let value = with(
            consent(&[provision]),
            "/provision/provision/0/actor",
            json!([actor]),
        );
        let actors = match first(&value) {
            Provision::Permit(permit) => permit.actors,
            Provision::Deny(deny) => deny.actors,
        };
        assert_eq!(actors, [expected], "{value}");
    }
    let all = with(
        consent(&[deny()]),
        "/provision/provision/0/actor",
        Value::Null,
    );
    assert!(matches!(first(&all), Provision::Deny(deny) if deny.actors.is_empty()));
}

#[test]
fn actions_and_purposes_are_read() {
    let actions = "/provision/provision/0/action";
    for (codes, expected) in [
        (&["access"][..], GrantAccess::Read),
        (&["collect"], GrantAccess::Write),
        (&["correct"], GrantAccess::ReadWrite),
        (&["access", "collect"], GrantAccess::ReadWrite),
        (&["access", "correct"], GrantAccess::ReadWrite),
    ] {
        let codes: Vec<Value> = codes.iter().map(|one| concept(ACTION, one)).collect();
        let value = with(consent(&[permit()]), actions, json!(codes));
        assert!(matches!(first(&value), Provision::Permit(permit) if permit.access == expected));
    }
    let purposes = json!([code(REASON, "HRESCH"), code(REASON, "TREAT")]);
    let value = with(
        consent(&[deny()]),
        "/provision/provision/0/purpose",
        purposes,
    );
    assert!(
        matches!(first(&value), Provision::Deny(deny) if deny.purposes == [Purpose::Treat, Purpose::Hresch])
    );
}

#[test]
fn resource_types_stand_for_their_category_together() {
    let class = "/provision/provision/0/class";
    let types = |names: &[&str]| -> Value { names.iter().map(|one| code(TYPES, one)).collect() };
    let medication = [
        "MedicationRequest",
        "MedicationDispense",
        "MedicationStatement",
        "MedicationAdministration",
    ];
    let value = with(consent(&[permit()]), class, types(&medication));
    assert!(
        matches!(first(&value), Provision::Permit(permit) if permit.classes == [Class::Category(Category::Medication)])
    );
    let value = with(consent(&[permit()]), class, types(&["AllergyIntolerance"]));
    assert!(
        matches!(first(&value), Provision::Permit(permit) if permit.classes == [Class::Category(Category::Allergy)])
    );

    for (provision, names, at) in [
        (permit(), &medication[..3], "class[0].code"),
        (permit(), &["Observation"], "class[0].code"),
        (permit(), &["Specimen"], "class[0].code"),
        (permit(), &["Organization"], "class[0].code"),
        (deny(), &["AllergyIntolerance"], "class[0].system"),
    ] {
        let (place, rule) = refused(&with(consent(&[provision]), class, types(names)));
        assert_eq!(place, format!("Consent.provision.provision[0].{at}"));
        assert!(matches!(rule, Rule::Unsupported(_)), "{names:?}: {rule}");
    }
    let (_, rule) = refused(&with(consent(&[permit()]), class, types(&["Nonsense"])));
    assert_eq!(rule, Rule::TypeUnknown);
}

#[test]
fn records_and_heights_are_read() {
    let record = RecordId::new([0x66; 16]);
    let by_id = json!([{ "meaning": "instance", "reference": { "reference": format!("Observation/{record}") } }]);
    let by_name = json!([{ "meaning": "instance", "reference": { "identifier": code_value("urn:amanat:ledger:record", &record.to_string()) } }]);
    let data = "/provision/provision/0/data";
    for named in [by_id, by_name] {
        let value = with(consent(&[permit()]), data, named.clone());
        assert!(matches!(first(&value), Provision::Permit(permit) if permit.records == [record]));
        let value = with(consent(&[deny()]), data, named.clone());
        let (at, _) = refused(&value);
        assert_eq!(at, "Consent.provision.provision[0].data");
        let value = with(value, "/provision/provision/0/class", Value::Null);
        assert!(
            matches!(first(&value), Provision::Deny(deny) if deny.on == On::Records(vec![record]))
        );
        let write = json!([concept(ACTION, "collect")]);
        let value = with(consent(&[permit()]), data, named);
        let (at, rule) = refused(&with(value, "/provision/provision/0/action", write));
        assert_eq!(at, "Consent.provision.provision[0].action");
        assert!(matches!(rule, Rule::Contradiction(_)));
    }

    let heights = |first: &str, last: &str| {
        let end = |name: &str, height: &str| json!({ "url": name, "valueString": height });
        json!([{ "url": "urn:amanat:ledger:deposited", "extension": [end("first", first), end("last", last)] }])
    };
    let modifier = "/provision/provision/0/modifierExtension";
    let value = with(
        consent(&[permit()]),
        modifier,
        heights("7", "18446744073709551615"),
    );
    let expected = Heights {
        first: Height::new(7),
        last: Height::new(u64::MAX),
    };
    assert!(
        matches!(first(&value), Provision::Permit(permit) if permit.deposited == Some(expected))
    );
    for wrong in [
        heights("8", "7"),
        heights("7", "x"),
        json!([{ "url": "urn:x", "valueBoolean": true }]),
    ] {
        refused(&with(consent(&[permit()]), modifier, wrong));
    }
    let (at, _) = refused(&with(consent(&[deny()]), modifier, heights("1", "2")));
    assert_eq!(at, "Consent.provision.provision[0].modifierExtension");
}

#[test]
fn ends_are_inclusive_and_within_the_whole() {
    let own = "/provision/provision/0/period";
    let table = [
        ("2027-01-01T00:00:00Z", "2027-01-01T00:00:01.000Z"),
        ("2027-01-01T05:00:00.000+05:00", "2027-01-01T00:00:00.001Z"),
    ];
    for (end, until) in table {
        let value = with(
            consent(&[permit()]),
            own,
            json!({ "start": "2026-12-01T00:00:00Z", "end": end }),
        );
        let Provision::Permit(permit) = first(&value) else {
            panic!("a permit");
        };
        let expected = Period {
            from_ms: ms("2026-12-01T00:00:00Z"),
            until_ms: ms(until),
        };
        assert_eq!(permit.period, expected);
        assert_eq!(sound(&value).span(permit.period), expected);
    }
    for end in [
        "2027-01-01",
        "2027",
        "2027-01-01T00:00:00.5Z",
        "2027-01-01T00:00:00.1234Z",
        "9999-12-31T23:59:59-14:00",
        "soon",
    ] {
        let value = with(consent(&[permit()]), own, json!({ "end": end }));
        let (at, rule) = refused(&value);
        assert_eq!(at, "Consent.provision.provision[0].period.end", "{end}");
        assert!(matches!(rule, Rule::Expected(_)));
    }
    let beyond = with(
        consent(&[permit()]),
        own,
        json!({ "end": "2027-01-31T19:00:00Z" }),
    );
    assert_eq!(refused(&beyond).0, "Consent.provision.provision[0].period");
    let reversed = json!({ "start": "2026-12-02T00:00:00Z", "end": "2026-12-01T00:00:00Z" });
    let reversed = with(consent(&[permit()]), own, reversed);
    assert_eq!(
        refused(&reversed).0,
        "Consent.provision.provision[0].period"
    );
    let late = with(
        consent(&[permit()]),
        own,
        json!({ "start": "2027-02-01T00:00:00Z" }),
    );
    assert_eq!(refused(&late).0, "Consent.provision.provision[0].period");
    let endless = with(consent(&[permit()]), "/provision/period", Value::Null);
    assert_eq!(
        refused(&endless),
        (
            "Consent.provision.provision[0].period.end".to_owned(),
            Rule::Required
        )
    );
    let begun = with(
        consent(&[deny()]),
        "/provision/period/start",
        json!("2026-12-01T00:00:00Z"),
    );
    assert_eq!(refused(&begun).0, "Consent.provision.provision[0].period");
}

/// What is not supported, by its place; the Consent of [`permit`] without it is read above.
#[test]
fn what_could_not_be_kept_is_refused_by_its_place() {
    let table = [
        ("/policy", json!([{ "uri": "urn:x" }]), "policy"),
        (
            "/sourceAttachment",
            json!({ "title": "x" }),
            "sourceAttachment",
        ),
        (
            "/sourceReference",
            json!({ "reference": "DocumentReference/d1" }),
            "sourceReference",
        ),
        (
            "/verification",
            json!([{ "verified": true }]),
            "verification",
        ),
        ("/implicitRules", json!("urn:x"), "implicitRules"),
        (
            "/extension",
            json!([{ "url": "urn:x", "valueBoolean": true }]),
            "extension",
        ),
        (
            "/modifierExtension",
            json!([{ "url": "urn:x", "valueBoolean": true }]),
            "modifierExtension",
        ),
        ("/_status", json!({ "id": "s" }), "_status"),
        ("/unknown", json!("x"), "unknown"),
        (
            "/scope",
            concept(
                "http://terminology.hl7.org/CodeSystem/consentscope",
                "research",
            ),
            "scope",
        ),
        (
            "/policyRule",
            concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN"),
            "policyRule",
        ),
        (
            "/policyRule",
            concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTOUT"),
            "policyRule",
        ),
        (
            "/performer",
            json!([{ "reference": "Patient/p2" }]),
            "performer[0]",
        ),
        (
            "/performer",
            json!([{ "reference": "RelatedPerson/p1" }]),
            "performer[0]",
        ),
        (
            "/organization",
            json!([{ "reference": "Organization/o1" }]),
            "organization[0].reference",
        ),
        ("/provision/type", json!("permit"), "provision.type"),
        ("/provision/type", json!("deny"), "provision.type"),
        ("/provision/actor", json!([member(2)]), "provision.actor"),
        (
            "/provision/class",
            json!([code(CATEGORY, "laboratory")]),
            "provision.class",
        ),
        (
            "/provision/dataPeriod",
            json!({ "end": "2026" }),
            "provision.dataPeriod",
        ),
        (
            "/provision/provision/0/provision",
            json!([deny()]),
            "provision.provision[0].provision",
        ),
        (
            "/provision/provision/0/securityLabel",
            json!([code("urn:x", "PSY")]),
            "provision.provision[0].securityLabel",
        ),
        (
            "/provision/provision/0/code",
            json!([concept("http://loinc.org", "718-7")]),
            "provision.provision[0].code",
        ),
        (
            "/provision/provision/0/dataPeriod",
            json!({ "end": "2026" }),
            "provision.provision[0].dataPeriod",
        ),
        (
            "/provision/provision/0/extension",
            json!([{ "url": "urn:x", "valueBoolean": true }]),
            "provision.provision[0].extension",
        ),
        (
            "/provision/provision/0/action",
            json!([concept(ACTION, "use")]),
            "provision.provision[0].action[0]",
        ),
        (
            "/provision/provision/0/action",
            json!([concept(ACTION, "access"), concept(ACTION, "disclose")]),
            "provision.provision[0].action[1]",
        ),
        (
            "/provision/provision/0/actor",
            json!([{ "role": concept(PARTICIPATION, "PRCP"), "reference": { "reference": "Organization/o1" } }]),
            "provision.provision[0].actor[0].reference.reference",
        ),
        (
            "/provision/provision/0/actor",
            json!([named("nurse", "group", "everyone")]),
            "provision.provision[0].actor",
        ),
        (
            "/provision/provision/0/actor",
            json!([named("nurse", "practitioner", &"44".repeat(16))]),
            "provision.provision[0].actor[0].reference",
        ),
        (
            "/provision/provision/0/actor",
            json!([named("PRCP", "group", "pharmacy")]),
            "provision.provision[0].actor[0].reference",
        ),
        (
            "/provision/provision/0/actor",
            json!([named("PRCP", "group", "everyone")]),
            "provision.provision[0].actor[0].reference",
        ),
        (
            "/provision/provision/0/data",
            json!([{ "meaning": "authoredby", "reference": { "reference": "Observation/o1" } }]),
            "provision.provision[0].data[0].meaning",
        ),
    ];
    for (place, value, at) in table {
        let (found, rule) = refused(&with(consent(&[permit()]), place, value));
        assert_eq!(found, format!("Consent.{at}"));
        assert!(matches!(rule, Rule::Unsupported(_)), "{place}: {rule}");
    }
    let kind = with(
        consent(&[deny()]),
        "/provision/provision/0/actor",
        json!([named("nurse", "group", "pharmacy")]),
    );
    assert_eq!(refused(&kind).0, "Consent.provision.provision[0].actor");
    for purpose in ["ETREAT", "PATRQT"] {
        let value = with(
            consent(&[deny()]),
            "/provision/provision/0/purpose",
            json!([code(REASON, purpose)]),
        );
        assert_eq!(refused(&value).0, "Consent.provision.provision[0].purpose");
    }
}

#[test]
fn what_is_missing_is_named() {
    for place in [
        "/status",
        "/scope",
        "/category",
        "/patient",
        "/policyRule",
        "/provision",
        "/provision/provision",
        "/provision/provision/0/type",
        "/provision/provision/0/actor",
        "/provision/provision/0/action",
        "/provision/provision/0/purpose",
        "/provision/provision/0/class",
        "/scope/coding/0/system",
        "/provision/provision/0/actor/0/role",
        "/provision/provision/0/actor/0/reference",
        "/provision/provision/0/class/0/code",
    ] {
        let value = with(consent(&[permit()]), place, Value::Null);
        let (_, rule) = refused(&value);
        assert_eq!(rule, Rule::Required, "{place}");
    }
    let worded = with(consent(&[permit()]), "/scope", json!({ "text": "privacy" }));
    assert_eq!(
        refused(&worded),
        ("Consent.scope.coding".to_owned(), Rule::Required)
    );
}

#[test]
fn what_is_of_another_form_is_refused() {
    let table = [
        ("/status", json!("valid"), "status"),
        ("/status", json!(7), "status"),
        ("/scope", json!("privacy"), "scope"),
        (
            "/category",
            json!({ "coding": [code("urn:x", "y")] }),
            "category",
        ),
        (
            "/category",
            json!([concept("a b", "c")]),
            "category[0].coding[0].system",
        ),
        ("/dateTime", json!("yesterday"), "dateTime"),
        (
            "/patient",
            json!({ "reference": "Group/g" }),
            "patient.reference",
        ),
        (
            "/patient",
            json!({ "reference": "http://x/Patient/p1" }),
            "patient.reference",
        ),
        (
            "/patient",
            json!({ "reference": "Patient/p1/_history/1" }),
            "patient.reference",
        ),
        ("/provision", json!([1]), "provision"),
        (
            "/provision/provision/0/type",
            json!("allow"),
            "provision.provision[0].type",
        ),
        (
            "/provision/provision/0/action",
            json!([concept(ACTION, "read")]),
            "provision.provision[0].action[0]",
        ),
        (
            "/provision/provision/0/purpose",
            json!([code(REASON, "MARKT")]),
            "provision.provision[0].purpose[0]",
        ),
        (
            "/provision/provision/0/purpose",
            json!([code("urn:x", "TREAT")]),
            "provision.provision[0].purpose[0]",
        ),
        (
            "/provision/provision/0/class",
            json!([code("urn:x", "laboratory")]),
            "provision.provision[0].class[0].system",
        ),
        (
            "/provision/provision/0/class",
            json!([code(CATEGORY, "directory")]),
            "provision.provision[0].class[0].code",
        ),
        (
            "/provision/provision/0/actor",
            json!([named("CST", "member", "2")]),
            "provision.provision[0].actor[0].role",
        ),
        (
            "/provision/provision/0/actor",
            json!([named("PRCP", "ward", "2")]),
            "provision.provision[0].actor[0].reference.identifier.system",
        ),
        (
            "/provision/provision/0/actor",
            json!([named("PRCP", "member", "02")]),
            "provision.provision[0].actor[0].reference.identifier.value",
        ),
        (
            "/provision/provision/0/actor",
            json!([named("PRCP", "member", "65536")]),
            "provision.provision[0].actor[0].reference.identifier.value",
        ),
        (
            "/provision/provision/0/actor",
            json!([named("nurse", "group", "ward")]),
            "provision.provision[0].actor[0].reference.identifier.value",
        ),
        (
            "/provision/provision/0/data",
            json!([{ "meaning": "instance", "reference": { "reference": "Observation/o1" } }]),
            "provision.provision[0].data[0].reference",
        ),
        (
            "/provision/provision/0/data",
            json!([{ "meaning": "instance", "reference": { "reference": "Organization/6f" } }]),
            "provision.provision[0].data[0].reference.reference",
        ),
    ];
    for (place, value, at) in table {
        let (found, rule) = refused(&with(consent(&[permit()]), place, value));
        assert_eq!(found, format!("Consent.{at}"), "{rule}");
    }
    let other = checked(r#"{"resourceType":"Basic"}"#);
    assert_eq!(read(&other).unwrap_err().at(), "Resource.resourceType");
    let two = json!({ "coding": [code("urn:x", "a"), code("urn:x", "b")] });
    let (at, rule) = refused(&with(consent(&[permit()]), "/policyRule", two));
    assert_eq!(
        (at.as_str(), rule),
        (
            "Consent.policyRule.coding",
            Rule::TooManyItems { items_max: 1 }
        )
    );
}

#[test]
fn what_is_said_twice_or_too_often_is_refused() {
    for (name, item) in [
        ("actor", member(2)),
        ("purpose", code(REASON, "TREAT")),
        ("class", code(CATEGORY, "laboratory")),
    ] {
        let place = format!("/provision/provision/0/{name}");
        let (at, rule) = refused(&with(consent(&[permit()]), &place, json!([item, item])));
        assert_eq!(
            (at, rule),
            (
                format!("Consent.provision.provision[0].{name}"),
                Rule::Repeated
            )
        );
    }
    let actors: Vec<Value> = (1..=17).map(member).collect();
    let (_, rule) = refused(&with(
        consent(&[permit()]),
        "/provision/provision/0/actor",
        json!(actors),
    ));
    assert_eq!(rule, Rule::TooManyItems { items_max: 16 });
    let many: Vec<Value> = (0..33).map(|_| permit()).collect();
    let (at, rule) = refused(&consent(&many));
    assert_eq!(
        (at.as_str(), rule),
        (
            "Consent.provision.provision",
            Rule::TooManyItems { items_max: 32 }
        )
    );
}

#[test]
fn a_deny_that_leaves_nothing_of_a_permit_contradicts_it() {
    let whole = json!({ "type": "deny" });
    let labs = json!({ "type": "deny", "class": [code(CATEGORY, "laboratory")] });
    let two = with(json!({ "d": labs }), "/d/actor", json!([member(2)]))["d"].clone();
    let writes = json!({ "type": "deny", "action": [concept(ACTION, "collect")] });
    let pays = json!({ "type": "deny", "purpose": [code(REASON, "HPAYMT")] });
    let brief = json!({ "type": "deny", "period": { "end": "2026-12-01T00:00:00Z" } });
    for (deny, contradicts) in [
        (whole, true),
        (labs, true),
        (two, true),
        (deny(), false),
        (writes, false),
        (pays, false),
        (brief, false),
    ] {
        let value = consent(&[deny, permit()]);
        if contradicts {
            let (at, rule) = refused(&value);
            assert_eq!(at, "Consent.provision.provision[1]");
            assert!(matches!(rule, Rule::Contradiction(_)));
        } else {
            sound(&value);
        }
    }
    let nurse = with(
        consent(&[permit()]),
        "/provision/provision/0/actor",
        json!([named("nurse", "member", "2")]),
    );
    for (actor, contradicts) in [
        (member(2), true),
        (named("nurse", "group", "everyone"), true),
        (named("nurse", "member", "2"), true),
        (named("technician", "member", "2"), false),
        (member(3), false),
    ] {
        let deny = json!({ "type": "deny", "actor": [actor] });
        let permit = nurse["provision"]["provision"][0].clone();
        let read = read(&checked(&consent(&[permit, deny]).to_string()));
        assert_eq!(read.is_err(), contradicts);
    }
}

#[test]
fn no_flaw_repeats_a_value() {
    let value = with(
        consent(&[permit()]),
        "/provision/provision/0/actor/0/reference/identifier/value",
        json!("35202-1234567-1"),
    );
    let flaw = read(&checked(&value.to_string())).unwrap_err();
    assert!(!flaw.to_string().contains("35202"));
}

fn some<T: Clone + Ord + std::fmt::Debug + 'static>(
    all: Vec<T>,
    least: usize,
    most: usize,
) -> impl Strategy<Value = Vec<T>> {
    let most = most.min(all.len());
    proptest::sample::subsequence(all, least..=most).prop_map(|mut some| {
        some.sort();
        some
    })
}

fn actors(permit: bool) -> impl Strategy<Value = Vec<Actor>> {
    let mut all = vec![];
    for number in [0, 1, 2, u16::MAX] {
        all.push(Actor::Member(MemberId::new(number)));
        all.push(Actor::RoleAt(RoleAt {
            role: Role::Nurse,
            member: MemberId::new(number),
        }));
    }
    for byte in [0, 7, 255] {
        all.push(Actor::Practitioner(PractitionerId::new([byte; 16])));
    }
    for role in Role::ALL {
        if permit {
            let kind = MemberKind::Pharmacy;
            all.push(Actor::RoleAtKind(RoleAtKind { role: *role, kind }));
        } else {
            all.push(Actor::Role(*role));
        }
    }
    some(all, usize::from(permit), 16)
}

fn moment() -> impl Strategy<Value = Option<TimestampMs>> {
    proptest::option::of((1u64..4_000_000_000_000).prop_map(TimestampMs::new))
}

fn classes(least: usize) -> impl Strategy<Value = Vec<Class>> {
    let all = Category::ALL.into_iter().filter(|one| one.is_patient());
    let indexes = (0..3).map(|byte| Class::Index(BlindIndex::new([byte; 16])));
    some(all.map(Class::Category).chain(indexes).collect(), least, 24)
}

fn records(least: usize) -> impl Strategy<Value = Vec<RecordId>> {
    some(
        (0..6).map(|byte| RecordId::new([byte; 16])).collect(),
        least,
        5,
    )
}

fn access() -> impl Strategy<Value = GrantAccess> {
    proptest::sample::select(GrantAccess::ALL)
}

fn permits() -> impl Strategy<Value = Provision> {
    let heights =
        proptest::option::of(
            (any::<u64>(), any::<u64>()).prop_map(|(one, other)| Heights {
                first: Height::new(one.min(other)),
                last: Height::new(one.max(other)),
            }),
        );
    let purposes = some(Purpose::ALL.to_vec(), 1, 8);
    let what = (classes(1), records(0), heights);
    ((moment(), moment()), actors(true), access(), purposes, what).prop_map(
        |((from_ms, until_ms), actors, access, purposes, (classes, records, deposited))| {
            Provision::Permit(Permit {
                period: Period { from_ms, until_ms },
                actors,
                access,
                purposes,
                classes,
                records,
                deposited,
            })
        },
    )
}

fn denies() -> impl Strategy<Value = Provision> {
    let purposes: Vec<Purpose> = Purpose::ALL
        .iter()
        .copied()
        .filter(|one| !matches!(one, Purpose::Etreat | Purpose::Patrqt))
        .collect();
    let on = prop_oneof![
        Just(On::All),
        classes(1).prop_map(On::Classes),
        records(1).prop_map(On::Records)
    ];
    (moment(), actors(false), access(), some(purposes, 0, 6), on).prop_map(
        |(until_ms, actors, access, purposes, on)| {
            Provision::Deny(Deny {
                until_ms,
                actors,
                access,
                purposes,
                on,
            })
        },
    )
}

/// Consents of which most are sound.
fn consents() -> impl Strategy<Value = Consent> {
    let text = "[a-z0-9:]{1,8}";
    let label = (text, text).prop_map(|(system, code)| Coding { system, code });
    let identifier = (text, text).prop_map(|(system, value)| Identifier { system, value });
    let head = (
        proptest::option::of("[A-Za-z0-9.-]{1,64}"),
        proptest::collection::vec(identifier, 0..3),
        proptest::sample::select(&Status::ALL[..]),
        proptest::collection::vec(label, 1..3),
        "[A-Za-z0-9.-]{1,64}",
    );
    let more = (
        proptest::option::of(Just("2026-11-20T12:00:00+05:00".to_owned())),
        any::<bool>(),
        proptest::option::of(any::<u16>().prop_map(MemberId::new)),
        proptest::sample::select(&Policy::ALL[..]),
    );
    let until = (4_000_000_000_000u64..200_000_000_000_000).prop_map(TimestampMs::new);
    let period = proptest::option::of(until).prop_map(|until_ms| Period {
        from_ms: None,
        until_ms,
    });
    let provisions = proptest::collection::vec(prop_oneof![permits(), denies()], 1..4);
    (head, more, period, provisions).prop_map(|(head, more, period, provisions)| {
        let (id, identifiers, status, categories, patient) = head;
        let (date_time, by_patient, organization, policy) = more;
        Consent {
            id,
            identifiers,
            status,
            categories,
            patient,
            date_time,
            by_patient,
            organization,
            policy,
            period,
            provisions,
        }
    })
}

proptest! {
    /// What is written is read as the same, or refused; and what is read is written as the same bytes.
    #[test]
    fn consents_come_back(consent in consents()) {
        let bytes = canonical(&write(&consent));
        let resource = checked(std::str::from_utf8(&bytes).unwrap());
        if let Ok(back) = read(&resource) {
            prop_assert_eq!(&back, &consent);
            prop_assert_eq!(canonical(&write(&back)), bytes);
        }
    }

    /// One provision alone contradicts nothing: it is refused only for its period, or for what is written of named records.
    #[test]
    fn one_provision_comes_back(consent in consents(), end in 5_000_000_000_000u64..6_000_000_000_000) {
        let mut consent = consent;
        consent.provisions.truncate(1);
        consent.period = Period { from_ms: None, until_ms: Some(TimestampMs::new(end)) };
        if let Some(Provision::Permit(permit)) = consent.provisions.first_mut() {
            permit.period.until_ms = None;
            if permit.access.writes() {
                permit.records.clear();
                permit.deposited = None;
            }
        }
        let back = read(&checked(&written(&write(&consent))));
        prop_assert_eq!(back, Ok(consent));
    }

    /// A Consent of which any value was exchanged for another gets an answer, and what is read of it comes back.
    #[test]
    fn any_change_gets_an_answer(place in any::<prop::sample::Index>(), with in "(permit|deny|access|TREAT|everyone|PRCP|nurse|[a-z0-9]{0,5}|2027-01-01T00:00:00Z)") {
        let text = consent(&[permit(), deny()]).to_string();
        let quoted: Vec<(usize, &str)> = text.match_indices('"').collect();
        let pair = place.index(quoted.len() / 2) * 2;
        let changed = format!("{}{with}{}", &text[..=quoted[pair].0], &text[quoted[pair + 1].0..]);
        let parsed = amanat_fhir::parse(changed.as_bytes(), amanat_fhir::Limits::RESOURCE).and_then(amanat_fhir::check);
        if let Ok(once) = parsed.and_then(|resource| read(&resource)) {
            let back = read(&checked(&written(&write(&once))));
            prop_assert_eq!(back, Ok(once));
        }
    }
}
