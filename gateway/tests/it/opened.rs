//! `$opened` and `$glass-to-review`: who was let read what, and what waits for a review.
use crate::desk::Desk;
use crate::fake::PATIENT;
use amanat_exchange::{GlassRow, OpenedRow};
use amanat_types::code::BasisKind;
use amanat_types::{PractitionerId, Purpose, TicketId, TimestampMs};
use serde_json::{Value, json};

/// 2026-11-01T00:00:00Z.
const START: u64 = 1_793_491_200_000;

fn row(number: u8, justified: Option<bool>) -> GlassRow {
    let opened = OpenedRow {
        ticket: TicketId::new([number; 16]),
        time_ms: TimestampMs::new(START + u64::from(number)),
        patient: PATIENT,
        practitioner: (number == 2).then(|| PractitionerId::new([7; 16])),
        basis: BasisKind::Emergency,
        purpose: Purpose::Etreat,
        until_ms: TimestampMs::new(START + 1_000),
    };
    GlassRow { opened, justified }
}

/// The value of a part.
fn part<'a>(line: &'a Value, name: &str) -> &'a Value {
    let parts = line["part"].as_array().expect("parts");
    let part = parts.iter().find(|part| part["name"] == name);
    let part = part.and_then(Value::as_object).expect("a part");
    part.iter()
        .find(|(name, _)| *name != "name")
        .expect("a value")
        .1
}

#[tokio::test]
async fn who_was_let_read_what() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    *desk.fake.opened.lock().expect("lock") =
        vec![row(1, None), row(2, Some(true)), row(3, Some(false))];
    let get = async |path: &str| desk.fhir(&token, "GET", path, &[], "").await;
    let ids = async |query: &str| -> Vec<String> {
        let answer = get(&format!("/$opened?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {answer:?}");
        let all = answer.json()["parameter"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let id = |line: &Value| part(line, "id").as_str().expect("text").to_owned();
        all.iter().map(id).collect()
    };
    let all = ["01", "02", "03"].map(|byte| byte.repeat(16));
    let start = "start=2026-11-01T00:00:00Z";
    assert_eq!(ids(start).await, all);
    assert_eq!(ids("start=2026-11-01T00:00:00.002Z").await, all[1..]);
    assert_eq!(
        ids(&format!("{start}&end=2026-11-01T00:00:00.002Z")).await,
        all[..1]
    );
    let practitioner = "07".repeat(16);
    assert_eq!(
        ids(&format!("{start}&practitioner={practitioner}")).await,
        all[1..2]
    );
    assert_eq!(ids(&format!("{start}&member=9")).await, [""; 0]);
    for query in [
        "",
        "start=today",
        "start=2026-11-01T00:00:00Z&start=2026-11-02T00:00:00Z",
        "start=2026-11-01T00:00:00Z&member=x",
        "start=2026-11-01T00:00:00Z&practitioner=7",
        "start=2026-11-01T00:00:00Z&who=7",
    ] {
        assert_eq!(
            get(&format!("/$opened?{query}")).await.status,
            400,
            "{query}"
        );
    }
    let narrow = desk.token_for("his", "system/AuditEvent.s").await;
    for path in ["/$opened?start=2026-11-01T00:00:00Z", "/$glass-to-review"] {
        let refused = desk.fhir(&narrow, "GET", path, &[], "").await;
        assert_eq!(refused.status, 403, "{path}");
    }
}

#[tokio::test]
async fn what_waits_for_a_review() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    *desk.fake.opened.lock().expect("lock") =
        vec![row(1, None), row(2, Some(true)), row(3, Some(false))];
    let answer = desk.fhir(&token, "GET", "/$glass-to-review", &[], "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let json = answer.json();
    let lines = json["parameter"].as_array().expect("lines");
    let justified: Vec<&Value> = lines.iter().map(|line| part(line, "justified")).collect();
    assert_eq!(justified, ["no", "in-time", "late"]);
    assert_eq!(part(&lines[0], "patient"), &json!(PATIENT.to_string()));
    assert_eq!(part(&lines[0], "reviewable"), &json!(true));
    let none = desk
        .fhir(&token, "GET", "/$glass-to-review?member=9", &[], "")
        .await;
    assert_eq!((none.status, &none.json()["parameter"]), (200, &json!([])));
    let bad = desk
        .fhir(&token, "GET", "/$glass-to-review?start=x", &[], "")
        .await;
    assert_eq!(bad.status, 400);
}
