//! Notices: in pages and as a stream, each with its number, and with a text that says nothing about health.
use crate::desk::{Desk, short};
use crate::fake::{MEMBER, PATIENT};
use amanat_exchange::{Moment, Notice, Place};
use amanat_types::call::Scope;
use amanat_types::code::BasisKind;
use amanat_types::codec::List;
use amanat_types::event::{CardWasBlocked, GlassBroken, PractitionerLeft, TicketIssued};
use amanat_types::{
    Event, Height, PractitionerId, PublicKey, Purpose, TicketId, TimestampMs, TransactionId, digest,
};

const AT: TimestampMs = TimestampMs::new(1_795_824_000_000);

fn notice(number: u64, event: Event) -> Notice {
    Notice {
        number,
        patient: PATIENT,
        told_ms: AT.plus(number),
        moment: Moment {
            place: Place::event(Height::new(number), 0, 0),
            time_ms: AT,
            transaction: TransactionId::from(digest("test", &[&number.to_be_bytes()])),
            event,
        },
    }
}

fn opened() -> Event {
    Event::TicketIssued(TicketIssued {
        ticket: TicketId::new([1; 16]),
        member: MEMBER,
        practitioner: None,
        patient: Some(PATIENT),
        basis: BasisKind::Treatment,
        purpose: Purpose::Treat,
        scope: Scope::Indexes(List::empty()),
        until_ms: AT,
    })
}

fn blocked() -> Event {
    Event::CardWasBlocked(CardWasBlocked {
        patient: PATIENT,
        card: PublicKey::P256([2; 33]),
    })
}

fn broken() -> Event {
    Event::GlassBroken(GlassBroken {
        ticket: TicketId::new([2; 16]),
        member: MEMBER,
        practitioner: PractitionerId::new([3; 16]),
        patient: PATIENT,
        justify_by_ms: AT,
    })
}

async fn desk() -> Desk {
    let desk = Desk::with(short()).await;
    let nobodys = Event::PractitionerLeft(PractitionerLeft {
        member: MEMBER,
        practitioner: PractitionerId::new([3; 16]),
    });
    let all = [opened(), blocked(), nobodys, broken()];
    let numbered = (1..)
        .zip(all)
        .map(|(number, event)| notice(number * 2, event));
    *desk.fake.notices.lock().expect("lock") = numbered.collect();
    desk
}

#[tokio::test]
async fn notices_are_communications_in_pages() {
    let desk = desk().await;
    let token = desk.token().await;
    let get = async |path: &str| desk.fhir(&token, "GET", path, &[], "").await;
    let all = get("/$notices").await;
    assert_eq!(all.status, 200, "{all:?}");
    let all = all.json();
    let entries = all["entry"].as_array().expect("entries");
    // What a patient is not told of has no words, and is passed over.
    let ids: Vec<_> = entries.iter().map(|one| &one["resource"]["id"]).collect();
    assert_eq!(ids, ["notice-2", "notice-4", "notice-8"]);
    let first = &entries[0]["resource"];
    assert_eq!(first["resourceType"], "Communication");
    assert_eq!(first["sent"], "2026-11-28T00:00:00.002Z");
    let pseudonym = PATIENT.to_string();
    assert_eq!(first["subject"]["identifier"]["value"], pseudonym.as_str());
    let text = first["payload"][0]["contentString"].as_str().expect("text");
    assert!(
        text.contains("member 1") && text.contains("treatment"),
        "{text}"
    );
    let codes: Vec<_> = entries
        .iter()
        .map(|one| &one["resource"]["topic"]["coding"][0]["code"])
        .collect();
    assert_eq!(codes, ["access", "card", "broken-glass"]);

    let page = get("/$notices?_count=1").await.json();
    let next = page["link"][1]["url"].as_str().expect("a next link");
    assert!(next.ends_with("/$notices?_count=1&_cursor=2"), "{next}");
    let rest = get("/$notices?_cursor=4&_language=ur").await.json();
    let rest = rest["entry"].as_array().expect("entries");
    assert_eq!(rest.len(), 1);
    let text = rest[0]["resource"]["payload"][0]["contentString"].as_str();
    assert!(text.is_some_and(|text| text.contains("ہنگامی")));
    let none = get("/$notices?_cursor=99").await.json();
    assert_eq!(none["entry"], serde_json::Value::Null);
    for (query, place) in [
        ("_cursor=-1", "_cursor"),
        ("_cursor=x", "_cursor"),
        ("_cursor=+1", "_cursor"),
        ("_count=1001", "_count"),
        ("_language=fr", "_language"),
        ("patient=p", "query"),
    ] {
        let answer = get(&format!("/$notices?{query}")).await;
        assert_eq!(
            (answer.status, answer.expression().as_str()),
            (400, place),
            "{query}"
        );
    }
}

/// What the access log tells takes the scope of the access log.
#[tokio::test]
async fn notices_take_both_scopes() {
    let desk = desk().await;
    for (scopes, status) in [
        ("system/Communication.s", 403),
        ("system/AuditEvent.s", 403),
        ("system/Communication.s system/AuditEvent.s", 200),
    ] {
        let token = desk.token_for("his", scopes).await;
        let answer = desk.fhir(&token, "GET", "/$notices", &[], "").await;
        assert_eq!(answer.status, status, "{scopes}");
        let stream = [("accept", "text/event-stream")];
        if status == 403 {
            let answer = desk.fhir(&token, "GET", "/$notices", &stream, "").await;
            assert_eq!(answer.status, 403, "{scopes}, as a stream");
        }
    }
}

/// The text for a way that others read names no purpose, no basis, no member, nothing about health.
#[tokio::test]
async fn the_short_text_says_nothing_about_health() {
    let desk = desk().await;
    let token = desk.token().await;
    for language in ["en", "ur"] {
        let path = format!("/$notices?_language={language}");
        let all = desk.fhir(&token, "GET", &path, &[], "").await.json();
        let entries = all["entry"].as_array().expect("entries");
        let short = |at: usize| {
            let text = &entries[at]["resource"]["extension"][0]["valueString"];
            text.as_str().expect("text").to_owned()
        };
        // The same for an ordinary visit and an emergency.
        assert_eq!(short(0), short(2));
        assert_ne!(short(0), short(1));
        for at in 0..3 {
            for word in [
                "treatment",
                "emergency",
                "hospital",
                "health",
                "record",
                "member 1",
                "علاج",
                "ہنگامی",
                "ریکارڈ",
                "صحت",
            ] {
                assert!(!short(at).contains(word), "{word} in {}", short(at));
            }
        }
    }
}

#[tokio::test]
async fn a_stream_gives_what_comes_after_the_last_that_its_client_had() {
    let desk = desk().await;
    let token = desk.token().await;
    let headers = [("accept", "text/event-stream"), ("last-event-id", "2")];
    let mut stream = desk.stream(&token, "/$notices?_cursor=0", &headers).await;
    let mut next = async || {
        let text = stream.event().await?;
        let id = text.lines().find_map(|line| line.strip_prefix("id: "));
        let data = text.lines().find_map(|line| line.strip_prefix("data: "));
        let data: serde_json::Value = serde_json::from_str(data.expect("data")).expect("JSON");
        let id = id.expect("an id").to_owned();
        assert_eq!(data["id"], format!("notice-{id}"));
        assert!(text.contains("event: notice"), "{text}");
        Some(id)
    };
    assert_eq!(next().await.as_deref(), Some("4"));
    assert_eq!(next().await.as_deref(), Some("8"));
    // What happens while it listens comes too: after longer than an answer may take, or be written.
    tokio::time::sleep(std::time::Duration::from_millis(1_800)).await;
    let more = notice(10, opened());
    desk.fake.notices.lock().expect("lock").push(more);
    assert_eq!(next().await.as_deref(), Some("10"));
    let bad = [("accept", "text/event-stream"), ("last-event-id", "x")];
    let bad = desk.fhir(&token, "GET", "/$notices", &bad, "").await;
    assert_eq!(
        (bad.status, bad.expression().as_str()),
        (400, "Last-Event-ID")
    );
    // A gateway that stops ends the stream, and need not be waited for until its time is over.
    let stopped = desk.stop();
    let (end, ()) = tokio::join!(next(), stopped);
    assert_eq!(end, None);
}
