//! Transactions: all or none, references that lead somewhere, and the way back.

use amanat_fhir::bundle::{
    Created, Found, Page, Transaction, restore, searchset, single, transaction,
    transaction_response,
};
use amanat_fhir::{Flaw, Rule};

use super::{checked, parsed, written};

const A: &str = "urn:uuid:00000000-0000-4000-8000-00000000000a";
const B: &str = "urn:uuid:00000000-0000-4000-8000-00000000000b";

fn entry(url: &str, resource: &str) -> String {
    let kind = resource.split('"').nth(3).unwrap();
    format!(
        r#"{{"fullUrl":"{url}","resource":{resource},"request":{{"method":"POST","url":"{kind}"}}}}"#
    )
}

fn bundle(kind: &str, entries: &[String]) -> String {
    let entries = entries.join(",");
    let list = if entries.is_empty() {
        String::new()
    } else {
        format!(r#","entry":[{entries}]"#)
    };
    format!(r#"{{"resourceType":"Bundle","type":"{kind}"{list}}}"#)
}

fn take(text: &str) -> Result<Transaction, Flaw> {
    transaction(checked(text), |index, kind| {
        format!("{}-{index}", kind.name().to_lowercase())
    })
}

fn refused(text: &str) -> (String, Rule) {
    let flaw = take(text).expect_err("refused");
    (flaw.at().to_owned(), flaw.rule())
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"old"}"#;

#[test]
fn references_are_rewritten_everywhere_and_only_there() {
    let basic = format!(
        r##"{{"resourceType":"Basic","text":{{"status":"generated","div":"<div><a href=\"{A}\">{A}</a></div>"}},"contained":[{{"resourceType":"Basic","id":"c","subject":{{"reference":"{A}"}}}}],"extension":[{{"url":"u","valueUri":"{A}"}},{{"url":"u","valueString":"{A}"}}],"identifier":[{{"system":"s","value":"{A}"}}],"subject":{{"reference":"{A}","display":"{A}"}},"author":{{"reference":"Practitioner/1"}}}}"##
    );
    let text = bundle("transaction", &[entry(A, PATIENT), entry(B, &basic)]);
    let taken = take(&text).unwrap();
    let new = "Patient/patient-0";
    let want = format!(
        r##"{{"resourceType":"Basic","id":"basic-1","text":{{"status":"generated","div":"<div><a href=\"{new}\">{A}</a></div>"}},"contained":[{{"resourceType":"Basic","id":"c","subject":{{"reference":"{new}"}}}}],"extension":[{{"url":"u","valueUri":"{new}"}},{{"url":"u","valueString":"{A}"}}],"identifier":[{{"system":"s","value":"{A}"}}],"subject":{{"reference":"{new}","display":"{A}"}},"author":{{"reference":"Practitioner/1"}}}}"##
    );
    assert_eq!(written(&taken.entries[1].resource), want);
    assert_eq!(
        written(&taken.entries[0].resource),
        r#"{"resourceType":"Patient","id":"patient-0"}"#
    );

    let origins = taken.origins();
    let mut back = taken.entries;
    for entry in &mut back {
        restore(&mut entry.resource, &origins);
    }
    assert_eq!(written(&back[0].resource), PATIENT);
    assert_eq!(written(&back[1].resource), basic);
}

#[test]
fn relative_references_follow_the_server_of_their_entry() {
    let subject = r#"{"resourceType":"Basic","subject":{"reference":"Patient/old"}}"#;
    let here = "http://his.example/fhir/Patient/old";
    let take_first = |urls: [&str; 2]| {
        let text = bundle(
            "transaction",
            &[entry(urls[0], PATIENT), entry(urls[1], subject)],
        );
        take(&text).unwrap().entries[1]
            .resource
            .get("subject")
            .unwrap()["reference"]
            .clone()
    };
    assert_eq!(
        take_first([here, "http://his.example/fhir/Basic/1"]),
        "Patient/patient-0"
    );
    assert_eq!(
        take_first([here, "http://other.example/fhir/Basic/1"]),
        "Patient/old"
    );
    assert_eq!(take_first([here, A]), "Patient/old");
    let absolute = format!(r#"{{"resourceType":"Basic","subject":{{"reference":"{here}"}}}}"#);
    let text = bundle("transaction", &[entry(here, PATIENT), entry(A, &absolute)]);
    assert_eq!(
        take(&text).unwrap().entries[1]
            .resource
            .get("subject")
            .unwrap()["reference"],
        "Patient/patient-0"
    );
}

#[test]
fn what_is_refused_names_entry_and_field() {
    let one = |entry: &str| bundle("transaction", &[self::entry(B, PATIENT), entry.to_owned()]);
    let subject = |reference: &str| {
        entry(
            A,
            &format!(r#"{{"resourceType":"Basic","subject":{{"reference":"{reference}"}}}}"#),
        )
    };
    let request = |request: &str| {
        format!(r#"{{"fullUrl":"{A}","resource":{PATIENT},"request":{{{request}}}}}"#)
    };
    let table = [
        (bundle("batch", &[]), "Bundle.type", Rule::BatchUnsupported),
        (bundle("collection", &[]), "Bundle.type", Rule::BundleType),
        (PATIENT.to_owned(), "Bundle.type", Rule::BundleType),
        (
            one(&subject(A.replace("0a", "0c").as_str())),
            "Bundle.entry[1].resource.subject.reference",
            Rule::ReferenceDangling,
        ),
        (
            one(&subject("Patient?identifier=1")),
            "Bundle.entry[1].resource.subject.reference",
            Rule::ReferenceConditional,
        ),
        (
            one(&request(r#""method":"PUT","url":"Patient/1""#)),
            "Bundle.entry[1].request.method",
            Rule::MethodUnsupported,
        ),
        (
            one(&request(r#""method":"post","url":"Patient""#)),
            "Bundle.entry[1].request.method",
            Rule::MethodUnsupported,
        ),
        (
            one(&request(r#""url":"Patient""#)),
            "Bundle.entry[1].request.method",
            Rule::MethodUnsupported,
        ),
        (
            one(&request(r#""method":"POST","url":"Basic""#)),
            "Bundle.entry[1].request.url",
            Rule::UrlMismatch,
        ),
        (
            one(&request(r#""method":"POST""#)),
            "Bundle.entry[1].request.url",
            Rule::UrlMismatch,
        ),
        (
            one(&request(
                r#""method":"POST","url":"Patient","ifNoneExist":"identifier=1""#,
            )),
            "Bundle.entry[1].request.ifNoneExist",
            Rule::ConditionalUnsupported,
        ),
        (
            one(&entry(B, PATIENT)),
            "Bundle.entry[1].fullUrl",
            Rule::FullUrlTwice,
        ),
        (
            one(&entry("urn:uuid:X", PATIENT)),
            "Bundle.entry[1].fullUrl",
            Rule::FullUrlForm,
        ),
        (
            one(&entry("Patient/1", PATIENT)),
            "Bundle.entry[1].fullUrl",
            Rule::FullUrlForm,
        ),
        (
            one(r#"{"request":{"method":"DELETE","url":"Patient/1"}}"#),
            "Bundle.entry[1].request.method",
            Rule::MethodUnsupported,
        ),
        (
            one(r#"{"request":{"method":"POST","url":"Patient"}}"#),
            "Bundle.entry[1].resource",
            Rule::Required,
        ),
        (
            one(&format!(r#"{{"resource":{PATIENT}}}"#)),
            "Bundle.entry[1].request",
            Rule::Required,
        ),
        (
            one(r#"{"resource":{"id":"x"},"request":{"method":"POST","url":"Patient"}}"#),
            "Bundle.entry[1].resource",
            Rule::TypeMissing,
        ),
        (
            one(r#""text""#).replace(&entry(B, PATIENT), r#""text""#),
            "Bundle.entry[0]",
            Rule::NotObject,
        ),
    ];
    for (text, at, rule) in table {
        assert_eq!(refused(&text), (at.to_owned(), rule), "{text}");
    }
}

#[test]
fn assigned_ids_are_judged() {
    let text = bundle("transaction", &[entry(A, PATIENT), entry(B, PATIENT)]);
    let flaw = transaction(checked(&text), |_, _| "same".to_owned()).unwrap_err();
    assert_eq!(
        (flaw.at(), flaw.rule()),
        ("Bundle.entry[1].resource.id", Rule::IdTwice)
    );
    let flaw = transaction(checked(&text), |_, _| "no id".to_owned()).unwrap_err();
    assert_eq!(
        (flaw.at(), flaw.rule()),
        ("Bundle.entry[0].resource.id", Rule::IdForm)
    );
}

#[test]
fn entries_without_a_name_and_empty_transactions() {
    let nameless =
        format!(r#"{{"resource":{PATIENT},"request":{{"method":"POST","url":"Patient"}}}}"#);
    assert_eq!(
        take(&bundle("transaction", &[nameless]))
            .unwrap()
            .entries
            .len(),
        1
    );
    assert!(
        take(&bundle("transaction", &[]))
            .unwrap()
            .entries
            .is_empty()
    );
}

#[test]
fn a_bundle_within_keeps_its_own_names() {
    let inner = format!(
        r#"{{"resourceType":"Bundle","type":"document","entry":[{{"fullUrl":"{B}","resource":{{"resourceType":"Basic","subject":{{"reference":"{A}"}}}}}}]}}"#
    );
    let taken = take(&bundle("transaction", &[entry(A, &inner)])).unwrap();
    assert!(written(&taken.entries[0].resource).contains(&format!(r#""reference":"{A}""#)));
}

#[test]
fn answers() {
    let created = Created {
        reference: "Patient/1",
        version: "1",
        last_modified: "2026-11-20T09:32:00.000Z",
    };
    assert_eq!(
        written(&transaction_response([created])),
        r#"{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":"201 Created","location":"Patient/1/_history/1","etag":"W/\"1\"","lastModified":"2026-11-20T09:32:00.000Z"}}]}"#
    );
    let page = Page {
        own_url: "http://h/Patient",
        next_url: Some("http://h/Patient?_cursor=x"),
    };
    let found = [
        Found::Match {
            full_url: "http://h/Patient/1".to_owned(),
            resource: parsed(PATIENT),
        },
        Found::Notice(parsed(r#"{"resourceType":"OperationOutcome"}"#)),
    ];
    assert_eq!(
        written(&searchset(page, found)),
        r#"{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"http://h/Patient"},{"relation":"next","url":"http://h/Patient?_cursor=x"}],"entry":[{"fullUrl":"http://h/Patient/1","resource":{"resourceType":"Patient","id":"old"},"search":{"mode":"match"}},{"resource":{"resourceType":"OperationOutcome"},"search":{"mode":"outcome"}}]}"#
    );
    let empty = Page {
        own_url: "u",
        next_url: None,
    };
    assert_eq!(
        written(&searchset(empty, [])),
        r#"{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"u"}]}"#
    );
}

#[test]
fn a_resource_on_its_own() {
    let basic = |reference: &str| {
        checked(&format!(
            r#"{{"resourceType":"Basic","id":"old","subject":{{"reference":"{reference}"}}}}"#
        ))
    };
    let entry = single(basic("Patient/1"), "new").unwrap();
    assert_eq!(entry.reference(), "Basic/new");
    assert_eq!(entry.origin.id.as_deref(), Some("old"));
    let flaw = single(basic(A), "new").unwrap_err();
    assert_eq!(
        (flaw.at(), flaw.rule()),
        ("Basic.subject.reference", Rule::ReferenceDangling)
    );
    let flaw = single(basic("Patient?name=x"), "new").unwrap_err();
    assert_eq!(flaw.rule(), Rule::ReferenceConditional);
    assert_eq!(
        single(basic("Patient/1"), "a b").unwrap_err().rule(),
        Rule::IdForm
    );
}
