//! What is refused, by its place.
use super::*;

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

/// Whoever asks for clinical dates is told why not, and what there is.
#[test]
fn clinical_dates_are_refused_with_what_stands_for_them() {
    for place in ["/provision/dataPeriod", "/provision/provision/0/dataPeriod"] {
        let dates = json!({ "start": "2020-01-01", "end": "2020-12-31" });
        let (_, rule) = refused(&with(consent(&[permit()]), place, dates));
        let said = rule.to_string();
        for word in [
            "clinical dates",
            "sealed",
            "data",
            "urn:amanat:ledger:deposited",
        ] {
            assert!(said.contains(word), "{place}: {word} in {said}");
        }
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
