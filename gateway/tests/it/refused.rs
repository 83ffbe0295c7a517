//! Every route as nobody, with a bad token, an expired one, and one without the scope; no route is left out.
use amanat_gateway::{Access, routes};

use crate::desk::{Answer, Desk};
use crate::fake::{Fake, PATIENT};

/// Every route with a request that would be honest, and its body.
const TRIED: [(&str, &str, &str, &str); 30] = [
    ("GET", "/metadata", "/metadata", ""),
    (
        "GET",
        "/.well-known/smart-configuration",
        "/.well-known/smart-configuration",
        "",
    ),
    ("GET", "/healthz", "/healthz", ""),
    ("GET", "/readyz", "/readyz", ""),
    ("POST", "/token", "/token", "grant_type=client_credentials"),
    (
        "POST",
        "/",
        "/",
        r#"{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Organization"},"request":{"method":"POST","url":"Organization"}}]}"#,
    ),
    (
        "POST",
        "/$prepare",
        "/$prepare",
        r#"{"resourceType":"Parameters"}"#,
    ),
    (
        "POST",
        "/$submit",
        "/$submit",
        r#"{"resourceType":"Parameters"}"#,
    ),
    (
        "POST",
        "/$letter",
        "/$letter",
        r#"{"resourceType":"Parameters"}"#,
    ),
    (
        "POST",
        "/$committed",
        "/$committed",
        r#"{"resourceType":"Parameters"}"#,
    ),
    (
        "POST",
        "/$discharge",
        "/$discharge",
        r#"{"resourceType":"Parameters"}"#,
    ),
    (
        "GET",
        "/AuditEvent",
        "/AuditEvent?patient=11111111111111111111111111111111",
        "",
    ),
    ("GET", "/$notices", "/$notices", ""),
    ("GET", "/$opened", "/$opened?start=2026-11-01T00:00:00Z", ""),
    ("GET", "/$glass-to-review", "/$glass-to-review", ""),
    (
        "GET",
        "/Consent/$in-force",
        "/Consent/$in-force?patient=11111111111111111111111111111111",
        "",
    ),
    (
        "GET",
        "/Patient/{id}/$everything",
        "/Patient/11111111111111111111111111111111/$everything",
        "",
    ),
    (
        "POST",
        "/Patient/$match",
        "/Patient/$match",
        r#"{"resourceType":"Parameters","parameter":[{"name":"resource","resource":{"resourceType":"Patient"}}]}"#,
    ),
    (
        "GET",
        "/Patient/{id}/$archive",
        "/Patient/11111111111111111111111111111111/$archive",
        "",
    ),
    (
        "GET",
        "/Patient/{id}/$accounting",
        "/Patient/11111111111111111111111111111111/$accounting",
        "",
    ),
    (
        "GET",
        "/Patient/{id}/$amendments",
        "/Patient/11111111111111111111111111111111/$amendments",
        "",
    ),
    (
        "GET",
        "/Patient/{id}/$who-could",
        "/Patient/11111111111111111111111111111111/$who-could",
        "",
    ),
    (
        "GET",
        "/{kind}/{id}/$why",
        "/Observation/66666666666666666666666666666666/$why",
        "",
    ),
    (
        "POST",
        "/{kind}",
        "/Organization",
        r#"{"resourceType":"Organization"}"#,
    ),
    (
        "POST",
        "/{kind}/{id}/$amend",
        "/Organization/66666666666666666666666666666666/$amend",
        r#"{"resourceType":"Organization"}"#,
    ),
    (
        "POST",
        "/{kind}/{id}/$retract",
        "/Organization/66666666666666666666666666666666/$retract",
        r#"{"resourceType":"Parameters","parameter":[{"name":"reason","valueCode":"duplicate"}]}"#,
    ),
    (
        "GET",
        "/{kind}",
        "/Observation?patient=11111111111111111111111111111111",
        "",
    ),
    (
        "POST",
        "/{kind}/_search",
        "/Observation/_search",
        "patient=11111111111111111111111111111111",
    ),
    (
        "GET",
        "/{kind}/{id}",
        "/Observation/11111111111111111111111111111111",
        "",
    ),
    (
        "GET",
        "/{kind}/{id}/_history/{version}",
        "/Observation/11111111111111111111111111111111/_history/1",
        "",
    ),
];

async fn knock(desk: &Desk, row: (&str, &str, &str, &str), authorization: Option<&str>) -> Answer {
    let (method, template, path, body) = row;
    let kind = match template {
        "/token" | "/{kind}/_search" => "application/x-www-form-urlencoded",
        _ => "application/fhir+json",
    };
    let mut headers = vec![("content-type", kind)];
    headers.extend(authorization.map(|value| ("authorization", value)));
    desk.send(method, path, &headers, body.as_bytes()).await
}

#[test]
fn no_route_is_left_out() {
    assert_eq!(PATIENT.to_string(), "1".repeat(32));
    let mut routes: Vec<_> = routes::<Fake>()
        .iter()
        .map(|one| (one.method.to_string(), one.path))
        .collect();
    let mut tried: Vec<_> = TRIED
        .iter()
        .map(|(method, path, ..)| ((*method).to_owned(), *path))
        .collect();
    routes.sort();
    tried.sort();
    assert_eq!(routes, tried);
}

#[test]
fn what_is_public_is_a_short_list() {
    let public: Vec<_> = routes::<Fake>()
        .iter()
        .filter(|one| one.access == Access::Public)
        .map(|one| one.path)
        .collect();
    assert_eq!(
        public,
        [
            "/metadata",
            "/.well-known/smart-configuration",
            "/healthz",
            "/readyz",
            "/token"
        ]
    );
}

#[tokio::test]
async fn nobody_and_bad_tokens_get_401_everywhere() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let forged = format!(
        "Bearer {}AAAA",
        token.trim_end_matches(|c: char| c.is_ascii_alphanumeric())
    );
    let basic = format!("Basic {token}");
    let table: [(&str, Option<&str>, &str); 6] = [
        ("nobody", None, "login"),
        ("empty", Some("Bearer "), "login"),
        ("nonsense", Some("Bearer x.y.z"), "login"),
        ("forged", Some(&forged), "login"),
        ("another scheme", Some(&basic), "login"),
        (
            "oversized",
            Some(&format!("Bearer {}", "x".repeat(9000))),
            "login",
        ),
    ];
    for route in routes::<Fake>() {
        let row = *TRIED
            .iter()
            .find(|row| row.0 == route.method.as_str() && row.1 == route.path)
            .expect("tried");
        for (name, authorization, issue) in table {
            let answer = knock(&desk, row, authorization).await;
            if route.access == Access::Public {
                assert_ne!(
                    answer.issue_or_none(),
                    Some("login".to_owned()),
                    "{name} {}",
                    route.path
                );
            } else {
                assert_eq!(answer.status, 401, "{name} {} {}", route.method, route.path);
                assert_eq!(answer.issue(), issue, "{name} {}", route.path);
                assert!(
                    answer
                        .header("www-authenticate")
                        .is_some_and(|value| value.starts_with("Bearer ")),
                    "{name}"
                );
            }
        }
    }
    assert_eq!(desk.fake.count(), 0);
    assert!(
        desk.fake
            .asked
            .lock()
            .expect("lock")
            .iter()
            .all(|one| one.patient.is_none()),
        "only readyz asked"
    );
}

#[tokio::test]
async fn an_expired_token_gets_401_everywhere() {
    let desk = Desk::start().await;
    let bearer = format!("Bearer {}", desk.token().await);
    desk.pass(300_000);
    for row in TRIED.iter().skip(5) {
        let answer = knock(&desk, *row, Some(&bearer)).await;
        assert_eq!(
            (answer.status, answer.issue().as_str()),
            (401, "expired"),
            "{}",
            row.1
        );
    }
}

#[tokio::test]
async fn a_token_without_the_scope_gets_403_everywhere() {
    let desk = Desk::start().await;
    let bearer = format!(
        "Bearer {}",
        desk.token_for("narrow", "system/Basic.u").await
    );
    for row in TRIED.iter().skip(5) {
        let answer = knock(&desk, *row, Some(&bearer)).await;
        assert_eq!(
            (answer.status, answer.issue().as_str()),
            (403, "forbidden"),
            "{}",
            row.1
        );
        assert!(
            answer
                .header("www-authenticate")
                .is_some_and(|value| value.contains("insufficient_scope"))
        );
    }
    assert_eq!(desk.fake.count(), 0);
}

#[tokio::test]
async fn a_purpose_that_is_not_the_tokens_is_403() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    for (code, status) in [("HRESCH", 403), ("CURIOSITY", 400), ("ETREAT", 404)] {
        let path = format!("/Observation/{}", "0".repeat(32));
        let answer = desk
            .fhir(&token, "GET", &path, &[("x-amanat-purpose", code)], "")
            .await;
        assert_eq!(answer.status, status, "{code}");
        answer.issue();
    }
}

#[tokio::test]
async fn what_may_not_be_seen_looks_like_what_does_not_exist() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let observation = format!(
        r#"{{"resourceType":"Observation","subject":{{"reference":"Patient/{PATIENT}"}}}}"#
    );
    let made = desk
        .fhir(&token, "POST", "/Observation", &[], &observation)
        .await;
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let missing = desk
        .fhir(
            &token,
            "GET",
            &format!("/Observation/{}", "0".repeat(32)),
            &[("x-amanat-basis", "none")],
            "",
        )
        .await;
    assert_eq!(missing.status, 404);
    let grant = format!("grant/{}", "a".repeat(32));
    let encounter = format!("encounter/{}", "a".repeat(32));
    let unseen = [
        (format!("/Observation/{id}"), "none".to_owned()),
        (format!("/Observation/{id}"), grant),
        (format!("/Observation/{id}"), encounter),
        (
            format!("/Condition/{id}"),
            format!("encounter/{}", "3".repeat(32)),
        ),
        ("/Observation/not-an-id".to_owned(), "none".to_owned()),
    ];
    for (path, basis) in unseen {
        let answer = desk
            .fhir(&token, "GET", &path, &[("x-amanat-basis", &basis)], "")
            .await;
        assert_eq!(
            (answer.status, &answer.body),
            (404, &missing.body),
            "{path} {basis}"
        );
    }
    let basis = format!("encounter/{}", "3".repeat(32));
    let seen = desk
        .fhir(
            &token,
            "GET",
            &format!("/Observation/{id}"),
            &[("x-amanat-basis", &basis)],
            "",
        )
        .await;
    assert_eq!(seen.status, 200);
}

impl Answer {
    fn issue_or_none(&self) -> Option<String> {
        let body: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        Some(body["issue"][0]["code"].as_str()?.to_owned())
    }
}
