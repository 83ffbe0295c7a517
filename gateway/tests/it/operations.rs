//! The front desk's operations: prepare, sign elsewhere, submit; letters; discharge.
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::fake::{ENCOUNTER, PATIENT};

fn parameters(list: &Value) -> String {
    json!({ "resourceType": "Parameters", "parameter": list }).to_string()
}

fn value(answer: &Value, name: &str) -> String {
    let found = answer["parameter"]
        .as_array()
        .expect("parameters")
        .iter()
        .find(|one| one["name"] == name);
    let found = found.unwrap_or_else(|| panic!("{name} in {answer}"));
    found["valueString"]
        .as_str()
        .or(found["valueBase64Binary"].as_str())
        .unwrap_or_default()
        .to_owned()
}

fn check_in() -> Value {
    json!([
        { "name": "call", "valueCode": "check-in" },
        { "name": "id", "valueString": "visit-1" },
        { "name": "patient", "valueString": PATIENT.to_string() },
        { "name": "key", "valueString": format!("02{}", "ab".repeat(32)) },
        { "name": "opening", "part": [
            { "name": "category", "valueCode": "laboratory" },
            { "name": "index", "valueString": "77".repeat(16) },
            { "name": "salt", "valueString": "88".repeat(32) },
        ] },
        { "name": "write", "valueBoolean": true },
        { "name": "until", "valueInstant": "2026-11-21T00:00:00+05:00" },
        { "name": "ticket-until", "valueInstant": "2026-11-20T20:00:00Z" },
    ])
}

#[tokio::test]
async fn a_check_in_is_prepared_signed_and_submitted() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let prepared = desk
        .fhir(&token, "POST", "/$prepare", &[], &parameters(&check_in()))
        .await;
    assert_eq!(
        prepared.status,
        200,
        "{}",
        String::from_utf8_lossy(&prepared.body)
    );
    let prepared = prepared.json();
    assert_eq!(
        value(&prepared, "cosigner"),
        format!("02{}", "ab".repeat(32))
    );
    assert_eq!(value(&prepared, "id").len(), 64);
    let submit = |signature: String| {
        parameters(&json!([
            { "name": "transaction", "valueBase64Binary": value(&prepared, "transaction") },
            { "name": "signature", "valueString": signature },
        ]))
    };
    let done = desk
        .fhir(&token, "POST", "/$submit", &[], &submit("01".repeat(64)))
        .await;
    assert_eq!(done.status, 200, "{}", String::from_utf8_lossy(&done.body));
    let done = done.json();
    for name in ["id", "encounter", "ticket"] {
        assert_eq!(value(&done, name), value(&prepared, name), "{name}");
    }
    assert_eq!(value(&done, "height"), "7");
    let wrong = desk
        .fhir(
            &token,
            "POST",
            "/$submit",
            &[],
            &submit(format!("ff{}", "01".repeat(63))),
        )
        .await;
    assert_eq!((wrong.status, wrong.issue().as_str()), (422, "invariant"));
    assert!(String::from_utf8_lossy(&wrong.body).contains("SignatureInvalid (13)"));
}

#[tokio::test]
async fn fields_of_a_call_are_judged_by_name() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let without = |name: &str| {
        let all = check_in().as_array().cloned().expect("a list");
        Value::Array(all.into_iter().filter(|one| one["name"] != name).collect())
    };
    for name in [
        "call",
        "id",
        "patient",
        "key",
        "write",
        "until",
        "ticket-until",
    ] {
        let answer = desk
            .fhir(
                &token,
                "POST",
                "/$prepare",
                &[],
                &parameters(&without(name)),
            )
            .await;
        assert_eq!(
            (answer.status, answer.expression().as_str()),
            (422, "Parameters.parameter"),
            "{name}"
        );
        assert!(
            String::from_utf8_lossy(&answer.body).contains(&format!("{name} is required")),
            "{name}"
        );
    }
    let changes = [
        (
            0,
            "valueCode",
            json!("erase-all"),
            "Parameters.parameter[0]",
        ),
        (0, "name", json!("kall"), "Parameters.parameter[0].name"),
        (1, "name", json!("call"), "Parameters.parameter[1]"),
        (2, "valueString", json!("12"), "Parameters.parameter[2]"),
        (3, "valueString", json!("zz"), "Parameters.parameter[3]"),
        (
            4,
            "part",
            json!([{ "name": "category", "valueCode": "astrology" }]),
            "Parameters.parameter[4].part[0]",
        ),
        (5, "valueBoolean", json!("yes"), "Parameters.parameter[5]"),
        (
            6,
            "valueInstant",
            json!("tomorrow"),
            "Parameters.parameter[6]",
        ),
    ];
    for (index, name, value, place) in changes {
        let mut changed = check_in();
        changed[index][name] = value;
        let answer = desk
            .fhir(&token, "POST", "/$prepare", &[], &parameters(&changed))
            .await;
        assert_eq!(answer.status, 422, "{index} {name}");
        assert!(
            answer.expression().starts_with(place),
            "{} {place}",
            answer.expression()
        );
    }
    let answer = desk
        .fhir(
            &token,
            "POST",
            "/$prepare",
            &[],
            r#"{"resourceType":"Patient"}"#,
        )
        .await;
    assert_eq!(answer.status, 422);
}

#[tokio::test]
async fn hostile_submissions_are_refused() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let signature = json!({ "name": "signature", "valueString": "01".repeat(64) });
    let table = [
        ("no transaction", json!([signature]), 422),
        (
            "not base64",
            json!([{ "name": "transaction", "valueBase64Binary": "!!!!" }, signature]),
            422,
        ),
        (
            "not a transaction",
            json!([{ "name": "transaction", "valueBase64Binary": "AAAA" }, signature]),
            400,
        ),
        (
            "too large",
            json!([{ "name": "transaction", "valueBase64Binary": "A".repeat(700_000) }, signature]),
            413,
        ),
    ];
    for (name, list, status) in table {
        let answer = desk
            .fhir(&token, "POST", "/$submit", &[], &parameters(&list))
            .await;
        assert_eq!(
            answer.status,
            status,
            "{name}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        answer.issue();
    }
    let prepared = desk
        .fhir(&token, "POST", "/$prepare", &[], &parameters(&check_in()))
        .await
        .json();
    let unsigned =
        json!([{ "name": "transaction", "valueBase64Binary": value(&prepared, "transaction") }]);
    let answer = desk
        .fhir(&token, "POST", "/$submit", &[], &parameters(&unsigned))
        .await;
    assert_eq!(answer.status, 422);
    assert!(String::from_utf8_lossy(&answer.body).contains("SignerCount"));
}

#[tokio::test]
async fn letters_and_discharges() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let good = parameters(&json!([{ "name": "letter", "valueBase64Binary": "bGV0dGVy" }]));
    let answer = desk
        .fhir(&token, "POST", "/$letter", &[], &good)
        .await
        .json();
    assert_eq!(
        (value(&answer, "patient"), value(&answer, "category")),
        (PATIENT.to_string(), "laboratory".to_owned())
    );
    let bad = parameters(&json!([{ "name": "letter", "valueBase64Binary": "AAAA" }]));
    let answer = desk.fhir(&token, "POST", "/$letter", &[], &bad).await;
    assert_eq!(
        (answer.status, answer.expression().as_str()),
        (422, "letter")
    );
    let discharge =
        |encounter: String| parameters(&json!([{ "name": "encounter", "valueString": encounter }]));
    let answer = desk
        .fhir(
            &token,
            "POST",
            "/$discharge",
            &[],
            &discharge(ENCOUNTER.to_string()),
        )
        .await;
    assert_eq!(answer.status, 200);
    let answer = desk
        .fhir(
            &token,
            "POST",
            "/$discharge",
            &[],
            &discharge("0".repeat(32)),
        )
        .await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn a_patient_without_a_card_is_registered_and_broken_glass_is_justified() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let key = json!({ "name": "key", "valueString": format!("03{}", "cd".repeat(32)) });
    let register = json!([
        { "name": "call", "valueCode": "register-without-card" },
        { "name": "id", "valueString": "import-1" },
        { "name": "reason", "valueCode": "deceased" },
        { "name": "until", "valueInstant": "2026-11-20T20:00:00Z" },
        key,
    ]);
    let prepared = desk
        .fhir(&token, "POST", "/$prepare", &[], &parameters(&register))
        .await;
    let text = String::from_utf8_lossy(&prepared.body).into_owned();
    assert_eq!(prepared.status, 200, "{text}");
    assert_eq!(value(&prepared.json(), "patient"), PATIENT.to_string());
    assert_eq!(value(&prepared.json(), "encounter").len(), 32);
    let justify = json!([
        { "name": "call", "valueCode": "justify" },
        { "name": "ticket", "valueString": "99".repeat(16) },
        { "name": "text", "valueString": "unconscious on arrival" },
        key,
    ]);
    let prepared = desk
        .fhir(&token, "POST", "/$prepare", &[], &parameters(&justify))
        .await;
    assert_eq!(prepared.status, 200);
    let mut wrong = register.clone();
    wrong[2]["valueCode"] = json!("bored");
    let answer = desk
        .fhir(&token, "POST", "/$prepare", &[], &parameters(&wrong))
        .await;
    assert_eq!(
        (answer.status, answer.expression().as_str()),
        (422, "Parameters.parameter[2]")
    );
}
