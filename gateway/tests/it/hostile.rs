//! Slow, half-open, oversized and malformed requests, as raw bytes.
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::desk::{Desk, read_answer, short};
use amanat_gateway::Limits;

fn post(token: &str, path: &str, more: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\ncontent-type: application/fhir+json\r\n{more}\r\n"
    )
}

#[tokio::test]
async fn slow_headers_get_408_and_idle_connections_are_dropped() {
    let desk = Desk::with(short()).await;
    let mut slow = desk.connect().await;
    slow.write_all(b"GET /metadata HTTP/1.1\r\nhost: a\r\nx-slow")
        .await
        .expect("written");
    let answer = read_answer(&mut slow).await.expect("an answer");
    assert_eq!((answer.status, answer.issue().as_str()), (408, "timeout"));
    let start = Instant::now();
    let mut silent = desk.connect().await;
    assert!(read_answer(&mut silent).await.is_none());
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_idle_connection_after_an_answer_is_dropped() {
    let desk = Desk::with(short()).await;
    let mut stream = desk.connect().await;
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .expect("written");
    assert_eq!(
        read_answer(&mut stream).await.expect("an answer").status,
        204
    );
    let start = Instant::now();
    assert!(read_answer(&mut stream).await.is_none());
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_slow_body_gets_408() {
    let desk = Desk::with(short()).await;
    let token = desk.token().await;
    let mut stream = desk.connect().await;
    stream
        .write_all(post(&token, "/Organization", "content-length: 1000\r\n").as_bytes())
        .await
        .expect("written");
    stream
        .write_all(b"{\"resourceType\":")
        .await
        .expect("written");
    let answer = read_answer(&mut stream).await.expect("an answer");
    assert_eq!((answer.status, answer.issue().as_str()), (408, "timeout"));
    assert_eq!(desk.fake.count(), 0);
}

#[tokio::test]
async fn fifty_megabytes_are_refused_by_their_declared_length() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    for (path, bytes) in [
        ("/", 50_000_000),
        ("/", 16 * 1024 * 1024 + 1),
        ("/Patient", 4 * 1024 * 1024 + 1),
    ] {
        let mut stream = desk.connect().await;
        let head = post(&token, path, &format!("content-length: {bytes}\r\n"));
        stream.write_all(head.as_bytes()).await.expect("written");
        let answer = read_answer(&mut stream).await.expect("an answer");
        assert_eq!(
            (answer.status, answer.issue().as_str()),
            (413, "too-long"),
            "{path} {bytes}"
        );
        assert_eq!(answer.header("connection"), Some("close"));
    }
}

#[tokio::test]
async fn fifty_megabytes_are_refused_by_counting_and_the_answer_arrives() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let stream = desk.connect().await;
    let (mut read, mut write) = stream.into_split();
    let head = post(&token, "/", "transfer-encoding: chunked\r\n");
    let sender = tokio::spawn(async move {
        let _ = write.write_all(head.as_bytes()).await;
        let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x10000], b"\r\n".to_vec()].concat();
        for _ in 0..763 {
            if write.write_all(&chunk).await.is_err() {
                break;
            }
        }
        write
    });
    let mut bytes = Vec::new();
    let mut buffer = [0u8; 4096];
    while let Ok(Ok(count)) =
        tokio::time::timeout(Duration::from_secs(20), read.read(&mut buffer)).await
    {
        bytes.extend_from_slice(&buffer[..count]);
        if count == 0 || bytes.ends_with(b"]}") {
            break;
        }
    }
    assert!(
        bytes.starts_with(b"HTTP/1.1 413 "),
        "{}",
        String::from_utf8_lossy(&bytes)
    );
    drop(sender.await);
}

#[tokio::test]
async fn a_body_that_breaks_off_stores_nothing() {
    let desk = Desk::with(short()).await;
    let token = desk.token().await;
    let mut stream = desk.connect().await;
    stream
        .write_all(post(&token, "/Organization", "content-length: 1000\r\n").as_bytes())
        .await
        .expect("written");
    stream
        .write_all(b"{\"resourceType\":\"Organization\"}")
        .await
        .expect("written");
    drop(stream);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(desk.fake.count(), 0);
    let alive = desk.send("GET", "/healthz", &[], b"").await;
    assert_eq!(alive.status, 204);
}

#[tokio::test]
async fn malformed_bodies_are_4xx_and_name_the_place() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let deep = format!(
        "{{\"resourceType\":\"Basic\",\"extension\":{}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let many = format!(
        "{{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{}{{}}]}}",
        "{},".repeat(99_999)
    );
    let dangling = r#"{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Organization","partOf":{"reference":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}},"request":{"method":"POST","url":"Organization"}}]}"#;
    let put = r#"{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Organization"},"request":{"method":"PUT","url":"Organization"}}]}"#;
    let table = [
        ("not JSON", "/Organization", "{".to_owned(), 400, "Resource"),
        (
            "trailing",
            "/Organization",
            "{\"resourceType\":\"Organization\"} {}".to_owned(),
            400,
            "",
        ),
        ("deep", "/Basic", deep, 400, ""),
        ("too many entries", "/", many, 413, "Bundle.entry"),
        (
            "dangling urn:uuid",
            "/",
            dangling.to_owned(),
            422,
            "Bundle.entry[0].resource.partOf.reference",
        ),
        (
            "PUT in a transaction",
            "/",
            put.to_owned(),
            422,
            "Bundle.entry[0].request.method",
        ),
        (
            "batch",
            "/",
            r#"{"resourceType":"Bundle","type":"batch"}"#.to_owned(),
            422,
            "Bundle.type",
        ),
        (
            "empty transaction",
            "/",
            r#"{"resourceType":"Bundle","type":"transaction"}"#.to_owned(),
            422,
            "Bundle.entry",
        ),
        (
            "unknown type",
            "/Organization",
            r#"{"resourceType":"Organisation"}"#.to_owned(),
            422,
            "",
        ),
        (
            "another type",
            "/Organization",
            r#"{"resourceType":"Location"}"#.to_owned(),
            422,
            "Resource.resourceType",
        ),
        ("empty", "/Organization", " ".to_owned(), 400, ""),
    ];
    for (name, path, body, status, place) in table {
        let answer = desk.fhir(&token, "POST", path, &[], &body).await;
        assert_eq!(
            answer.status,
            status,
            "{name}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        answer.issue();
        assert!(
            answer.expression().starts_with(place),
            "{name}: {}",
            answer.expression()
        );
    }
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/fhir+json"),
    ];
    let answer = desk
        .send(
            "POST",
            "/Organization",
            &headers,
            b"{\"resourceType\":\"Organization\",\"name\":\"\xff\"}",
        )
        .await;
    assert_eq!((answer.status, answer.issue().as_str()), (400, "structure"));
    let unknown = desk.fhir(&token, "POST", "/Organisation", &[], "{}").await;
    assert_eq!(
        (unknown.status, unknown.issue().as_str()),
        (404, "not-supported")
    );
    assert_eq!(desk.fake.count(), 0);
}

#[tokio::test]
async fn the_wrong_method_path_or_content_type_is_an_outcome_too() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let table = [
        ("PUT", "/Patient/1", vec![], "{}", 405, "not-supported"),
        ("DELETE", "/Patient/1", vec![], "", 405, "not-supported"),
        ("GET", "/a/b/c/d", vec![], "", 404, "not-found"),
        ("GET", "/Patient/%ff", vec![], "", 400, "structure"),
        (
            "GET",
            "/Patient/1",
            vec![("accept", "application/fhir+xml")],
            "",
            406,
            "not-supported",
        ),
        (
            "GET",
            "/Patient/1?_format=xml",
            vec![],
            "",
            406,
            "not-supported",
        ),
        (
            "POST",
            "/Patient",
            vec![("if-none-exist", "identifier=1")],
            "{}",
            400,
            "not-supported",
        ),
        (
            "POST",
            "/Patient",
            vec![("x-amanat-basis", "because")],
            "{}",
            400,
            "value",
        ),
        (
            "POST",
            "/Patient",
            vec![("x-amanat-patient", "a/b")],
            "{}",
            400,
            "value",
        ),
    ];
    for (method, path, more, body, status, issue) in table {
        let answer = desk.fhir(&token, method, path, &more, body).await;
        assert_eq!(
            (answer.status, answer.issue().as_str()),
            (status, issue),
            "{method} {path}"
        );
    }
    let bearer = format!("Bearer {token}");
    for kind in [
        "text/plain",
        "application/fhir+xml",
        "application/json; charset=latin1",
    ] {
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        let answer = desk.send("POST", "/Organization", &headers, b"{}").await;
        assert_eq!(
            (answer.status, answer.issue().as_str()),
            (415, "not-supported"),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn more_bodies_than_the_budget_bears_get_503() {
    let limits = Limits {
        budget_bytes: 16 * 1024 * 1024,
        body_timeout: Duration::from_secs(5),
        ..short()
    };
    let desk = Desk::with(limits).await;
    let token = desk.token().await;
    let mut holder = desk.connect().await;
    let head = post(
        &token,
        "/",
        &format!("content-length: {}\r\n", 16 * 1024 * 1024),
    );
    holder.write_all(head.as_bytes()).await.expect("written");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let answer = desk
        .fhir(
            &token,
            "POST",
            "/Organization",
            &[],
            r#"{"resourceType":"Organization"}"#,
        )
        .await;
    assert_eq!((answer.status, answer.issue().as_str()), (503, "transient"));
    assert_eq!(answer.header("retry-after"), Some("2"));
    drop(holder);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let answer = desk
        .fhir(
            &token,
            "POST",
            "/Organization",
            &[],
            r#"{"resourceType":"Organization"}"#,
        )
        .await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn a_full_house_serves_again_when_the_slow_are_dropped() {
    let desk = Desk::with(Limits {
        connections_max: 2,
        ..short()
    })
    .await;
    let first = desk.connect().await;
    let second = desk.connect().await;
    let answer = desk.send("GET", "/healthz", &[], b"").await;
    assert_eq!(answer.status, 204);
    drop((first, second));
}

#[tokio::test]
async fn a_reader_who_takes_nothing_is_dropped() {
    let desk = Desk::with(Limits {
        connections_max: 1,
        ..short()
    })
    .await;
    let mut stuck = desk.connect().await;
    // Answers are larger than both sides' buffers together, and none is read.
    let request = b"GET /metadata HTTP/1.1\r\nhost: a\r\n\r\n".repeat(600);
    let _ = tokio::time::timeout(Duration::from_secs(2), stuck.write_all(&request)).await;
    let answer = tokio::time::timeout(
        Duration::from_secs(15),
        desk.send("GET", "/healthz", &[], b""),
    )
    .await;
    assert_eq!(answer.expect("the place is free again").status, 204);
}

#[tokio::test]
async fn a_bug_or_a_stuck_use_case_is_an_answer() {
    let desk = Desk::with(short()).await;
    let token = desk.token().await;
    let panicked = desk
        .fhir(
            &token,
            "GET",
            &format!("/Basic/{}", "e".repeat(32)),
            &[],
            "",
        )
        .await;
    assert_eq!(
        (panicked.status, panicked.issue().as_str()),
        (500, "exception")
    );
    let stuck = desk
        .fhir(
            &token,
            "GET",
            &format!("/Basic/{}", "d".repeat(32)),
            &[],
            "",
        )
        .await;
    assert_eq!((stuck.status, stuck.issue().as_str()), (503, "timeout"));
    assert_eq!(desk.send("GET", "/healthz", &[], b"").await.status, 204);
}

#[tokio::test]
async fn stopping_ends_idle_connections_and_returns() {
    let desk = Desk::start().await;
    let mut idle = desk.connect().await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .expect("written");
    assert_eq!(read_answer(&mut idle).await.expect("an answer").status, 204);
    let start = Instant::now();
    desk.stop().await;
    assert!(start.elapsed() < Duration::from_secs(5));
}
