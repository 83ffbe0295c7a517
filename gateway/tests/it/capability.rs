//! Discovery: what is said is what is done, and no more.
use std::collections::BTreeSet;

use amanat_gateway::routes;
use serde_json::Value;

use crate::desk::{BASE, Desk};
use crate::fake::{Fake, PATIENT};

fn codes(list: &Value, name: &str) -> BTreeSet<String> {
    let items = list.as_array().cloned().unwrap_or_default();
    items
        .iter()
        .filter_map(|one| one[name].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn the_statement_is_what_the_routes_do() {
    let desk = Desk::start().await;
    let answer = desk.send("GET", "/metadata", &[], b"").await;
    assert_eq!(answer.status, 200);
    let statement = answer.json();
    assert_eq!(statement["fhirVersion"], "4.0.1");
    assert_eq!(statement["implementation"]["url"], BASE);
    let rest = &statement["rest"][0];
    let has = |method: &str, path: &str| {
        routes::<Fake>()
            .iter()
            .any(|one| one.method == method && one.path == path)
    };
    let by_route = [
        ("create", has("POST", "/{kind}")),
        ("read", has("GET", "/{kind}/{id}")),
        ("vread", has("GET", "/{kind}/{id}/_history/{version}")),
        ("search-type", has("GET", "/{kind}")),
        ("update", has("PUT", "/{kind}/{id}")),
        ("delete", has("DELETE", "/{kind}/{id}")),
    ];
    let expected: BTreeSet<String> = by_route
        .iter()
        .filter(|(_, has)| *has)
        .map(|(code, _)| (*code).to_owned())
        .collect();
    let resources = rest["resource"].as_array().expect("resources");
    assert_eq!(resources.len(), 146);
    for resource in resources {
        assert_eq!(
            codes(&resource["interaction"], "code"),
            expected,
            "{}",
            resource["type"]
        );
    }
    assert_eq!(
        codes(&rest["interaction"], "code"),
        BTreeSet::from(["transaction".to_owned()])
    );
}

#[tokio::test]
async fn every_search_parameter_that_is_named_works_and_no_other() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let statement = desk.send("GET", "/metadata", &[], b"").await.json();
    let resources = statement["rest"][0]["resource"]
        .as_array()
        .cloned()
        .expect("resources");
    let observation = resources
        .iter()
        .find(|one| one["type"] == "Observation")
        .expect("it");
    let named = codes(&observation["searchParam"], "name");
    for (name, value) in [
        ("_id", "a".to_owned()),
        ("identifier", "s|v".to_owned()),
        ("patient", PATIENT.to_string()),
    ] {
        assert!(named.contains(name), "{name}");
        let path = format!("/Observation?{name}={value}");
        let basis = format!("encounter/{}", "3".repeat(32));
        let answer = desk
            .fhir(&token, "GET", &path, &[("x-amanat-basis", &basis)], "")
            .await;
        assert_eq!(answer.status, 200, "{name} {answer:?}");
    }
    assert_eq!(named.len(), 3);
    for query in [
        "code=x",
        "_has:x=y",
        "_include=a",
        "patient.name=x",
        "_total=accurate",
        "_count=0",
        "_count=x",
    ] {
        let answer = desk
            .fhir(&token, "GET", &format!("/Observation?{query}"), &[], "")
            .await;
        assert_eq!(answer.status, 400, "{query}");
        answer.issue();
    }
}

#[tokio::test]
async fn smart_clients_find_the_token_endpoint() {
    let desk = Desk::start().await;
    let answer = desk
        .send("GET", "/.well-known/smart-configuration", &[], b"")
        .await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    assert_eq!(body["token_endpoint"], format!("{BASE}/token"));
    assert_eq!(
        body["token_endpoint_auth_methods_supported"][0],
        "private_key_jwt"
    );
}

#[tokio::test]
async fn health_and_readiness() {
    let desk = Desk::start().await;
    assert_eq!(desk.send("GET", "/healthz", &[], b"").await.status, 204);
    assert_eq!(desk.send("GET", "/readyz", &[], b"").await.status, 204);
    desk.fake
        .down
        .store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(desk.send("GET", "/healthz", &[], b"").await.status, 204);
    let answer = desk.send("GET", "/readyz", &[], b"").await;
    assert_eq!((answer.status, answer.issue().as_str()), (503, "transient"));
    assert_eq!(answer.header("retry-after"), Some("2"));
    assert!(!String::from_utf8_lossy(&answer.body).contains("10.0.0.1"));
}

#[tokio::test]
async fn the_token_endpoint_speaks_oauth() {
    let desk = Desk::start().await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let good = desk.form("his", "system/*.rs", "TREAT");
    let twice = format!("{good}&scope=system/*.rs");
    let table = [
        (
            desk.form("his", "system/*.rs", "HRESCH"),
            400,
            "invalid_request",
        ),
        (
            desk.form("narrow", "system/*.rs", "TREAT"),
            400,
            "invalid_scope",
        ),
        (
            desk.form("nobody", "system/*.rs", "TREAT"),
            401,
            "invalid_client",
        ),
        (
            "grant_type=password".to_owned(),
            400,
            "unsupported_grant_type",
        ),
        (twice, 400, "invalid_request"),
        (String::new(), 400, "unsupported_grant_type"),
    ];
    for (body, status, error) in table {
        let answer = desk.send("POST", "/token", &form, body.as_bytes()).await;
        assert_eq!(
            (answer.status, answer.json()["error"].as_str()),
            (status, Some(error))
        );
    }
    let issued = desk.send("POST", "/token", &form, good.as_bytes()).await;
    assert_eq!(issued.status, 200);
    assert_eq!(issued.header("cache-control"), Some("no-store"));
    assert_eq!(issued.json()["token_type"], "bearer");
    let replayed = desk.send("POST", "/token", &form, good.as_bytes()).await;
    assert_eq!(
        (replayed.status, replayed.json()["error"].as_str()),
        (401, Some("invalid_client"))
    );
    let json = desk
        .send(
            "POST",
            "/token",
            &[("content-type", "application/json")],
            b"{}",
        )
        .await;
    assert_eq!((json.status, json.issue().as_str()), (415, "not-supported"));
}
