//! What is read of a Consent, and comes back.
use super::*;

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
