//! Corrections: a record in place of another, one taken back, and what a patient asked to be amended.
use crate::body::{id_of, observation};
use crate::desk::{BASE, Desk};
use crate::fake::{NOTE, NOTED, PATIENT};
use serde_json::{Value, json};

#[tokio::test]
async fn a_record_is_amended_once_for_each_request_and_the_old_one_is_gone() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let old = id_of(
        &desk
            .fhir(&token, "POST", "/Observation", &[], &observation("1"))
            .await,
    );
    let amend = async |path: &str, body: &str| {
        let headers = [("x-request-id", "a-1")];
        desk.fhir(&token, "POST", path, &headers, body).await
    };
    let path = format!("/Observation/{old}/$amend");
    let made = amend(&path, &observation("2")).await;
    assert_eq!(made.status, 201, "{made:?}");
    let new = id_of(&made);
    assert_ne!(new, old);
    assert_eq!(
        made.header("location"),
        Some(format!("{BASE}/Observation/{new}/_history/1").as_str())
    );
    let again = amend(&path, &observation("2")).await;
    assert_eq!((again.status, id_of(&again)), (201, new.clone()));
    assert_eq!(amend(&path, &observation("3")).await.status, 409);
    // Another type than the path's; an id that is none.
    let other = json!({ "resourceType": "Condition" }).to_string();
    assert_eq!(amend(&path, &other).await.status, 422);
    let nowhere = amend("/Observation/x/$amend", &observation("2")).await;
    assert_eq!(nowhere.status, 404);
    let patient = PATIENT.to_string();
    let read = async |id: &str| {
        let headers = [("x-amanat-patient", patient.as_str())];
        let path = format!("/Observation/{id}");
        desk.fhir(&token, "GET", &path, &headers, "").await.status
    };
    assert_eq!((read(&old).await, read(&new).await), (404, 200));
}

#[tokio::test]
async fn a_record_is_taken_back_for_one_of_three_reasons() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let made = desk
        .fhir(&token, "POST", "/Observation", &[], &observation("1"))
        .await;
    let path = format!("/Observation/{}/$retract", id_of(&made));
    let retract = async |reason: &str| {
        let fields = json!([{ "name": "reason", "valueCode": reason }]);
        let body = json!({ "resourceType": "Parameters", "parameter": fields }).to_string();
        desk.fhir(&token, "POST", &path, &[], &body).await
    };
    let vague = retract("because").await;
    assert_eq!(
        (vague.status, vague.expression().as_str()),
        (422, "Parameters.parameter[0]")
    );
    // What takes the patient's word is not done by the member's alone.
    assert_eq!(retract("erased").await.status, 422);
    let done = retract("wrong-patient").await;
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(done.json()["parameter"][1]["valueString"], "8");
    assert_eq!(retract("wrong-patient").await.status, 404);
}

fn part<'a>(of: &'a Value, name: &str) -> Option<&'a Value> {
    let parts = of["part"].as_array().expect("parts");
    parts.iter().find(|one| one["name"] == name)
}

#[tokio::test]
async fn requests_for_amendment_are_told_in_codes_and_words() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let ask = async |query: &str| {
        let path = format!("/Patient/{PATIENT}/$amendments{query}");
        desk.fhir(&token, "GET", &path, &[], "").await
    };
    let answer = ask("").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = answer.json();
    let (refused, open) = (&answer["parameter"][0], &answer["parameter"][1]);
    let value = |of, name: &str| part(of, name).map(|one| one.as_object().expect("object"));
    let code = |of, name: &str| value(of, name).map(|one| one["valueCode"].clone());
    let text = |of, name: &str| value(of, name).map(|one| one["valueString"].clone());
    assert_eq!(code(refused, "status"), Some("refused".into()));
    assert_eq!(code(refused, "reason"), Some("accurate".into()));
    assert_eq!(text(refused, "record"), Some(NOTED.to_string().into()));
    assert_eq!(text(refused, "disagreement"), Some(NOTE.to_string().into()));
    let words = text(refused, "text").expect("words");
    let words = words.as_str().expect("a string");
    assert!(words.contains("refused on"), "{words}");
    assert!(words.contains("right and complete"), "{words}");
    assert!(words.contains("disagreement goes with"), "{words}");
    assert_eq!(code(open, "status"), Some("open".into()));
    assert_eq!(code(open, "reason"), None);
    let urdu = ask("?_language=ur").await.json();
    let words = text(&urdu["parameter"][0], "text").expect("words");
    assert!(words.as_str().expect("a string").contains("رکن 2"));
    assert_eq!(ask("?_count=3").await.status, 400);
    let stranger = desk
        .fhir(&token, "GET", "/Patient/unknown/$amendments", &[], "")
        .await;
    assert_eq!(stranger.status, 404);
}

#[tokio::test]
async fn a_record_that_is_read_links_to_what_was_said_to_a_refusal() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let body = observation("1");
    let made = desk.fhir(&token, "POST", "/Observation", &[], &body).await;
    let id = id_of(&made);
    let known = {
        let mut stored = desk.fake.stored.lock().expect("lock");
        let at = amanat_types::RecordId::from_hex(&id).expect("hex");
        let one = stored.get(&at).cloned().expect("stored");
        stored.insert(NOTED, one);
        NOTED.to_string()
    };
    let patient = PATIENT.to_string();
    let link = async |id: &str| {
        let headers = [("x-amanat-patient", patient.as_str())];
        let path = format!("/Observation/{id}");
        let read = desk.fhir(&token, "GET", &path, &headers, "").await;
        assert_eq!(read.status, 200, "{read:?}");
        read.header("link").map(str::to_owned)
    };
    assert_eq!(link(&id).await, None);
    let expected = format!("<{BASE}/Communication/{NOTE}>; rel=\"related\"");
    assert_eq!(link(&known).await, Some(expected));
}
