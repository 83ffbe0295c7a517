//! Where records are from: told to whom the record is told, in the same words or in the same silence.
use amanat_exchange::Basis;
use serde_json::Value;

use crate::body::{id_of, observation};
use crate::desk::{Answer, BASE, Desk};
use crate::fake::{ENCOUNTER, PATIENT};

/// A gateway with one Observation, and its id.
async fn begun() -> (Desk, String, String) {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let made = desk
        .fhir(&token, "POST", "/Observation", &[], &observation("1"))
        .await;
    let id = id_of(&made);
    (desk, token, id)
}

/// Asks under the open encounter.
async fn ask(desk: &Desk, token: &str, path: &str) -> Answer {
    let basis = format!("encounter/{ENCOUNTER}");
    let headers = [("x-amanat-basis", basis.as_str())];
    desk.fhir(token, "GET", path, &headers, "").await
}

fn ids(bundle: &Value, mode: &str) -> Vec<String> {
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let of_mode = entries.iter().filter(|one| one["search"]["mode"] == mode);
    of_mode
        .map(|one| one["fullUrl"].as_str().expect("a URL").to_owned())
        .collect()
}

#[tokio::test]
async fn a_record_that_is_opened_shows_where_it_is_from() {
    let (desk, token, id) = begun().await;
    let found = ask(
        &desk,
        &token,
        &format!("/Provenance?target=Observation/{id}"),
    )
    .await;
    assert_eq!(found.status, 200, "{found:?}");
    let steps = [0, 1].map(|step| format!("{BASE}/Provenance/{id}-{step}"));
    assert_eq!(ids(&found.json(), "match"), steps);
    // The record was read under the basis of the request.
    let asked = desk.fake.asked.lock().expect("lock").last().copied();
    assert_eq!(
        asked.map(|one| one.basis),
        Some(Basis::Treatment(ENCOUNTER))
    );
    // With the patient instead of a basis, what is open for the patient is claimed.
    let by_patient = format!("/Provenance?target=Observation/{id}&patient={PATIENT}");
    let by_patient = desk.fhir(&token, "GET", &by_patient, &[], "").await;
    assert_eq!(ids(&by_patient.json(), "match"), steps);

    let first = ask(
        &desk,
        &token,
        &format!("/Provenance?target=Observation/{id}&_count=1"),
    )
    .await
    .json();
    assert_eq!(ids(&first, "match"), steps[..1]);
    let next = first["link"][1]["url"].as_str().expect("a next link");
    let next = next.strip_prefix(BASE).expect("below the base").to_owned();
    let second = ask(&desk, &token, &next).await.json();
    assert_eq!(ids(&second, "match"), steps[1..]);
    assert!(second["link"].get(1).is_none());

    for path in [
        format!("/Provenance/{id}-1"),
        format!("/Provenance/{id}-1/_history/1"),
    ] {
        let one = ask(&desk, &token, &path).await;
        assert_eq!(one.status, 200, "{path}");
        assert_eq!(one.json()["id"], format!("{id}-1"));
        assert_eq!(
            one.json()["target"][0]["reference"],
            format!("Observation/{id}")
        );
    }
    let form = [
        ("authorization", format!("Bearer {token}")),
        ("x-amanat-basis", format!("encounter/{ENCOUNTER}")),
        (
            "content-type",
            "application/x-www-form-urlencoded".to_owned(),
        ),
    ];
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let body = format!("target=Observation/{id}");
    let by_form = desk
        .send("POST", "/Provenance/_search", &form, body.as_bytes())
        .await;
    assert_eq!(ids(&by_form.json(), "match"), steps);
}

#[tokio::test]
async fn the_provenance_of_what_may_not_be_seen_looks_like_that_of_nothing() {
    let (desk, token, id) = begun().await;
    let nothing = "0".repeat(32);
    let missing = ask(&desk, &token, &format!("/Provenance/{nothing}-0")).await;
    assert_eq!(
        (missing.status, missing.issue().as_str()),
        (404, "not-found")
    );
    let open = format!("encounter/{ENCOUNTER}");
    let (ended, strange) = (
        format!("grant/{}", "a".repeat(32)),
        format!("encounter/{}", "a".repeat(32)),
    );
    let by_id = format!("/Provenance/{id}-0");
    let by_target = format!("/Provenance?target=Observation/{id}");
    let unseen = [
        (by_id.clone(), "none"),
        (by_id.clone(), ended.as_str()),
        (by_id.clone(), strange.as_str()),
        (by_target.clone(), "none"),
        (by_target.clone(), ended.as_str()),
        (by_target.clone(), strange.as_str()),
        (
            format!("/Provenance?target=Observation/{nothing}"),
            open.as_str(),
        ),
        (format!("/Provenance?target=Condition/{id}"), open.as_str()),
        (
            format!("/Provenance?target=Observation/{id}-0"),
            open.as_str(),
        ),
        (format!("/Provenance/{id}-2"), open.as_str()),
        (format!("/Provenance/{id}-00"), open.as_str()),
        (format!("/Provenance/{id}"), open.as_str()),
    ];
    for (path, basis) in unseen {
        let headers = [("x-amanat-basis", basis)];
        let answer = desk.fhir(&token, "GET", &path, &headers, "").await;
        assert_eq!(
            (answer.status, &answer.body),
            (404, &missing.body),
            "{path} {basis}"
        );
    }
    for path in [by_id, by_target] {
        assert_eq!(ask(&desk, &token, &path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_token_that_may_not_read_the_record_may_not_read_where_it_is_from() {
    let (desk, _, id) = begun().await;
    let (by_id, by_target) = (
        format!("/Provenance/{id}-0"),
        format!("/Provenance?target=Observation/{id}"),
    );
    let table = [
        ("system/Provenance.rs", 404, 403),
        ("system/Observation.rs", 403, 403),
        ("system/Provenance.rs system/Observation.s", 404, 403),
        ("system/Provenance.rs system/Observation.r", 200, 200),
    ];
    for (scope, of_id, of_target) in table {
        let token = desk.token_for("his", scope).await;
        let one = ask(&desk, &token, &by_id).await.status;
        let found = ask(&desk, &token, &by_target).await.status;
        assert_eq!((one, found), (of_id, of_target), "{scope}");
    }
}

#[tokio::test]
async fn what_is_found_comes_with_its_provenance_if_that_is_asked_for() {
    let (desk, token, id) = begun().await;
    let steps = [0, 1].map(|step| format!("{BASE}/Provenance/{id}-{step}"));
    let with = "_revinclude=Provenance:target";
    for path in [
        format!("/Observation?patient={PATIENT}&{with}"),
        format!("/Patient/{PATIENT}/$everything?{with}"),
    ] {
        let bundle = ask(&desk, &token, &path).await.json();
        assert_eq!(ids(&bundle, "match"), [format!("{BASE}/Observation/{id}")]);
        assert_eq!(ids(&bundle, "include"), steps, "{path}");
        let last = bundle["entry"]
            .as_array()
            .and_then(|all| all.last())
            .cloned();
        assert_eq!(last.expect("entries")["search"]["mode"], "outcome");
        let without = path.replace(with, "");
        let bundle = ask(&desk, &token, &without).await.json();
        assert_eq!(ids(&bundle, "include"), [""; 0]);
    }
    let narrow = desk.token_for("his", "system/Observation.rs").await;
    let path = format!("/Observation?patient={PATIENT}&{with}");
    assert_eq!(ask(&desk, &narrow, &path).await.status, 403);
    for (path, place) in [
        (format!("/Observation?target=Observation/{id}"), "target"),
        (
            format!("/Patient/{PATIENT}/$everything?target=Observation/{id}"),
            "query",
        ),
        (format!("/AuditEvent?patient={PATIENT}&{with}"), "query"),
        (
            format!("/AuditEvent?patient={PATIENT}&target=Observation/{id}"),
            "query",
        ),
        (
            format!("/Provenance?target=Observation/{id}&_id=a"),
            "query",
        ),
        (
            format!("/Provenance?target=Observation/{id}&{with}"),
            "query",
        ),
        (format!("/Provenance?target={id}"), "target"),
        (
            format!("/Provenance?target=Observation/{id}&_cursor=x"),
            "_cursor",
        ),
        (
            "/Observation?_revinclude=Provenance:agent".to_owned(),
            "_revinclude",
        ),
    ] {
        let answer = ask(&desk, &token, &path).await;
        assert_eq!(
            (answer.status, answer.expression().as_str()),
            (400, place),
            "{path}"
        );
    }
}

#[tokio::test]
async fn provenance_that_was_deposited_is_read_and_found_as_ever() {
    let (desk, token, _) = begun().await;
    let basis = format!("encounter/{ENCOUNTER}");
    let headers = [("x-amanat-basis", basis.as_str())];
    let body = format!(
        r#"{{"resourceType":"Provenance","target":[{{"reference":"Patient/{PATIENT}"}}],"recorded":"2026-11-20T09:32:00Z","agent":[{{"who":{{"display":"a"}}}}]}}"#
    );
    let made = desk
        .fhir(&token, "POST", "/Provenance", &headers, &body)
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/Provenance/{}", id_of(&made));
    assert_eq!(ask(&desk, &token, &path).await.status, 200);
    let found = ask(&desk, &token, &format!("/Provenance?patient={PATIENT}")).await;
    assert_eq!(ids(&found.json(), "match"), [format!("{BASE}{path}")]);
}
