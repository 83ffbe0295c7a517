//! `$archive`: whole and provably so, or evidently broken; refused before its first byte.
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::sync::atomic::Ordering;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use zip::ZipArchive;

use crate::body::{id_of, observation};
use crate::desk::{BASE, Desk};
use crate::fake::{PATIENT, STRANGER};

/// What came of a request whose answer is sent in chunks.
struct Sent {
    head: String,
    body: Vec<u8>,
    /// Whether the chunks ended as HTTP/1.1 ends them.
    ended: bool,
}

/// Sends the request for an archive.
async fn ask(desk: &Desk, token: &str) -> TcpStream {
    let mut stream = desk.connect().await;
    let request = format!(
        "GET /Patient/{PATIENT}/$archive HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    stream
}

/// Reads to the end of the connection.
async fn read(mut stream: TcpStream) -> Sent {
    let mut bytes = Vec::new();
    // A torn connection may end in an error: what came before it counts.
    let _ = timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, mut rest) = bytes.split_at(end.map_or(0, |end| end + 4));
    let (mut body, mut ended) = (Vec::new(), false);
    while let Some(line) = rest.windows(2).position(|two| two == b"\r\n") {
        let digits = std::str::from_utf8(&rest[..line]).expect("ASCII");
        let length = usize::from_str_radix(digits, 16).expect("a length");
        ended = length == 0;
        let Some(chunk) = rest.get(line + 2..line + 2 + length) else {
            break;
        };
        body.extend_from_slice(chunk);
        rest = rest.get(line + length + 4..).unwrap_or_default();
    }
    Sent {
        head: String::from_utf8(head.to_vec())
            .expect("ASCII")
            .to_lowercase(),
        body,
        ended,
    }
}

async fn filled(desk: &Desk, token: &str, count: usize) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for number in 0..count {
        let body = observation(&number.to_string());
        let made = desk.fhir(token, "POST", "/Observation", &[], &body).await;
        let id = id_of(&made);
        let basis = format!("encounter/{}", "3".repeat(32));
        let path = format!("/Observation/{id}");
        let headers = [("x-amanat-basis", basis.as_str())];
        let read = desk.fhir(token, "GET", &path, &headers, "").await;
        assert_eq!(read.status, 200);
        all.insert(id, read.body);
    }
    all
}

#[tokio::test]
async fn everything_is_in_one_file_with_counts_and_digests() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let stored = filled(&desk, &token, 5).await;
    let sent = read(ask(&desk, &token).await).await;
    assert!(sent.head.starts_with("http/1.1 200"), "{}", sent.head);
    assert!(sent.head.contains("content-type: application/zip\r\n"));
    assert!(sent.head.contains("cache-control: no-store\r\n"));
    let saved_as = "content-disposition: attachment; filename=\"amanat-archive.zip\"\r\n";
    assert!(sent.head.contains(saved_as));
    assert!(sent.ended);

    let mut zip = ZipArchive::new(Cursor::new(&sent.body)).expect("a ZIP");
    let mut files = BTreeMap::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).expect("a file");
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("whole");
        let name = file.name().expect("a name").into_owned();
        files.insert(name, content);
    }
    let manifest = files.remove("manifest.json").expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    assert_eq!(manifest["patient"], format!("Patient/{PATIENT}"));
    let request = format!("{BASE}/Patient/{PATIENT}/$archive");
    assert_eq!(manifest["request"], request);
    assert_eq!(manifest["transactionTime"], "2026-11-20T09:32:00.007Z");
    assert_eq!(manifest["purpose"], "TREAT");
    assert_eq!(manifest["height"], 7);
    assert_eq!(manifest["journalsInDoubt"][0]["member"], 1);
    assert_eq!(manifest["journalsInDoubt"][0]["journal"], "vault");
    let output = manifest["output"].as_array().expect("files").clone();
    assert_eq!(output.len(), files.len());
    for one in &output {
        let content = &files[one["url"].as_str().expect("a name")];
        let sha256 = hex::encode(digest(&SHA256, content));
        assert_eq!(one["sha256"], sha256);
        assert_eq!(one["bytes"], content.len());
        let lines = content.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(one["count"], lines);
        for line in content
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            let line: Value = serde_json::from_slice(line).expect("JSON");
            assert_eq!(line["resourceType"], one["type"]);
        }
    }
    let counts: Vec<(&str, u64)> = output
        .iter()
        .map(|one| {
            let url = one["url"].as_str().expect("a name");
            (url, one["count"].as_u64().expect("a count"))
        })
        .collect();
    assert_eq!(
        counts,
        [
            ("records/Observation-001.ndjson", 2),
            ("provenance/Provenance-001.ndjson", 4),
            ("records/Observation-002.ndjson", 2),
            ("provenance/Provenance-002.ndjson", 4),
            ("superseded/Observation-003.ndjson", 1),
            ("provenance/Provenance-003.ndjson", 2),
            ("audit/AuditEvent-001.ndjson", 5),
            ("disclosures/Parameters-001.ndjson", 1),
        ]
    );
    // What is read one by one is what is in the archive, to the byte.
    let of_records = files
        .iter()
        .filter(|(name, _)| name.contains("/Observation-"));
    let mut lines: Vec<Vec<u8>> = of_records
        .flat_map(|(_, content)| content.split(|byte| *byte == b'\n'))
        .filter(|line| !line.is_empty())
        .map(<[u8]>::to_vec)
        .collect();
    lines.sort();
    let mut expected: Vec<Vec<u8>> = stored.into_values().collect();
    expected.sort();
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn an_archive_that_breaks_off_is_evidently_none() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    filled(&desk, &token, 5).await;
    let ills = &desk.fake.ills;
    for ill in [&ills.refused, &ills.panics] {
        ill.store(true, Ordering::SeqCst);
        let sent = read(ask(&desk, &token).await).await;
        // What broke at once tears the connection before its head has left.
        let begun = sent.head.is_empty() || sent.head.starts_with("http/1.1 200");
        assert!(begun && !sent.ended, "{}", sent.head);
        assert!(ZipArchive::new(Cursor::new(&sent.body)).is_err());
        ill.store(false, Ordering::SeqCst);
    }
    // Its place is free again, and its twin is whole.
    let sent = read(ask(&desk, &token).await).await;
    assert!(sent.ended && ZipArchive::new(Cursor::new(&sent.body)).is_ok());
}

#[tokio::test]
async fn an_archive_of_nothing_is_an_archive() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let sent = read(ask(&desk, &token).await).await;
    let zip = ZipArchive::new(Cursor::new(&sent.body)).expect("a ZIP");
    let names = zip
        .file_names()
        .map(|name| name.expect("a name").into_owned());
    let names: Vec<String> = names.collect();
    assert!(sent.ended);
    assert_eq!(
        names.first().map(String::as_str),
        Some("audit/AuditEvent-001.ndjson")
    );
    assert_eq!(names.last().map(String::as_str), Some("manifest.json"));
}

#[tokio::test]
async fn what_is_refused_is_refused_before_the_first_byte() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    filled(&desk, &token, 1).await;
    let own = format!("/Patient/{PATIENT}/$archive");
    let grant = format!("grant/{}", "a".repeat(32));
    let zip = ("accept", "application/zip");
    let table = [
        (
            format!("/Patient/{STRANGER}/$archive"),
            vec![zip],
            403,
            "forbidden",
        ),
        (
            "/Patient/unknown/$archive".to_owned(),
            vec![zip],
            404,
            "not-found",
        ),
        (
            "/Patient/no_id/$archive".to_owned(),
            vec![zip],
            404,
            "not-found",
        ),
        (
            own.clone(),
            vec![zip, ("x-amanat-basis", grant.as_str())],
            403,
            "expired",
        ),
        (
            own.clone(),
            vec![("accept", "application/fhir+json")],
            406,
            "not-supported",
        ),
        (format!("{own}?_count=3"), vec![zip], 400, "value"),
        (format!("{own}?_language=fr"), vec![zip], 400, "value"),
    ];
    for (path, headers, status, issue) in table {
        let answer = desk.fhir(&token, "GET", &path, &headers, "").await;
        assert_eq!(
            (answer.status, answer.issue().as_str()),
            (status, issue),
            "{path}"
        );
    }
    // As $everything: to read and to find, of every type.
    for scope in ["system/*.r", "system/*.s", "system/Observation.rs"] {
        let narrow = desk.token_for("his", scope).await;
        let answer = desk.fhir(&narrow, "GET", &own, &[zip], "").await;
        assert_eq!((answer.status, answer.issue().as_str()), (403, "forbidden"));
    }
    desk.fake.down.store(true, Ordering::SeqCst);
    let answer = desk.fhir(&token, "GET", &own, &[zip], "").await;
    assert_eq!((answer.status, answer.issue().as_str()), (503, "transient"));
}

#[tokio::test]
async fn so_many_archives_are_made_at_a_time_and_no_more() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    filled(&desk, &token, 3).await;
    desk.fake.ills.held.store(true, Ordering::SeqCst);
    let mut held = Vec::new();
    for _ in 0..4 {
        let mut stream = ask(&desk, &token).await;
        let mut begin = [0u8; 12];
        stream.read_exact(&mut begin).await.expect("a head");
        assert_eq!(&begin, b"HTTP/1.1 200");
        held.push(stream);
    }
    let own = format!("/Patient/{PATIENT}/$archive");
    let more = desk.fhir(&token, "GET", &own, &[], "").await;
    assert_eq!((more.status, more.issue().as_str()), (503, "transient"));
    assert_eq!(more.header("retry-after"), Some("30"));
    desk.fake.ills.held.store(false, Ordering::SeqCst);
    for stream in held {
        assert!(read(stream).await.ended);
    }
    assert!(read(ask(&desk, &token).await).await.ended);
}
