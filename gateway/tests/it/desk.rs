//! A gateway on loopback with a clock of its own, and a client that speaks plain bytes.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use amanat_gateway::{Config, Door, Limits, serve};
use amanat_login::{ClientEntry, ClientKey, assertion_claims, make_assertion};
use amanat_tls::Acceptor;
use amanat_types::TimestampMs;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::fake::Fake;

/// What the gateway calls itself.
pub const BASE: &str = "https://a.example/fhir";

/// A running gateway.
pub struct Desk {
    /// Where it listens.
    pub address: std::net::SocketAddr,
    /// The use cases behind it.
    pub fake: Fake,
    now_ms: Arc<AtomicU64>,
    key: ClientKey,
    jti: AtomicU64,
    /// What the gateway counts.
    pub meter: amanat_gateway::Meter,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<std::io::Result<()>>>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(one, _)| one == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("JSON: {self:?}"))
    }

    /// The issue code of an OperationOutcome, which every error must be.
    pub fn issue(&self) -> String {
        let body = self.json();
        assert_eq!(body["resourceType"], "OperationOutcome", "{self:?}");
        assert_eq!(
            self.header("content-type"),
            Some("application/fhir+json; charset=utf-8")
        );
        body["issue"][0]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The place of the issue.
    pub fn expression(&self) -> String {
        self.json()["issue"][0]["expression"][0]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

/// Limits short enough for tests.
pub fn short() -> Limits {
    Limits {
        header_timeout: Duration::from_millis(400),
        body_timeout: Duration::from_millis(500),
        write_timeout: Duration::from_millis(500),
        answer_timeout: Duration::from_millis(1500),
        budget_wait: Duration::from_millis(300),
        drain_timeout: Duration::from_secs(2),
        ..Limits::default()
    }
}

impl Desk {
    /// Starts a gateway with the usual limits.
    pub async fn start() -> Self {
        Self::with(Limits::default()).await
    }

    /// Starts a gateway.
    pub async fn with(limits: Limits) -> Self {
        Self::over(None, limits).await
    }

    /// Starts a gateway, over TLS if there is an acceptor.
    pub async fn over(tls: Option<Acceptor>, limits: Limits) -> Self {
        let (pem, jwk) = ClientKey::generate("k1").expect("a key");
        let entry = |id: &str, scopes: &str| ClientEntry {
            client_id: id.to_owned(),
            member: 1,
            keys: vec![jwk.clone()],
            public_key_pem: None,
            scopes: scopes.to_owned(),
            purposes: vec!["TREAT".to_owned(), "ETREAT".to_owned()],
        };
        let config = Config {
            base_url: BASE.to_owned(),
            clients: vec![
                entry("his", "system/*.cruds"),
                entry("narrow", "system/Basic.u"),
            ],
            token_key: [7; 32],
            software_date: "2026-11-20".to_owned(),
            limits,
        };
        let now_ms = Arc::new(AtomicU64::new(1_800_000_000_000));
        let clock = Arc::clone(&now_ms);
        let clock = Arc::new(move || TimestampMs::new(clock.load(Ordering::SeqCst)));
        let fake = Fake::default();
        let door = Door::new(config, fake.clone(), clock).expect("a gateway");
        let meter = door.meter().clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, door, tls, async {
            let _ = stopped.await;
        }));
        let key = ClientKey::from_pem("k1", &pem).expect("the key");
        Self {
            address,
            fake,
            now_ms,
            key,
            jti: AtomicU64::new(0),
            meter,
            stop: Some(stop),
            task: Some(task),
        }
    }

    /// Lets time pass on the gateway's clock.
    pub fn pass(&self, ms: u64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Stops it, and waits.
    pub async fn stop(mut self) {
        let _ = self.stop.take().expect("running").send(());
        self.task
            .take()
            .expect("running")
            .await
            .expect("no panic")
            .expect("served");
    }

    /// The form that asks for a token.
    pub fn form(&self, client: &str, scope: &str, purpose: &str) -> String {
        let jti = self.jti.fetch_add(1, Ordering::SeqCst).to_string();
        let now = TimestampMs::new(self.now_ms.load(Ordering::SeqCst));
        let claims = assertion_claims(client, &format!("{BASE}/token"), &jti, now);
        let assertion = make_assertion(&self.key, &claims).expect("signed");
        let form = [
            ("grant_type", "client_credentials"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", &assertion),
            ("scope", scope),
            ("purpose_of_use", purpose),
        ];
        let pairs = form.map(|(name, value)| {
            format!(
                "{name}={}",
                value
                    .replace('+', "%2B")
                    .replace(' ', "+")
                    .replace('*', "%2A")
            )
        });
        pairs.join("&")
    }

    /// An access token for everything.
    pub async fn token(&self) -> String {
        self.token_for("his", "system/*.cruds").await
    }

    /// An access token.
    pub async fn token_for(&self, client: &str, scope: &str) -> String {
        let form = self.form(client, scope, "TREAT ETREAT");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = self.send("POST", "/token", &headers, form.as_bytes()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["access_token"]
            .as_str()
            .expect("a token")
            .to_owned()
    }

    /// Sends a request and reads the answer.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut stream = self.connect().await;
        stream.write_all(head.as_bytes()).await.expect("written");
        let _ = stream.write_all(body).await;
        read_answer(&mut stream).await.expect("an answer")
    }

    /// Sends a FHIR request with a token.
    pub async fn fhir(
        &self,
        token: &str,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("authorization", bearer.as_str())];
        if !body.is_empty() {
            headers.push(("content-type", "application/fhir+json"));
        }
        headers.extend_from_slice(more);
        self.send(method, path, &headers, body.as_bytes()).await
    }

    /// Begins to listen to server-sent events.
    pub async fn stream(&self, token: &str, path: &str, more: &[(&str, &str)]) -> Listening {
        let mut head =
            format!("GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n");
        for (name, value) in more {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut stream = self.connect().await;
        stream.write_all(head.as_bytes()).await.expect("written");
        Listening {
            stream,
            bytes: Vec::new(),
            text: String::new(),
            begun: false,
        }
    }

    /// A raw connection.
    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connected")
    }
}

/// A stream of server-sent events, over chunks (RFC 9112, 7.1).
pub struct Listening {
    stream: TcpStream,
    bytes: Vec<u8>,
    text: String,
    begun: bool,
}

impl Listening {
    /// The next event; comments are passed over. Nothing once the stream has ended.
    pub async fn event(&mut self) -> Option<String> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                if event.contains("data:") {
                    return Some(event);
                }
            }
            if self.chunk()? {
                continue;
            }
            let mut buffer = [0u8; 4096];
            let read = tokio::time::timeout(Duration::from_secs(20), self.stream.read(&mut buffer));
            let read = read.await.expect("in time").expect("read");
            if read == 0 {
                return None;
            }
            self.bytes.extend_from_slice(&buffer[..read]);
        }
    }

    /// Takes the next whole chunk, or the head before them; nothing after the last.
    fn chunk(&mut self) -> Option<bool> {
        let end = if self.begun { "\r\n" } else { "\r\n\r\n" };
        let found = self
            .bytes
            .windows(end.len())
            .position(|w| w == end.as_bytes());
        let Some(found) = found else {
            return Some(false);
        };
        let line = std::str::from_utf8(&self.bytes[..found])
            .expect("ASCII")
            .to_owned();
        if !self.begun {
            assert!(line.starts_with("HTTP/1.1 200"), "{line}");
            assert!(line.contains("text/event-stream"), "{line}");
            self.begun = true;
            self.bytes.drain(..found + end.len());
            return Some(true);
        }
        let length = usize::from_str_radix(&line, 16).expect("a length");
        if length == 0 {
            return None;
        }
        let from = found + end.len();
        if self.bytes.len() < from + length + 2 {
            return Some(false);
        }
        let chunk = self.bytes[from..from + length].to_vec();
        self.text
            .push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        self.bytes.drain(..from + length + 2);
        Some(true)
    }
}

/// Reads one answer; nothing if the connection ends without one.
pub async fn read_answer(stream: &mut TcpStream) -> Option<Answer> {
    let mut bytes = Vec::new();
    let mut buffer = [0u8; 8192];
    loop {
        if let Some(answer) = parse(&bytes) {
            return Some(answer);
        }
        match tokio::time::timeout(Duration::from_secs(20), stream.read(&mut buffer))
            .await
            .expect("in time")
        {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).expect("ASCII");
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().expect("a length"));
    let body = bytes.get(end + 4..end + 4 + length)?.to_vec();
    Some(Answer {
        status,
        headers,
        body,
    })
}
