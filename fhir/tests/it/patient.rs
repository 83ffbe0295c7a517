//! Whose record a resource is.

use amanat_fhir::bundle::transaction;
use amanat_fhir::{ResourceType, Rule, patient};

use super::checked;

#[test]
fn by_the_elements_of_the_compartment() {
    let table = [
        (r#"{"resourceType":"Patient","id":"p"}"#, Some("p")),
        (
            r#"{"resourceType":"Observation","subject":{"reference":"Patient/p"}}"#,
            Some("p"),
        ),
        (
            r#"{"resourceType":"Observation","subject":{"reference":"Patient/p/_history/2"}}"#,
            Some("p"),
        ),
        (
            r#"{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/p"}}"#,
            Some("p"),
        ),
        (
            r#"{"resourceType":"Coverage","beneficiary":{"reference":"Patient/p"},"subscriber":{"reference":"Patient/q"}}"#,
            Some("p"),
        ),
        (
            r#"{"resourceType":"Appointment","participant":[{"actor":{"reference":"Practitioner/d"}},{"actor":{"reference":"Patient/p"}}]}"#,
            Some("p"),
        ),
        (
            r#"{"resourceType":"Task","for":{"reference":"Patient/p"},"focus":{"reference":"Patient/q"}}"#,
            Some("p"),
        ),
        (
            r#"{"resourceType":"Binary","securityContext":{"reference":"Patient/p"}}"#,
            Some("p"),
        ),
        (
            r#"{"resourceType":"Provenance","target":[{"reference":"Basic/1"},{"reference":"Patient/p"}]}"#,
            Some("p"),
        ),
        (r#"{"resourceType":"Organization","id":"o"}"#, None),
        (
            r#"{"resourceType":"Schedule","actor":[{"reference":"Patient/p"}]}"#,
            None,
        ),
    ];
    for (text, want) in table {
        assert_eq!(patient::of(&checked(text)), Ok(want), "{text}");
    }
}

#[test]
fn a_patients_record_must_say_whose_it_is() {
    let table = [
        (r#"{"resourceType":"Patient"}"#, "Patient.id"),
        (r#"{"resourceType":"Observation"}"#, "Observation.subject"),
        (
            r#"{"resourceType":"Observation","subject":{"reference":"Group/g"}}"#,
            "Observation.subject",
        ),
        (
            r#"{"resourceType":"Observation","subject":{"reference":"http://elsewhere/Patient/p"}}"#,
            "Observation.subject",
        ),
        (
            r#"{"resourceType":"Observation","subject":{"display":"someone"}}"#,
            "Observation.subject",
        ),
        (
            r#"{"resourceType":"Observation","performer":[{"reference":"Patient/p"}]}"#,
            "Observation.subject",
        ),
        (
            r#"{"resourceType":"Appointment","participant":[{"actor":{"reference":"Location/l"}}]}"#,
            "Appointment.participant.actor",
        ),
        (r#"{"resourceType":"PaymentNotice"}"#, "PaymentNotice"),
    ];
    for (text, at) in table {
        let flaw = patient::of(&checked(text)).unwrap_err();
        assert_eq!(
            (flaw.at(), flaw.rule()),
            (at, Rule::PatientMissing),
            "{text}"
        );
    }
}

#[test]
fn the_one_patient_of_a_bundle() {
    let of = |kinds: &[&str]| {
        let entries: Vec<String> = kinds
            .iter()
            .map(|kind| format!(r#"{{"resource":{{"resourceType":"{kind}"}},"request":{{"method":"POST","url":"{kind}"}}}}"#))
            .collect();
        let text = format!(
            r#"{{"resourceType":"Bundle","type":"transaction","entry":[{}]}}"#,
            entries.join(",")
        );
        let taken = transaction(checked(&text), |index, _| format!("n{index}")).unwrap();
        patient::of_bundle(&taken.entries).map(str::to_owned)
    };
    assert_eq!(of(&["Binary", "Patient"]).as_deref(), Some("n1"));
    assert_eq!(of(&["Binary"]), None);
    assert_eq!(of(&["Patient", "Patient"]), None);
}

#[test]
fn the_table_is_of_r4() {
    assert_eq!(ResourceType::COUNT, 146);
    assert_eq!(ResourceType::all().count(), 146);
}
