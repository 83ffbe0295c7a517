//! A Consent at `$prepare`: it becomes one transaction, or its flaw is told by its place; and what is in force is listed.
use amanat_types::call::{Call, Covered, Denied};
use amanat_types::transaction::Body;
use amanat_types::{PermitId, RestrictionId};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use commonware_codec::DecodeExt as _;
use serde_json::{Value, json};

use crate::desk::{Answer, Desk};
use crate::fake::{MEMBER, PATIENT, STRANGER};

fn concept(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

fn consent() -> Value {
    let participation = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
    json!({
        "resourceType": "Consent",
        "status": "active",
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [concept("http://loinc.org", "59284-0")],
        "patient": { "reference": format!("Patient/{PATIENT}") },
        "policyRule": concept("urn:amanat:consent-policy", "network"),
        "provision": { "period": { "end": "2027-01-31T18:59:59Z" }, "provision": [
            { "type": "deny", "class": [{ "system": "urn:amanat:category", "code": "psychiatry" }] },
            { "type": "permit",
              "actor": [{ "role": concept(participation, "PRCP"),
                "reference": { "type": "Organization", "identifier": { "system": "urn:amanat:ledger:member", "value": "2" } } }],
              "action": [concept("http://terminology.hl7.org/CodeSystem/consentaction", "access")],
              "purpose": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT" }],
              "class": [{ "system": "urn:amanat:category", "code": "laboratory" },
                        { "system": "urn:amanat:category", "code": "imaging" }] }
        ] },
    })
}

async fn prepare(desk: &Desk, consent: &Value, rest: &[Value]) -> Answer {
    let mut fields = vec![
        json!({ "name": "call", "valueCode": "consent" }),
        json!({ "name": "id", "valueString": "consent-1" }),
        json!({ "name": "patient", "valueString": PATIENT.to_string() }),
        json!({ "name": "key", "valueString": format!("02{}", "ab".repeat(32)) }),
        json!({ "name": "consent", "resource": consent }),
    ];
    fields.extend_from_slice(rest);
    let body = json!({ "resourceType": "Parameters", "parameter": fields }).to_string();
    desk.fhir(&desk.token().await, "POST", "/$prepare", &[], &body)
        .await
}

fn opening(category: &str) -> Value {
    json!({ "name": "opening", "part": [
        { "name": "category", "valueCode": category },
        { "name": "index", "valueString": "77".repeat(16) },
        { "name": "salt", "valueString": "88".repeat(32) },
    ] })
}

#[tokio::test]
async fn a_consent_becomes_one_transaction() {
    let desk = Desk::start().await;
    let shown = [opening("laboratory"), opening("imaging")];
    let answer = prepare(&desk, &consent(), &shown).await;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status, 200, "{text}");
    let answer = answer.json();
    let named = |name: &str| {
        let all = answer["parameter"].as_array().expect("parameters");
        all.iter().find(|one| one["name"] == name).cloned()
    };
    let transaction = named("transaction").expect("a transaction");
    let transaction = transaction["valueBase64Binary"].as_str().expect("bytes");
    let body = Body::decode(STANDARD.decode(transaction).expect("base64")).expect("a body");
    let [Call::Restrict(restrict), Call::Permit(permit)] = &*body.calls else {
        panic!("a restriction and a permit: {:?}", body.calls);
    };
    assert!(matches!(restrict.restriction.who, Denied::Everyone(_)));
    assert!(matches!(restrict.restriction.what, Covered::All(_)));
    assert_eq!((restrict.patient, permit.patient), (PATIENT, PATIENT));
    let id = PermitId::derive(MEMBER, permit.local).to_string();
    assert_eq!(named("permit").expect("its id")["valueString"], id);
    let id = RestrictionId::derive(MEMBER, restrict.local).to_string();
    assert_eq!(named("restriction").expect("its id")["valueString"], id);
}

#[tokio::test]
async fn a_flaw_is_told_by_its_place() {
    let desk = Desk::start().await;
    let mut typed = consent();
    typed["provision"]["type"] = json!("permit");
    let mut labelled = consent();
    labelled["provision"]["provision"][1]["securityLabel"] =
        json!([{ "system": "urn:x", "code": "R" }]);
    let mut statusless = consent();
    statusless
        .as_object_mut()
        .expect("an object")
        .remove("status");
    for (value, place, issue) in [
        (typed, "Consent.provision.type", "not-supported"),
        (
            labelled,
            "Consent.provision.provision[1].securityLabel",
            "not-supported",
        ),
        (statusless, "Consent.status", "required"),
        (
            json!({ "resourceType": "Basic" }),
            "Resource.resourceType",
            "value",
        ),
    ] {
        let answer = prepare(&desk, &value, &[opening("laboratory")]).await;
        assert_eq!((answer.status, answer.issue().as_str()), (422, issue));
        assert_eq!(answer.json()["issue"][0]["expression"][0], place);
    }
    let answer = prepare(&desk, &json!("x"), &[]).await;
    assert_eq!(answer.status, 422);
}

#[tokio::test]
async fn what_is_in_force_is_listed_under_the_scope_of_consents() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let path = format!("/Consent/$in-force?patient={PATIENT}&_count=1");
    let answer = desk.fhir(&token, "GET", &path, &[], "").await;
    assert_eq!(answer.status, 200);
    let bundle = answer.json();
    assert_eq!(bundle["entry"][0]["resource"]["resourceType"], "Consent");
    let next = &bundle["link"][1];
    assert_eq!(next["relation"], "next");
    let url = next["url"].as_str().expect("a link");
    assert!(url.contains("/Consent/$in-force?") && url.contains("_cursor=1"));
    let path = format!("/Consent/$in-force?patient={STRANGER}");
    assert_eq!(desk.fhir(&token, "GET", &path, &[], "").await.status, 200);
    for (path, status) in [
        ("/Consent/$in-force", 400),
        ("/Consent/$in-force?patient=unknown", 404),
        ("/Consent/$in-force?patient=x&identifier=y", 400),
    ] {
        let answer = desk.fhir(&token, "GET", path, &[], "").await;
        assert_eq!(answer.status, status, "{path}");
    }
}
