//! The calls of protocol version 3 at `$prepare`: each field arrives in the call that is signed, and what is wrong is told by its place.
mod whom;

use amanat_types::call::{Call, LinkRights, Seat, Unit, Work};
use amanat_types::code::LinkKind;
use amanat_types::transaction::Body;
use amanat_types::{BlindIndex, MemberId, PatientId, PractitionerId, Role};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use commonware_codec::DecodeExt as _;
use serde_json::{Value, json};

use crate::desk::{Answer, Desk};
use crate::fake::{ENCOUNTER, PATIENT};

const UNTIL: &str = "2026-12-20T20:00:00Z";

fn key(digit: &str) -> String {
    format!("02{}", digit.repeat(64))
}

fn word(name: &str, value: impl Into<String>) -> Value {
    json!({ "name": name, "valueString": value.into() })
}

fn number(name: &str, value: u16) -> Value {
    json!({ "name": name, "valuePositiveInt": value })
}

fn truth(name: &str, value: bool) -> Value {
    json!({ "name": name, "valueBoolean": value })
}

fn until() -> Value {
    json!({ "name": "until", "valueInstant": UNTIL })
}

/// A call about the patient, signed by one key.
fn call(name: &str, rest: &[Value]) -> Vec<Value> {
    let mut all = vec![
        word("call", name),
        word("patient", PATIENT.to_string()),
        word("key", key("a")),
    ];
    all.extend_from_slice(rest);
    all
}

async fn prepare(desk: &Desk, fields: &[Value]) -> Answer {
    let body = json!({ "resourceType": "Parameters", "parameter": fields }).to_string();
    desk.fhir(&desk.token().await, "POST", "/$prepare", &[], &body)
        .await
}

/// The call in a transaction that was prepared.
async fn prepared(desk: &Desk, fields: &[Value]) -> Call {
    let answer = prepare(desk, fields).await;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status, 200, "{fields:?}: {text}");
    let answer = answer.json();
    let parameters = answer["parameter"].as_array().expect("parameters");
    let transaction = parameters
        .iter()
        .find(|one| one["name"] == "transaction")
        .and_then(|one| one["valueBase64Binary"].as_str())
        .expect("a transaction");
    let bytes = STANDARD.decode(transaction).expect("base64");
    let body = Body::decode(bytes).expect("a body");
    body.calls.first().cloned().expect("a call")
}

#[tokio::test]
async fn calls_about_persons_carry_their_fields() {
    let desk = Desk::start().await;
    let guardian = PatientId::new([0x55; 16]);
    let link = call(
        "link-guardian",
        &[
            word("guardian", guardian.to_string()),
            word("kind", "court"),
            truth("reads", true),
            truth("decides", false),
            until(),
            number("authority", 4),
        ],
    );
    let Call::LinkGuardian(link) = prepared(&desk, &link).await else {
        panic!("a link");
    };
    assert_eq!((link.patient, link.guardian), (PATIENT, guardian));
    assert_eq!(link.kind, LinkKind::Court);
    let rights = LinkRights {
        reads: true,
        decides: false,
    };
    assert_eq!(link.rights, rights);
    assert_eq!(link.authority, Some(MemberId::new(4)));

    let card = word("card", key("c"));
    for name in [
        "issue-card",
        "block-card",
        "suspend-card",
        "resume-card",
        "activate-card",
        "ask-reissue",
    ] {
        let made = prepared(&desk, &call(name, std::slice::from_ref(&card))).await;
        let (whose, which) = match &made {
            Call::IssueCard(call) => (call.patient, call.card),
            Call::BlockCard(call) => (call.patient, call.card),
            Call::SuspendCard(call) => (call.patient, call.card),
            Call::ResumeCard(call) => (call.patient, call.card),
            Call::ActivateCard(call) => (call.patient, call.card),
            Call::AskReissue(call) => (call.patient, call.card),
            other => panic!("{name} became {other:?}"),
        };
        assert_eq!((whose, which.to_string()), (PATIENT, key("c")), "{name}");
    }

    let renew = prepared(&desk, &call("renew-card", &[card, until()])).await;
    assert!(matches!(renew, Call::RenewCard(call) if call.until_ms.get() > 0));
    let veto = prepared(&desk, &call("veto-reissue", &[number("authority", 4)])).await;
    assert!(matches!(veto, Call::VetoReissue(call) if call.authority == Some(MemberId::new(4))));
    let unlink = [
        word("guardian", guardian.to_string()),
        word("kind", "proxy"),
    ];
    let unlink = prepared(&desk, &call("unlink-guardian", &unlink)).await;
    assert!(matches!(unlink, Call::UnlinkGuardian(call) if call.kind == LinkKind::Proxy));
    let incapacity = prepared(&desk, &call("record-incapacity", &[until()])).await;
    assert!(matches!(incapacity, Call::RecordIncapacity(call) if call.authority.is_none()));
    let ended = prepared(&desk, &call("end-incapacity", &[truth("of-age", true)])).await;
    assert!(matches!(ended, Call::EndIncapacity(call) if call.of_age));
    let death = prepared(&desk, &call("record-death", &[])).await;
    assert!(matches!(death, Call::RecordDeath(call) if call.patient == PATIENT));
    let alive = prepared(&desk, &call("retract-death", &[number("authority", 4)])).await;
    assert!(matches!(alive, Call::RetractDeath(call) if call.authority == MemberId::new(4)));
    let second = prepared(
        &desk,
        &call("set-second-key", &[word("second-key", key("d"))]),
    )
    .await;
    assert!(matches!(second, Call::SetSecondKey(call) if call.key.to_string() == key("d")));
}

#[tokio::test]
async fn who_speaks_for_another_names_categories_that_the_member_knows() {
    let desk = Desk::start().await;
    let visit = |rest: &[Value]| {
        let later = json!({ "name": "ticket-until", "valueInstant": UNTIL });
        let mut all = call(
            "check-in",
            &[word("id", "visit-1"), truth("write", true), until(), later],
        );
        all.extend_from_slice(rest);
        all
    };
    let category = word("category", "laboratory");
    let Call::CheckIn(opened) = prepared(&desk, &visit(std::slice::from_ref(&category))).await
    else {
        panic!("a check-in");
    };
    let indexes: Vec<_> = opened.openings.iter().map(|one| one.index).collect();
    assert_eq!(indexes, [BlindIndex::new([0x77; 16])]);
    let opening = json!({ "name": "opening", "part": [
        word("category", "laboratory"),
        word("index", "77".repeat(16)),
        word("salt", "88".repeat(32)),
    ] });
    let answer = prepare(&desk, &visit(&[opening, category])).await;
    assert_eq!(answer.status, 422, "{answer:?}");
}

#[tokio::test]
async fn teams_and_orders_carry_their_fields() {
    let desk = Desk::start().await;
    let practitioner = PractitionerId::new([0x44; 16]);
    let seat = |parts: &[Value]| json!({ "name": "seat", "part": parts });
    let team = |seats: &[Value]| {
        let mut all = vec![
            word("call", "assign-care"),
            word("encounter", ENCOUNTER.to_string()),
            truth("strict", true),
            word("key", key("a")),
        ];
        all.extend_from_slice(seats);
        all
    };
    let seats = [
        seat(&[word("practitioner", practitioner.to_string())]),
        seat(&[word("staff", "nurse-4711")]),
        seat(&[word("ward", "ward-7"), word("role", "nurse")]),
    ];
    let Call::AssignCare(assigned) = prepared(&desk, &team(&seats)).await else {
        panic!("a team");
    };
    assert!(assigned.strict && assigned.encounter == ENCOUNTER);
    assert_eq!(
        assigned.seats.first(),
        Some(&Seat::Practitioner(practitioner))
    );
    assert!(matches!(assigned.seats.get(1), Some(Seat::Staff(_))));
    assert!(matches!(assigned.seats.get(2), Some(Seat::Ward(at)) if at.role == Role::Nurse));
    for wrong in [
        seat(&[]),
        seat(&[word("ward", "ward-7")]),
        seat(&[word("staff", "a"), word("role", "nurse")]),
        seat(&[word("staff", "a".repeat(129))]),
    ] {
        assert_eq!(prepare(&desk, &team(&[wrong])).await.status, 422);
    }

    let order = |rest: &[Value]| {
        let mut all = vec![
            word("call", "place-order"),
            word("id", "order-1"),
            word("encounter", ENCOUNTER.to_string()),
            number("performer", 3),
            word("category", "laboratory"),
            word("key", key("a")),
            until(),
        ];
        all.extend_from_slice(rest);
        all
    };
    let Call::PlaceOrder(test) = prepared(&desk, &order(&[word("work", "test")])).await else {
        panic!("an order");
    };
    assert_eq!(
        (test.performer, test.work),
        (MemberId::new(3), Work::Test(Unit))
    );
    let refer = [word("work", "referral"), truth("write", true)];
    let Call::PlaceOrder(referral) = prepared(&desk, &order(&refer)).await else {
        panic!("an order");
    };
    assert!(matches!(referral.work, Work::Referral(referral) if referral.write));
    let answer = prepare(&desk, &order(&refer)).await.json();
    let letter = answer["parameter"].as_array().expect("parameters");
    assert!(letter.iter().any(|one| one["name"] == "letter"));
    for wrong in [
        vec![],
        vec![word("work", "surgery")],
        vec![word("work", "test"), truth("write", true)],
        vec![word("work", "test"), word("record", "66".repeat(16))],
    ] {
        assert_eq!(
            prepare(&desk, &order(&wrong)).await.status,
            422,
            "{wrong:?}"
        );
    }
}

#[tokio::test]
async fn staff_without_cards_are_named_with_an_encounter() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let encounter = format!("encounter/{ENCOUNTER}");
    let read = async |headers: &[(&str, &str)]| {
        let path = format!("/Observation?patient={PATIENT}");
        desk.fhir(&token, "GET", &path, headers, "").await
    };
    let named = ("X-Amanat-Staff", "nurse/ward-7/emp/4711");
    let answer = read(&[("X-Amanat-Basis", &encounter), named]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let asked = desk.fake.asked.lock().expect("lock").last().copied();
    let basis = asked.expect("it asked").basis;
    let amanat_exchange::Basis::Care(care) = basis else {
        panic!("staff in {basis:?}");
    };
    assert_eq!((care.encounter, care.role), (ENCOUNTER, Role::Nurse));
    // Without a basis, the open encounter is claimed, by the same person.
    assert_eq!(read(&[named]).await.status, 200);
    for wrong in [
        "nurse",
        "nurse/ward-7",
        "king/ward-7/emp",
        "nurse//emp",
        "nurse/ward-7/",
    ] {
        let answer = read(&[("X-Amanat-Basis", &encounter), ("X-Amanat-Staff", wrong)]).await;
        assert_eq!(
            (answer.status, answer.expression().as_str()),
            (400, "X-Amanat-Staff"),
            "{wrong}"
        );
    }
    let answer = read(&[("X-Amanat-Basis", "directory"), named]).await;
    assert_eq!(answer.status, 400, "{answer:?}");
}

#[tokio::test]
async fn a_visit_is_closed_with_a_grace() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let close = async |minutes: u16| {
        let fields = json!([
            word("encounter", ENCOUNTER.to_string()),
            number("grace-minutes", minutes)
        ]);
        let body = json!({ "resourceType": "Parameters", "parameter": fields }).to_string();
        desk.fhir(&token, "POST", "/$discharge", &[], &body).await
    };
    assert_eq!(close(72 * 60).await.status, 200);
    let answer = close(72 * 60 + 1).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(String::from_utf8_lossy(&answer.body).contains("GraceTooLong"));
}
