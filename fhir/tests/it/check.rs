//! The rules that every resource must keep, each with a twin that keeps it.

use amanat_fhir::{Checked, Resource, Rule, check};
use serde_json::json;

use super::{checked, flaw, written};

#[test]
fn each_rule_names_its_place() {
    let table = [
        (r#"{}"#, "Resource", Rule::TypeMissing),
        (
            r#"{"resourceType":"Nonsense"}"#,
            "Resource.resourceType",
            Rule::TypeUnknown,
        ),
        (
            r#"{"resourceType":"DomainResource"}"#,
            "Resource.resourceType",
            Rule::TypeUnknown,
        ),
        (
            r#"{"resourceType":7}"#,
            "Resource.resourceType",
            Rule::TypeUnknown,
        ),
        (
            r#"{"resourceType":"Patient","id":"a_b"}"#,
            "Patient.id",
            Rule::IdForm,
        ),
        (
            r#"{"resourceType":"Patient","id":7}"#,
            "Patient.id",
            Rule::IdForm,
        ),
        (
            r#"{"resourceType":"Patient","name":[]}"#,
            "Patient.name",
            Rule::Empty,
        ),
        (
            r#"{"resourceType":"Patient","name":[{}]}"#,
            "Patient.name[0]",
            Rule::Empty,
        ),
        (
            r#"{"resourceType":"Patient","name":[{"family":""}]}"#,
            "Patient.name[0].family",
            Rule::Empty,
        ),
        (
            r#"{"resourceType":"Patient","maritalStatus":{}}"#,
            "Patient.maritalStatus",
            Rule::Empty,
        ),
        (
            r#"{"resourceType":"Patient","active":null}"#,
            "Patient.active",
            Rule::Expected("true or false"),
        ),
        (
            r#"{"resourceType":"Observation","status":null}"#,
            "Observation.status",
            Rule::Null,
        ),
        (
            r#"{"resourceType":"Patient","name":[{"given":["a",null]}]}"#,
            "Patient.name[0].given[1]",
            Rule::Null,
        ),
        (
            r#"{"resourceType":"Patient","name":[{"given":["a",null],"_given":[null,null]}]}"#,
            "Patient.name[0].given[1]",
            Rule::Null,
        ),
        (
            r#"{"resourceType":"Patient","name":[{"given":[null]}]}"#,
            "Patient.name[0].given",
            Rule::Empty,
        ),
        (
            r#"{"resourceType":"Patient","x":[["a"]]}"#,
            "Patient.x[0]",
            Rule::NestedArray,
        ),
        (
            r#"{"resourceType":"Patient","x":["a",{"b":1}]}"#,
            "Patient.x[1]",
            Rule::MixedArray,
        ),
        (
            r#"{"resourceType":"Patient","x":"a\u0000"}"#,
            "Patient.x",
            Rule::ControlCharacter,
        ),
        (
            r#"{"resourceType":"Patient","_x":"a"}"#,
            "Patient._x",
            Rule::ShadowForm,
        ),
        (
            r#"{"resourceType":"Patient","_x":{"value":1}}"#,
            "Patient._x.value",
            Rule::ShadowForm,
        ),
        (
            r#"{"resourceType":"Patient","extension":{"url":"u"}}"#,
            "Patient.extension",
            Rule::Expected("an array of extensions"),
        ),
        (
            r#"{"resourceType":"Patient","extension":[{"valueCode":"x"}]}"#,
            "Patient.extension[0].url",
            Rule::Required,
        ),
        (
            r#"{"resourceType":"Patient","extension":[{"url":"u"}]}"#,
            "Patient.extension[0]",
            Rule::ExtensionForm,
        ),
        (
            r#"{"resourceType":"Patient","extension":[{"url":"u","valueCode":"x","extension":[{"url":"v","valueCode":"y"}]}]}"#,
            "Patient.extension[0]",
            Rule::ExtensionForm,
        ),
        (
            r#"{"resourceType":"Basic","code":{"coding":{"code":"x"}}}"#,
            "Basic.code.coding",
            Rule::Expected("an array of Codings"),
        ),
        (
            r#"{"resourceType":"Basic","subject":{"reference":"nothing"}}"#,
            "Basic.subject.reference",
            Rule::ReferenceForm,
        ),
        (
            r##"{"resourceType":"Basic","subject":{"reference":"#p"}}"##,
            "Basic.subject.reference",
            Rule::ContainedMissing,
        ),
        (
            r#"{"resourceType":"Basic","contained":[{"resourceType":"Patient","id":"p","contained":[{"resourceType":"Patient"}]}]}"#,
            "Basic.contained[0].contained",
            Rule::ContainedNested,
        ),
        (
            r#"{"resourceType":"Basic","contained":[{"id":"p"}]}"#,
            "Basic.contained[0]",
            Rule::TypeMissing,
        ),
        (
            r#"{"resourceType":"Basic","contained":{"a":1}}"#,
            "Basic.contained",
            Rule::Expected("an array of resources"),
        ),
        (
            r#"{"resourceType":"Basic","meta":[]}"#,
            "Basic.meta",
            Rule::NotObject,
        ),
        (
            r#"{"resourceType":"Basic","meta":{"versionId":"a b"}}"#,
            "Basic.meta.versionId",
            Rule::IdForm,
        ),
        (
            r#"{"resourceType":"Basic","meta":{"security":{"code":"R"}}}"#,
            "Basic.meta.security",
            Rule::Expected("an array of Codings"),
        ),
        (
            r#"{"resourceType":"Basic","meta":{"profile":"u"}}"#,
            "Basic.meta.profile",
            Rule::Expected("an array of URIs"),
        ),
        (
            r#"{"resourceType":"Basic","text":{"status":"generated"}}"#,
            "Basic.text.div",
            Rule::Required,
        ),
        (
            r#"{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","birthDate":"yesterday"}}]}"#,
            "Bundle.entry[0].resource.birthDate",
            Rule::Expected("a date: YYYY, YYYY-MM or YYYY-MM-DD"),
        ),
        (
            r#"{"resourceType":"Parameters","parameter":[{"name":"a","resource":{"resourceType":"Nothing"}}]}"#,
            "Parameters.parameter[0].resource.resourceType",
            Rule::TypeUnknown,
        ),
        (
            r#"{"resourceType":"Patient","gender":"f"}"#,
            "Patient.gender",
            Rule::Expected("male, female, other or unknown"),
        ),
        (
            r#"{"resourceType":"Patient","identifier":{"value":"1"}}"#,
            "Patient.identifier",
            Rule::Expected("an array of objects"),
        ),
        (
            r#"{"resourceType":"Patient","name":["x"]}"#,
            "Patient.name",
            Rule::Expected("an array of objects"),
        ),
    ];
    for (text, at, rule) in table {
        let flaw = flaw(text);
        assert_eq!((flaw.at(), flaw.rule()), (at, rule), "{text}");
    }
}

#[test]
fn sound_twins() {
    for text in [
        r#"{"resourceType":"Patient","id":"a.B-9","birthDate":"1970","gender":"female","active":true,"unknown":{"kept":1.50}}"#,
        r#"{"resourceType":"Patient","name":[{"given":["a",null],"_given":[null,{"id":"x"}]}]}"#,
        r#"{"resourceType":"Patient","_birthDate":{"extension":[{"url":"u","valueCode":"x"}]}}"#,
        r#"{"resourceType":"Patient","extension":[{"url":"u","_valueCode":{"id":"x"}},{"url":"u","extension":[{"url":"v","valueCode":"x"}]}]}"#,
        r##"{"resourceType":"Basic","contained":[{"resourceType":"Patient","id":"p","link":[{"other":{"reference":"#"}}]}],"subject":{"reference":"#p"}}"##,
        r#"{"resourceType":"Basic","text":{"status":"generated","div":"<div>\t\r\n</div>"},"meta":{"versionId":"1","lastUpdated":"2026-11-20T09:32:00Z"}}"#,
        r#"{"resourceType":"DetectedIssue","reference":"somewhere/else entirely"}"#,
        r#"{"resourceType":"Immunization","education":[{"reference":"leaflet"}]}"#,
        r#"{"resourceType":"ExampleScenario","instance":[{"resourceId":"x","resourceType":"not one of the types"}]}"#,
        r#"{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient"}}]}"#,
        r#"{"resourceType":"Linkage","item":[{"resource":{"reference":"Patient/1"}}]}"#,
    ] {
        let _ = checked(text);
    }
}

#[test]
fn a_resource_of_our_own_is_judged_too() {
    let mut deep = json!({ "a": 1 });
    for _ in 0..100 {
        deep = json!({ "a": deep });
    }
    let resource = Resource::from_value(json!({ "resourceType": "Basic", "x": deep })).unwrap();
    assert!(matches!(
        check(resource).unwrap_err().rule(),
        Rule::TooDeep { .. }
    ));
    let resource = Resource::from_value(json!({ "resourceType": "Basic", "a name": 1 })).unwrap();
    assert_eq!(check(resource).unwrap_err().rule(), Rule::NameForm);
    assert_eq!(Resource::from_value(json!([])), None);
}

#[test]
fn id_and_version_are_set_in_place() {
    let set = |text: &str, id: &str| -> Checked {
        let mut resource = checked(text);
        resource.set_id(id).unwrap();
        resource
            .set_version("1", "2026-11-20T09:32:00.000Z")
            .unwrap();
        resource
    };
    let fresh = set(
        r#"{"resourceType":"Basic","author":{"display":"x"}}"#,
        "new",
    );
    assert_eq!(
        written(&fresh),
        r#"{"resourceType":"Basic","id":"new","meta":{"versionId":"1","lastUpdated":"2026-11-20T09:32:00.000Z"},"author":{"display":"x"}}"#
    );
    assert_eq!(fresh.reference().as_deref(), Some("Basic/new"));
    let old = set(
        r#"{"resourceType":"Basic","meta":{"source":"u","versionId":"9"},"id":"old"}"#,
        "new",
    );
    assert_eq!(
        written(&old),
        r#"{"resourceType":"Basic","meta":{"source":"u","lastUpdated":"2026-11-20T09:32:00.000Z","versionId":"1"},"id":"new"}"#
    );
    let mut resource = checked(r#"{"resourceType":"Basic"}"#);
    assert_eq!(resource.set_id("a b").unwrap_err().rule(), Rule::IdForm);
    assert!(
        resource.set_version("1", "today").is_err()
            && resource.set_version("", "2026-11-20T09:32:00Z").is_err()
    );
    assert_eq!(written(&resource), r#"{"resourceType":"Basic"}"#);
}

/// Work that grows with the square of the body would not end here.
#[test]
fn many_contained_resources_and_many_references_to_them() {
    let contained: Vec<String> = (0..60_000)
        .map(|number| format!(r#"{{"resourceType":"Basic","id":"{number}"}}"#))
        .collect();
    let references: Vec<String> = (0..60_000)
        .map(|number| format!(r##"{{"reference":"#{number}"}}"##))
        .collect();
    let text = format!(
        r#"{{"resourceType":"Basic","contained":[{}],"x":[{}]}}"#,
        contained.join(","),
        references.join(",")
    );
    let _ = checked(&text);
}
