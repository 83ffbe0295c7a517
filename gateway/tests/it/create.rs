//! Create: what comes in goes out, once, and under its own patient.

use crate::body::{id_of, observation};
use crate::desk::{BASE, Desk};
use crate::fake::{PATIENT, STRANGER};
use amanat_exchange::Basis;
use amanat_types::Purpose;

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
