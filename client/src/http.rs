//! A small HTTP/1.1 client for loopback and the members' own network: pooled connections, time-outs, bounded answers.
//!
//! There is no TLS here yet: what crosses the line is sealed and signed, but who talks to whom is visible.
use crate::Fault;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::header::{CONTENT_TYPE, RETRY_AFTER};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::time::Duration;

/// Content type of codec bodies.
pub const OCTETS: &str = "application/octet-stream";
/// How long to wait when an unavailable server does not say.
const RETRY_AFTER_MS: u64 = 500;

/// How long an unused connection is kept: less than servers keep it.
const POOL_IDLE: Duration = Duration::from_secs(5);

/// Bounds of one exchange.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Whole exchange, from connecting to the last byte.
    pub time: Duration,
    /// Bytes of the answer's body.
    pub bytes_max: usize,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Status.
    pub status: StatusCode,
    /// When to ask again, if the server cannot serve now.
    pub retry_after_ms: u64,
    /// Body, whole.
    pub body: Bytes,
}

/// The client. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct HttpClient {
    inner: Client<HttpConnector, Full<Bytes>>,
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpClient {
    /// A client without connections.
    pub fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(5)));
        let inner = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(POOL_IDLE)
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(64)
            .build(connector);
        Self { inner }
    }

    /// `GET path` at `base` (`host:port`, with or without `http://`).
    pub async fn get(&self, base: &str, path: &str, bounds: Bounds) -> Result<Reply, Fault> {
        self.send(Method::GET, base, path, Bytes::new(), bounds)
            .await
    }

    /// `POST path` at `base` with a codec body.
    pub async fn post(
        &self,
        base: &str,
        path: &str,
        body: Bytes,
        bounds: Bounds,
    ) -> Result<Reply, Fault> {
        self.send(Method::POST, base, path, body, bounds).await
    }

    async fn send(
        &self,
        method: Method,
        base: &str,
        path: &str,
        body: Bytes,
        bounds: Bounds,
    ) -> Result<Reply, Fault> {
        let root = base.trim_end_matches('/');
        let root = root.strip_prefix("http://").unwrap_or(root);
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{root}{path}"))
            .header(CONTENT_TYPE, OCTETS)
            .body(Full::new(body))
            .map_err(|error| unreachable(base, error))?;
        match tokio::time::timeout(bounds.time, self.exchange(base, request, bounds)).await {
            Ok(reply) => reply,
            Err(_) => Err(Fault::TimedOut {
                address: base.into(),
                after_ms: u64::try_from(bounds.time.as_millis()).unwrap_or(u64::MAX),
            }),
        }
    }

    async fn exchange(
        &self,
        base: &str,
        request: Request<Full<Bytes>>,
        bounds: Bounds,
    ) -> Result<Reply, Fault> {
        let sent = self.inner.request(request).await;
        let response = sent.map_err(|error| unreachable(base, error))?;
        let status = response.status();
        let seconds = response.headers().get(RETRY_AFTER);
        let seconds = seconds.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let body = Limited::new(response.into_body(), bounds.bytes_max).collect();
        let body = body.await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                let max = bounds.bytes_max;
                return Fault::protocol(base, format!("the answer is longer than {max} bytes"));
            }
            unreachable(base, error)
        })?;
        Ok(Reply {
            status,
            retry_after_ms: seconds.map_or(RETRY_AFTER_MS, |s| s.saturating_mul(1000)),
            body: body.to_bytes(),
        })
    }
}

fn unreachable(base: &str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Fault {
    Fault::Unreachable {
        address: base.into(),
        source: error.into(),
    }
}
