//! Create, read, search, `$everything`, AuditEvent and transactions: what comes in goes out.
use serde_json::{Value, json};

use crate::desk::{Answer, BASE, Desk};
use crate::fake::{PATIENT, STRANGER};
use amanat_exchange::Basis;
use amanat_types::Purpose;

fn observation(value: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","unknownElement":{{"deep":[1.50,1e2,-0]}},"subject":{{"reference":"Patient/{PATIENT}"}},"valueQuantity":{{"value":{value},"_value":{{"extension":[{{"url":"http://x","valueString":"ö \u0041"}}]}}}}}}"#
    )
}

fn id_of(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_created_resource_has_its_headers_and_every_byte_of_meaning() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let made = desk
        .fhir(
            &token,
            "POST",
            "/Observation",
            &[("x-request-id", "r1")],
            &observation("0.050"),
        )
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = id_of(&made);
    assert_eq!(
        made.header("location"),
        Some(format!("{BASE}/Observation/{id}/_history/1").as_str())
    );
    assert_eq!(made.header("etag"), Some("W/\"1\""));
    assert_eq!(made.header("x-correlation-id"), Some("r1"));
    assert!(
        made.header("last-modified")
            .is_some_and(|date| date.ends_with("GMT"))
    );
    let patient = PATIENT.to_string();
    for path in [
        format!("/Observation/{id}"),
        format!("/Observation/{id}/_history/1"),
    ] {
        let read = desk
            .fhir(&token, "GET", &path, &[("x-amanat-patient", &patient)], "")
            .await;
        assert_eq!((read.status, &read.body), (200, &made.body));
        assert_eq!(read.header("etag"), Some("W/\"1\""));
    }
    let text = String::from_utf8(made.body).expect("UTF-8");
    for kept in [
        r#""unknownElement":{"deep":[1.50,1e2,-0]}"#,
        r#""value":0.050"#,
        r#""valueString":"ö A""#,
    ] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
    let asked = desk.fake.asked.lock().expect("lock").clone();
    assert!(
        asked
            .iter()
            .all(|one| matches!(one.basis, Basis::Treatment(_)) && one.purpose == Purpose::Treat)
    );
    let other = desk
        .fhir(
            &token,
            "GET",
            &format!("/Observation/{id}/_history/2"),
            &[],
            "",
        )
        .await;
    assert_eq!(other.status, 404);
}

#[tokio::test]
async fn a_repeat_is_harmless_and_another_body_is_409() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    for header in ["x-request-id", "idempotency-key"] {
        let first = desk
            .fhir(
                &token,
                "POST",
                "/Observation",
                &[(header, header)],
                &observation("1"),
            )
            .await;
        let again = desk
            .fhir(
                &token,
                "POST",
                "/Observation",
                &[(header, header)],
                &observation("1"),
            )
            .await;
        assert_eq!((first.status, again.status), (201, 201));
        assert_eq!(first.body, again.body);
        let other = desk
            .fhir(
                &token,
                "POST",
                "/Observation",
                &[(header, header)],
                &observation("2"),
            )
            .await;
        assert_eq!((other.status, other.issue().as_str()), (409, "duplicate"));
    }
    let one = desk
        .fhir(&token, "POST", "/Observation", &[], &observation("1"))
        .await;
    let two = desk
        .fhir(&token, "POST", "/Observation", &[], &observation("1"))
        .await;
    assert_ne!(id_of(&one), id_of(&two));
    assert_eq!(desk.fake.count(), 4);
}

#[tokio::test]
async fn prefer_is_heard() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let minimal = desk
        .fhir(
            &token,
            "POST",
            "/Observation",
            &[("prefer", "return=minimal")],
            &observation("1"),
        )
        .await;
    assert_eq!((minimal.status, minimal.body.len()), (201, 0));
    assert!(minimal.header("location").is_some());
    let outcome = desk
        .fhir(
            &token,
            "POST",
            "/Observation",
            &[("prefer", "return=OperationOutcome")],
            &observation("1"),
        )
        .await;
    assert_eq!(
        (outcome.status, outcome.json()["resourceType"].as_str()),
        (201, Some("OperationOutcome"))
    );
}

#[tokio::test]
async fn a_resource_is_filed_under_its_own_patient_or_not_at_all() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let of = |reference: String| {
        format!(r#"{{"resourceType":"Observation","subject":{{"reference":"{reference}"}}}}"#)
    };
    let stranger = STRANGER.to_string();
    let patient = PATIENT.to_string();
    let table = [
        (
            "unknown patient",
            of("Patient/unknown".to_owned()),
            vec![],
            422,
        ),
        (
            "no patient",
            r#"{"resourceType":"Observation"}"#.to_owned(),
            vec![],
            422,
        ),
        ("no basis", of(format!("Patient/{STRANGER}")), vec![], 403),
        (
            "another than the header",
            of(format!("Patient/{PATIENT}")),
            vec![("x-amanat-patient", stranger.as_str())],
            422,
        ),
        (
            "header unknown",
            of(format!("Patient/{PATIENT}")),
            vec![("x-amanat-patient", "unknown")],
            404,
        ),
        (
            "basis none",
            of(format!("Patient/{PATIENT}")),
            vec![("x-amanat-basis", "none")],
            403,
        ),
        (
            "new Patient, nobody named",
            r#"{"resourceType":"Patient"}"#.to_owned(),
            vec![],
            422,
        ),
    ];
    for (name, body, more, status) in table {
        let path = if body.contains("\"Patient\"}") {
            "/Patient"
        } else {
            "/Observation"
        };
        let answer = desk.fhir(&token, "POST", path, &more, &body).await;
        assert_eq!(
            answer.status,
            status,
            "{name}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        answer.issue();
    }
    assert_eq!(desk.fake.count(), 0);
    let named = [("x-amanat-patient", patient.as_str())];
    let made = desk
        .fhir(
            &token,
            "POST",
            "/Patient",
            &named,
            r#"{"resourceType":"Patient"}"#,
        )
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let then = desk
        .fhir(
            &token,
            "POST",
            "/Observation",
            &[],
            &of(format!("Patient/{}", id_of(&made))),
        )
        .await;
    assert_eq!(then.status, 201);
    let read = desk
        .fhir(
            &token,
            "GET",
            &format!("/Patient/{}", id_of(&made)),
            &[],
            "",
        )
        .await;
    assert_eq!(read.status, 200);
}

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

#[tokio::test]
async fn pages_follow_next_links_and_have_no_total() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    for number in 0..5 {
        desk.fhir(
            &token,
            "POST",
            "/Observation",
            &[],
            &observation(&number.to_string()),
        )
        .await;
    }
    for first in [
        format!("/Observation?patient={PATIENT}&_count=2&_format=json"),
        format!("/Patient/{PATIENT}/$everything?_count=2"),
    ] {
        let (mut path, mut found) = (first, Vec::new());
        for page in 0..4 {
            assert!(page < 3, "ends");
            let answer = desk.fhir(&token, "GET", &path, &[], "").await;
            assert_eq!(answer.status, 200, "{path}");
            let bundle = answer.json();
            assert!(bundle.get("total").is_none());
            let entries = bundle["entry"].as_array().expect("entries").clone();
            let matches = entries
                .iter()
                .filter(|one| one["search"]["mode"] == "match");
            found.extend(matches.map(|one| one["fullUrl"].as_str().expect("a URL").to_owned()));
            assert_eq!(
                entries.last().map(|one| &one["search"]["mode"]),
                Some(&json!("outcome"))
            );
            let links = bundle["link"].as_array().expect("links");
            let Some(next) = links.iter().find(|one| one["relation"] == "next") else {
                break;
            };
            path = next["url"]
                .as_str()
                .and_then(|url| url.strip_prefix(BASE))
                .expect("below the base")
                .to_owned();
        }
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 5);
        assert!(found[0].starts_with(&format!("{BASE}/Observation/")));
    }
}

#[tokio::test]
async fn a_search_by_form_is_a_search() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    desk.fhir(&token, "POST", "/Observation", &[], &observation("1"))
        .await;
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let answer = desk
        .send(
            "POST",
            "/Observation/_search",
            &headers,
            format!("patient={PATIENT}").as_bytes(),
        )
        .await;
    assert_eq!(
        (
            answer.status,
            answer.json()["entry"].as_array().map(Vec::len)
        ),
        (200, Some(2))
    );
}

#[tokio::test]
async fn everything_of_a_patient_without_a_basis_is_asked_for_and_refused() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let answer = desk
        .fhir(
            &token,
            "GET",
            &format!("/Patient/{STRANGER}/$everything"),
            &[],
            "",
        )
        .await;
    assert_eq!((answer.status, answer.issue().as_str()), (403, "forbidden"));
    assert_eq!(
        desk.fake
            .asked
            .lock()
            .expect("lock")
            .last()
            .map(|one| one.basis),
        Some(Basis::None)
    );
    let grant = format!("grant/{}", "a".repeat(32));
    let answer = desk
        .fhir(
            &token,
            "GET",
            &format!("/Patient/{PATIENT}/$everything"),
            &[("x-amanat-basis", &grant)],
            "",
        )
        .await;
    assert_eq!((answer.status, answer.issue().as_str()), (403, "expired"));
    let answer = desk
        .fhir(&token, "GET", "/Patient/unknown/$everything", &[], "")
        .await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn the_access_log_is_paged() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let first = desk
        .fhir(
            &token,
            "GET",
            &format!("/AuditEvent?patient={PATIENT}&_count=3"),
            &[],
            "",
        )
        .await
        .json();
    assert_eq!(first["entry"].as_array().map(Vec::len), Some(3));
    let next = first["link"][1]["url"]
        .as_str()
        .and_then(|url| url.strip_prefix(BASE))
        .expect("a next link")
        .to_owned();
    let second = desk.fhir(&token, "GET", &next, &[], "").await.json();
    assert_eq!(second["entry"].as_array().map(Vec::len), Some(2));
    assert_eq!(second["entry"][1]["resource"]["id"], "e4");
    assert_eq!(
        desk.fhir(&token, "GET", "/AuditEvent", &[], "")
            .await
            .status,
        400
    );
    assert_eq!(
        desk.fhir(&token, "GET", "/AuditEvent?patient=unknown", &[], "")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_node_that_is_down_is_503_with_a_time_to_return() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    desk.fake
        .down
        .store(true, std::sync::atomic::Ordering::SeqCst);
    let answer = desk
        .fhir(
            &token,
            "GET",
            &format!("/Basic/{}", "0".repeat(32)),
            &[],
            "",
        )
        .await;
    assert_eq!((answer.status, answer.issue().as_str()), (503, "transient"));
    assert_eq!(answer.header("retry-after"), Some("2"));
}

#[tokio::test]
async fn the_directory_is_read_as_the_directory_and_a_patients_records_are_not() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    for url in ["/Organization", "/Observation"] {
        desk.fhir(&token, "GET", url, &[], "").await;
    }
    let asked = desk.fake.asked.lock().expect("lock").clone();
    let bases: Vec<Basis> = asked.iter().map(|context| context.basis).collect();
    assert_eq!(bases, [Basis::Directory, Basis::None]);
}
