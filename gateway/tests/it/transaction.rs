//! Transaction Bundles: one, of one patient, all or none.
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::fake::{PATIENT, STRANGER};

fn bundle(entries: &[Value]) -> String {
    json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries }).to_string()
}

fn entry(urn: &str, resource: &Value) -> Value {
    json!({
        "fullUrl": format!("urn:uuid:00000000-0000-4000-8000-00000000000{urn}"),
        "resource": resource,
        "request": { "method": "POST", "url": resource["resourceType"] },
    })
}

#[tokio::test]
async fn a_transaction_rewrites_references_and_is_one_however_often_sent() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let subject = json!({ "reference": "urn:uuid:00000000-0000-4000-8000-000000000001" });
    let body = bundle(&[
        entry("1", &json!({ "resourceType": "Patient" })),
        entry(
            "2",
            &json!({ "resourceType": "Condition", "subject": subject }),
        ),
        entry("3", &json!({ "resourceType": "Organization" })),
        entry(
            "4",
            &json!({ "resourceType": "Binary", "contentType": "text/plain" }),
        ),
    ]);
    let patient = PATIENT.to_string();
    let named = [("x-amanat-patient", patient.as_str())];
    let first = desk.fhir(&token, "POST", "/", &named, &body).await;
    assert_eq!(
        first.status,
        200,
        "{}",
        String::from_utf8_lossy(&first.body)
    );
    let answer = first.json();
    assert_eq!(answer["type"], "transaction-response");
    let places: Vec<&str> = answer["entry"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|one| one["response"]["location"].as_str().expect("a location"))
        .collect();
    assert_eq!(places.len(), 4);
    assert!(places[0].starts_with("Patient/") && places[1].starts_with("Condition/"));
    let condition = places[1].trim_end_matches("/_history/1");
    let read = desk
        .fhir(&token, "GET", &format!("/{condition}"), &named, "")
        .await;
    assert_eq!(
        read.json()["subject"]["reference"],
        places[0].trim_end_matches("/_history/1")
    );
    let again = desk.fhir(&token, "POST", "/", &named, &body).await;
    assert_eq!(first.body, again.body);
    assert_eq!(desk.fake.count(), 4);
}

#[tokio::test]
async fn a_bundles_new_patient_is_the_patient_of_the_basis() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let body = bundle(&[entry("1", &json!({ "resourceType": "Patient" }))]);
    let encounter = format!("encounter/{}", "3".repeat(32));
    let made = desk
        .fhir(
            &token,
            "POST",
            "/",
            &[("x-amanat-basis", &encounter)],
            &body,
        )
        .await;
    assert_eq!(made.status, 200);
    let stranger = STRANGER.to_string();
    let both = [
        ("x-amanat-basis", encounter.as_str()),
        ("x-amanat-patient", stranger.as_str()),
    ];
    let answer = desk.fhir(&token, "POST", "/", &both, &body).await;
    assert_eq!(
        (answer.status, answer.expression().as_str()),
        (422, "X-Amanat-Patient")
    );
    let unknown = format!("encounter/{}", "4".repeat(32));
    let answer = desk
        .fhir(&token, "POST", "/", &[("x-amanat-basis", &unknown)], &body)
        .await;
    assert_eq!((answer.status, answer.issue().as_str()), (404, "not-found"));
    let of = format!(
        r#"{{"resourceType":"Observation","subject":{{"reference":"Patient/{STRANGER}"}}}}"#
    );
    let answer = desk
        .fhir(
            &token,
            "POST",
            "/Observation",
            &[("x-amanat-basis", &encounter)],
            &of,
        )
        .await;
    assert_eq!(
        (answer.status, answer.expression().as_str()),
        (422, "Observation")
    );
    assert_eq!(desk.fake.count(), 1);
}

#[tokio::test]
async fn a_bundles_name_holds_one_content() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let named = |name: &str, org: &str| {
        let mut body: Value = serde_json::from_str(&bundle(&[entry(
            "1",
            &json!({ "resourceType": "Organization", "name": org }),
        )]))
        .expect("JSON");
        body["identifier"] = json!({ "system": "urn:x", "value": name });
        body.to_string()
    };
    assert_eq!(
        desk.fhir(&token, "POST", "/", &[], &named("a", "one"))
            .await
            .status,
        200
    );
    assert_eq!(
        desk.fhir(&token, "POST", "/", &[], &named("a", "one"))
            .await
            .status,
        200
    );
    assert_eq!(
        desk.fhir(&token, "POST", "/", &[], &named("a", "two"))
            .await
            .status,
        409
    );
    assert_eq!(
        desk.fhir(&token, "POST", "/", &[], &named("b", "two"))
            .await
            .status,
        200
    );
    assert_eq!(desk.fake.count(), 2);
}

#[tokio::test]
async fn a_transaction_is_of_one_patient_and_all_or_none() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let of = |whose: &str| json!({ "resourceType": "Condition", "subject": { "reference": format!("Patient/{whose}") } });
    let patient = PATIENT.to_string();
    let two = bundle(&[
        entry("1", &of(&patient)),
        entry("2", &of(&STRANGER.to_string())),
    ]);
    let answer = desk.fhir(&token, "POST", "/", &[], &two).await;
    assert_eq!(
        (answer.status, answer.expression().as_str()),
        (422, "Bundle.entry[1].resource")
    );
    let patients = bundle(&[
        entry("1", &json!({ "resourceType": "Patient" })),
        entry("2", &json!({ "resourceType": "Patient" })),
    ]);
    let answer = desk
        .fhir(
            &token,
            "POST",
            "/",
            &[("x-amanat-patient", &patient)],
            &patients,
        )
        .await;
    assert_eq!(
        (answer.status, answer.expression().as_str()),
        (422, "Bundle.entry")
    );
    let narrow = desk.token_for("his", "system/Condition.c").await;
    let mixed = bundle(&[
        entry("1", &of(&patient)),
        entry("2", &json!({ "resourceType": "Organization" })),
    ]);
    let answer = desk.fhir(&narrow, "POST", "/", &[], &mixed).await;
    assert_eq!(
        (answer.status, answer.expression().as_str()),
        (403, "Bundle.entry[1].resource")
    );
    assert_eq!(desk.fake.count(), 0);
}
