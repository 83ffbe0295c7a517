//! `$match`: who somebody may be, and nothing of what stands in the record.
use crate::body::id_of;
use crate::desk::Desk;
use crate::fake::PATIENT;
use serde_json::{Value, json};

fn patient() -> Value {
    json!({
        "resourceType": "Patient",
        "identifier": [{ "system": "urn:pk:cnic", "value": "35202-1234567-1" }],
        "name": [{ "text": "Amina Bibi" }],
        "birthDate": "1988-02-03"
    })
}

#[tokio::test]
async fn a_match_is_an_id_with_how_sure_it_is() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let header = PATIENT.to_string();
    let headers = [("x-amanat-patient", header.as_str())];
    let body = patient().to_string();
    let made = desk.fhir(&token, "POST", "/Patient", &headers, &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = id_of(&made);
    let ask = async |asked: Value, more: &[Value]| {
        let resource = json!({ "name": "resource", "resource": asked });
        let all = [&[resource], more].concat();
        let body = json!({ "resourceType": "Parameters", "parameter": all }).to_string();
        desk.fhir(&token, "POST", "/Patient/$match", &[], &body)
            .await
    };
    let by_card =
        json!({ "resourceType": "Patient", "identifier": [{ "value": "3520212345671" }] });
    let found = ask(by_card, &[]).await;
    assert_eq!(found.status, 200, "{found:?}");
    let found = found.json();
    let entry = &found["entry"][0];
    assert_eq!(
        entry["resource"],
        json!({
            "resourceType": "Patient",
            "id": id,
            "link": [{
                "other": { "identifier": {
                    "system": "urn:amanat:ledger:patient", "value": "5a".repeat(16)
                } },
                "type": "replaced-by"
            }]
        })
    );
    assert_eq!(entry["search"]["score"], 1.0);
    assert_eq!(entry["search"]["extension"][0]["valueCode"], "certain");
    let by_name = json!({ "resourceType": "Patient", "name": [{ "text": "AMINAH BIBI" }], "birthDate": "1988-02-03" });
    let found = ask(by_name.clone(), &[]).await.json();
    assert_eq!(
        found["entry"][0]["search"]["extension"][0]["valueCode"],
        "probable"
    );
    assert_eq!(found["entry"][0]["search"]["score"], 0.85);
    let certain = json!({ "name": "onlyCertainMatches", "valueBoolean": true });
    let none = ask(by_name, &[certain]).await;
    assert_eq!((none.status, &none.json()["entry"]), (200, &Value::Null));
    let other =
        json!({ "resourceType": "Observation", "status": "final", "code": { "text": "x" } });
    assert_eq!(ask(other, &[]).await.status, 422);
    let unknown = json!({ "name": "patient", "valueString": "x" });
    assert_eq!(ask(patient(), &[unknown]).await.status, 422);
    let narrow = desk.token_for("narrow", "system/Basic.u").await;
    let body = json!({ "resourceType": "Parameters" }).to_string();
    let refused = desk
        .fhir(&narrow, "POST", "/Patient/$match", &[], &body)
        .await;
    assert_eq!(refused.status, 403);
}
