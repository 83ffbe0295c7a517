//! Search, `$everything` and AuditEvent: bases, pages, and a node that is down.
use serde_json::json;

use crate::body::observation;
use crate::desk::{BASE, Desk};
use crate::fake::{ENCOUNTER, ERASED, PATIENT, STRANGER};
use amanat_exchange::Basis;

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

#[tokio::test]
async fn an_accounting_says_to_whom_records_went() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let ask = async |query: &str| {
        let path = format!("/Patient/{PATIENT}/$accounting{query}");
        desk.fhir(&token, "GET", &path, &[], "").await
    };
    let answer = ask("?start=2026-01-01T00:00:00Z&_language=ur").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let json = answer.json();
    let parameters = json["parameter"].as_array().expect("parameters");
    let part = |name: &str| {
        let parts = parameters[2]["part"].as_array().expect("parts");
        let found = parts.iter().find(|one| one["name"] == name);
        found.unwrap_or_else(|| panic!("{name}")).clone()
    };
    assert_eq!(parameters[0]["valueInstant"], "2026-01-01T00:00:00.000Z");
    assert_eq!(part("recipient")["valuePositiveInt"], 2);
    assert_eq!(part("records")["valueUnsignedInt"], 3);
    assert_eq!(part("purpose")["valueCode"], "TREAT");
    assert_eq!(part("category")["valueCode"], "laboratory");
    let text = part("text")["valueString"].as_str().map(str::to_owned);
    assert!(text.is_some_and(|text| text.contains("رکن 2")));
    for (query, place) in [
        ("?start=yesterday", "start"),
        ("?_language=fr", "_language"),
        ("?_count=3", "query"),
    ] {
        let answer = ask(query).await;
        assert_eq!(
            (answer.status, answer.expression().as_str()),
            (400, place),
            "{query}"
        );
    }
    let turned = "?start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z";
    assert_eq!(ask(turned).await.status, 400);
    let stranger = desk
        .fhir(&token, "GET", "/Patient/unknown/$accounting", &[], "")
        .await;
    assert_eq!(stranger.status, 404);
}

#[tokio::test]
async fn who_could_and_why_are_told_in_codes_and_words() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let ask = async |path: String, headers: &[(&str, &str)]| {
        desk.fhir(&token, "GET", &path, headers, "").await
    };
    let part = |answer: &serde_json::Value, name: &str| {
        let parts = answer["parameter"][0]["part"].as_array().expect("parts");
        let found = parts.iter().find(|one| one["name"] == name);
        found
            .unwrap_or_else(|| panic!("{name} in {parts:?}"))
            .clone()
    };
    let ways = ask(format!("/Patient/{PATIENT}/$who-could"), &[]).await;
    assert_eq!(ways.status, 200, "{ways:?}");
    let ways = ways.json();
    assert_eq!(part(&ways, "member")["valuePositiveInt"], 2);
    assert_eq!(part(&ways, "granted")["valueBoolean"], true);
    let basis = format!("encounter/{ENCOUNTER}");
    assert_eq!(part(&ways, "basis")["valueString"], basis);
    let parts = ways["parameter"][1]["part"].as_array().expect("parts");
    let code = |name: &str| {
        let found = parts.iter().find(|one| one["name"] == name);
        found.map(|one| one["valueCode"].clone())
    };
    assert_eq!(code("role"), Some("nurse".into()));
    assert_eq!(code("kind"), Some("hospital".into()));
    assert_eq!(code("within"), Some("PK-SD".into()));
    let record = "66".repeat(16);
    let barred = format!("/Patient/{PATIENT}/$who-could?record={record}&_language=ur");
    let barred = ask(barred, &[]).await.json();
    assert_eq!(part(&barred, "granted")["valueBoolean"], false);
    assert_eq!(part(&barred, "refusal")["valueString"], "Restricted");
    let text = part(&barred, "text")["valueString"]
        .as_str()
        .map(str::to_owned);
    assert!(text.is_some_and(|text| text.contains("پابندی")));

    let why = format!("/Observation/{record}/$why");
    let refused = ask(why.clone(), &[("X-Amanat-Basis", "none")]).await;
    assert_eq!(refused.status, 200, "{refused:?}");
    let refused = refused.json();
    assert_eq!(refused["parameter"][0]["valueBoolean"], false);
    assert_eq!(refused["parameter"][2]["valueString"], "NoBasis");
    let granted = ask(why.clone(), &[("X-Amanat-Basis", &basis)]).await.json();
    assert_eq!(granted["parameter"][0]["valueBoolean"], true);
    for (path, place) in [
        (format!("{why}?_language=fr"), "_language"),
        (format!("/Patient/{PATIENT}/$who-could?record=x"), "record"),
        (format!("/Patient/{PATIENT}/$who-could?at=7"), "query"),
    ] {
        let answer = ask(path, &[]).await;
        assert_eq!((answer.status, answer.expression().as_str()), (400, place));
    }
}

/// A record that is erased is gone, and not merely not found.
#[tokio::test]
async fn what_is_erased_is_gone() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let basis = format!("encounter/{ENCOUNTER}");
    let read = async |path: String| {
        let headers = [("x-amanat-basis", basis.as_str())];
        desk.fhir(&token, "GET", &path, &headers, "").await
    };
    for path in [
        format!("/Observation/{ERASED}"),
        format!("/Observation/{ERASED}/_history/1"),
    ] {
        let answer = read(path).await;
        assert_eq!((answer.status, answer.issue().as_str()), (410, "deleted"));
    }
    let other = read(format!("/Observation/{}", "ab".repeat(16))).await;
    assert_eq!(other.status, 404);
}
