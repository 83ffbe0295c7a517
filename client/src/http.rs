//! A small HTTP/1.1 client for members' processes: pooled connections, time-outs, bounded answers.
//!
//! An address with `https://` is asked over TLS 1.3, and only if the key that is expected there is proven; any other in plain.
use crate::Fault;
use crate::connect::{Connector, Trust, rule};
use amanat_tls::{Pin, Roots};
use amanat_types::key::PublicKey;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error as StdError;
use std::sync::Arc;
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
    /// What the server says the time is, if it does: the `Date` header as it came.
    pub date: Option<String>,
    /// Body, whole.
    pub body: Bytes,
}

/// The client. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct HttpClient {
    inner: Client<Connector, Full<Bytes>>,
    whose: Arc<str>,
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpClient {
    /// A client without connections, for plain addresses.
    pub fn new() -> Self {
        Self::over(Connector::new(Trust::Nothing), "the process")
    }

    /// A client of one member's processes, which prove `key` at addresses with `https://`; errors call them `whose`.
    ///
    /// Fault: [`Fault::Invalid`] if the key is not an Ed25519 key.
    pub fn proving(key: &PublicKey, whose: &str) -> Result<Self, Fault> {
        let pin =
            Pin::new(key).map_err(|error| Fault::invalid(format!("{whose}: key: {error}")))?;
        Ok(Self::over(Connector::new(Trust::Pin(pin)), whose))
    }

    /// A client of a server that shows a certificate at addresses with `https://`; errors call it `whose`.
    pub fn trusting(roots: Roots, whose: &str) -> Self {
        Self::over(Connector::new(Trust::Roots(roots)), whose)
    }

    fn over(connector: Connector, whose: &str) -> Self {
        let inner = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(POOL_IDLE)
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(64)
            .build(connector);
        Self {
            inner,
            whose: whose.into(),
        }
    }

    /// `GET path` at `base` (`host:port`, with `https://`, `http://` or neither, which is plain too).
    pub async fn get(&self, base: &str, path: &str, bounds: Bounds) -> Result<Reply, Fault> {
        let body = (OCTETS, Bytes::new());
        self.send(Method::GET, base, path, body, bounds).await
    }

    /// `POST path` at `base` with a codec body.
    pub async fn post(
        &self,
        base: &str,
        path: &str,
        body: Bytes,
        bounds: Bounds,
    ) -> Result<Reply, Fault> {
        let body = (OCTETS, body);
        self.send(Method::POST, base, path, body, bounds).await
    }

    /// `POST path` at `base` with a form.
    pub async fn post_form(
        &self,
        base: &str,
        path: &str,
        form: String,
        bounds: Bounds,
    ) -> Result<Reply, Fault> {
        let body = ("application/x-www-form-urlencoded", form.into());
        self.send(Method::POST, base, path, body, bounds).await
    }

    async fn send(
        &self,
        method: Method,
        base: &str,
        path: &str,
        (kind, body): (&'static str, Bytes),
        bounds: Bounds,
    ) -> Result<Reply, Fault> {
        let root = base.trim_end_matches('/');
        let uri = match root.starts_with("https://") || root.starts_with("http://") {
            true => format!("{root}{path}"),
            false => format!("http://{root}{path}"),
        };
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header(CONTENT_TYPE, kind)
            .body(Full::new(body))
            .map_err(|error| self.unreachable(base, error))?;
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
        let response = sent.map_err(|error| self.unreachable(base, error))?;
        let status = response.status();
        let seconds = response.headers().get(RETRY_AFTER);
        let seconds = seconds.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let date = response.headers().get(DATE);
        let date = date.and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let body = Limited::new(response.into_body(), bounds.bytes_max).collect();
        let body = body.await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                let max = bounds.bytes_max;
                return Fault::protocol(base, format!("the answer is longer than {max} bytes"));
            }
            self.unreachable(base, error)
        })?;
        Ok(Reply {
            status,
            retry_after_ms: seconds.map_or(RETRY_AFTER_MS, |s| s.saturating_mul(1000)),
            date,
            body: body.to_bytes(),
        })
    }

    fn unreachable(&self, base: &str, error: impl Into<Box<dyn StdError + Send + Sync>>) -> Fault {
        let (address, source) = (base.into(), error.into());
        match rule(source.as_ref()) {
            Some(rule) => Fault::Tls {
                whose: self.whose.to_string(),
                address,
                rule,
            },
            None => Fault::Unreachable { address, source },
        }
    }
}
