//! Health and metrics of a gateway, on an address of their own: `GET /healthz`, `/readyz`, `/metrics`.
//!
//! Not at the FHIR door, which clients reach: how much a hospital reads, refuses and keeps is for its own operators. No label comes from
//! outside, and nothing is about a person: numbers of refusals, classes of routes, statuses.
use super::measure::{disk_lines, journal_lines, tally_lines};
use crate::operate::disk;
use amanat_client::disk::offload;
use amanat_client::serve::{Held, Limits, Tally, json};
use amanat_client::{MemberClient, NodeClient};
use amanat_exchange::{Exchange, Standing};
use amanat_gateway::Meter;
use amanat_node::api::{CONTENT_TYPE, Exposition, resident_bytes, seconds};
use amanat_vault::Vault;
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{ALLOW, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpListener;

/// What one look may cost: an operator's own monitoring asks, every few seconds.
const LIMITS: Limits = Limits {
    connections_max: 16,
    head_time: Duration::from_secs(10),
    body_time: Duration::from_secs(10),
    write_time: Duration::from_secs(10),
    bytes_max: 1024 * 1024,
};
/// Free space below which nothing more is taken: as `amanat doctor`.
const FREE_BYTES_MIN: u64 = crate::operate::doctor::FREE_BYTES_MIN;

/// What is looked at.
pub struct Observed {
    /// Use cases and read models.
    pub exchange: Exchange<NodeClient, MemberClient>,
    /// The vault.
    pub vault: Vault<NodeClient, MemberClient>,
    /// Counts of the FHIR door.
    pub meter: Meter,
    /// Connections that the door has room for.
    pub connections_max: u64,
    /// The process's data folder.
    pub data: PathBuf,
}

/// Serves until `stop`.
pub async fn serve(
    listener: TcpListener,
    observed: Observed,
    stop: impl Future<Output = ()> + Send,
) {
    let observed = Arc::new(observed);
    let service = service_fn(move |request: Request<Incoming>| {
        let observed = Arc::clone(&observed);
        async move { Ok::<_, Infallible>(observed.answer(&request).await) }
    });
    amanat_client::serve::serve(listener, service, LIMITS, None, Tally::default(), stop).await;
}

fn told(status: StatusCode, name: &str, text: &str) -> Response<Held> {
    let body = serde_json::json!({ "number": 0, "name": name, "text": text });
    json(status, body.to_string())
}

fn nothing() -> Response<Held> {
    let mut response = Response::new(Held::new(Bytes::new(), None));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

impl Observed {
    async fn answer<B>(&self, request: &Request<B>) -> Response<Held> {
        if request.method() != Method::GET {
            let mut response = told(
                StatusCode::METHOD_NOT_ALLOWED,
                "Invalid",
                "method: GET alone",
            );
            let headers = response.headers_mut();
            headers.insert(ALLOW, HeaderValue::from_static("GET"));
            return response;
        }
        match request.uri().path() {
            "/healthz" => nothing(),
            "/readyz" => match self.unready().await {
                None => nothing(),
                Some(why) => told(StatusCode::SERVICE_UNAVAILABLE, "NotReady", &why),
            },
            "/metrics" => {
                let text = self.metrics().await.to_string();
                let mut response = Response::new(Held::new(text.into(), None));
                let kind = HeaderValue::from_static(CONTENT_TYPE);
                response.headers_mut().insert("content-type", kind);
                response
            }
            _ => told(StatusCode::NOT_FOUND, "Absent", "no such route"),
        }
    }

    /// Why the gateway cannot serve now. In this order: the node, the tip, the read models, the disk, the vault.
    async fn unready(&self) -> Option<String> {
        let standing = match self.exchange.stance().await {
            Ok(standing) => standing,
            Err(error) => {
                tracing::debug!(%error, "not ready");
                return Some("the own node does not answer".to_owned());
            }
        };
        if let Err(why) = standing.judge(crate::now_ms()) {
            return Some(why.to_string());
        }
        if disk::free(&self.data).is_some_and(|bytes| bytes < FREE_BYTES_MIN) {
            return Some(format!(
                "less than {} is free on the disk",
                disk::size(FREE_BYTES_MIN)
            ));
        }
        match self.vault.holding().await {
            Ok(holding) if holding.bytes >= holding.capacity_bytes => {
                Some("the vault is full (vault_bytes_max)".to_owned())
            }
            Ok(_) => None,
            Err(_) => Some("the vault does not answer".to_owned()),
        }
    }

    async fn metrics(&self) -> Exposition {
        let mut text = Exposition::default();
        text.family("amanat_build_info", "gauge", "Version of the program.");
        let labels = format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
        text.value("amanat_build_info", &labels, 1);
        let ready = u8::from(self.unready().await.is_none());
        text.gauge(
            "amanat_gateway_ready",
            "1 if reads and writes would work now, 0 if not.",
            ready,
        );
        standing_lines(self.exchange.stance().await.ok(), &self.exchange, &mut text);
        self.door_lines(&mut text);
        self.vault_lines(&mut text).await;
        let (data, journal) = (self.data.clone(), self.vault.journal().clone());
        let files = offload(move || {
            let mut text = Exposition::default();
            journal_lines("amanat_vault", &journal, &mut text);
            disk_lines(&data, disk::GATEWAY_PARTS, &mut text);
            text
        });
        if let Ok(files) = files.await {
            text.append(&files.to_string());
        }
        if let Some(bytes) = resident_bytes() {
            let help = "Memory of the process that is in use.";
            text.gauge("process_resident_memory_bytes", help, bytes);
        }
        text
    }

    fn door_lines(&self, text: &mut Exposition) {
        let counts = self.meter.counts();
        let name = "amanat_gateway_requests_total";
        text.family(
            name,
            "counter",
            "Answers of the FHIR door by class of the route and status.",
        );
        for ((class, status), count) in &counts.requests {
            text.value(
                name,
                &format!("{{class=\"{class}\",status=\"{status}\"}}"),
                count,
            );
        }
        let name = "amanat_gateway_request_seconds";
        text.family(
            name,
            "summary",
            "Time from a request's headers to its answer.",
        );
        for (class, (count, time)) in &counts.times {
            let labels = format!("{{class=\"{class}\"}}");
            let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            text.value(&format!("{name}_sum"), &labels, seconds(ms));
            text.value(&format!("{name}_count"), &labels, count);
        }
        let name = "amanat_gateway_refused_total";
        text.family(
            name,
            "counter",
            "Requests that a rule of the exchange refused, by number of the refusal.",
        );
        for ((number, word), count) in &counts.refused {
            text.value(
                name,
                &format!("{{number=\"{number}\",name=\"{word}\"}}"),
                count,
            );
        }
        let help = "Access tokens issued.";
        text.counter("amanat_gateway_tokens_issued_total", help, counts.tokens);
        let name = "amanat_gateway_sign_ins_refused_total";
        text.family(
            name,
            "counter",
            "Sign-ins, and access tokens, that were refused, by why.",
        );
        for (reason, count) in &counts.sign_ins_refused {
            text.value(name, &format!("{{reason=\"{reason}\"}}"), count);
        }
        let help = "Open connections of the FHIR door.";
        text.gauge("amanat_gateway_connections", help, counts.connections);
        let help = "Connections for which the FHIR door has room.";
        text.gauge("amanat_gateway_connections_max", help, self.connections_max);
        let name = "amanat_gateway_connections_refused_total";
        text.family(
            name,
            "counter",
            "Connections of the FHIR door that never came to a request, by why.",
        );
        for (reason, count) in &counts.connections_refused {
            text.value(name, &format!("{{reason=\"{reason}\"}}"), count);
        }
    }

    async fn vault_lines(&self, text: &mut Exposition) {
        if let Ok(holding) = self.vault.holding().await {
            text.gauge(
                "amanat_vault_blobs",
                "Sealed records that the vault keeps.",
                holding.blobs,
            );
            let help = "Bytes of the vault's segments.";
            text.gauge("amanat_vault_bytes", help, holding.bytes);
            let help = "Bytes that the vault may keep.";
            text.gauge("amanat_vault_bytes_max", help, holding.capacity_bytes);
        }
        let counters = self.vault.counters();
        let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let help = "Records released under a ticket.";
        text.counter(
            "amanat_vault_released_records_total",
            help,
            read(&counters.released),
        );
        let help = "Records copied to members that hold them too.";
        text.counter(
            "amanat_vault_copied_records_total",
            help,
            read(&counters.copied),
        );
        let help = "Entries forgotten because their records are erased.";
        text.counter(
            "amanat_vault_forgotten_entries_total",
            help,
            read(&counters.forgotten),
        );
        let help = "Blobs that were met rotten or missing.";
        text.counter(
            "amanat_vault_rotten_blobs_total",
            help,
            read(&counters.rotten),
        );
        let help = "Those that were healed.";
        text.counter(
            "amanat_vault_healed_blobs_total",
            help,
            read(&counters.healed),
        );
        tally_lines("amanat_vault", self.vault.tally(), text);
    }
}

fn standing_lines(
    standing: Option<Standing>,
    exchange: &Exchange<NodeClient, MemberClient>,
    text: &mut Exposition,
) {
    let help = "1 if the own node answers, 0 if not.";
    text.gauge("amanat_gateway_node_up", help, u8::from(standing.is_some()));
    let help = "Height up to which the read models are folded.";
    text.gauge(
        "amanat_gateway_folded_height",
        help,
        exchange.folded().get(),
    );
    let Some(standing) = standing else { return };
    let help = "Finalised height of the own node.";
    text.gauge("amanat_gateway_node_height", help, standing.tip.get());
    let help = "Age of the own node's finalised tip by this machine's clock.";
    let age = crate::now_ms()
        .get()
        .saturating_sub(standing.tip_time.get());
    text.gauge("amanat_gateway_node_tip_age_seconds", help, seconds(age));
    let help = "Blocks that the read models are behind the own node's tip.";
    text.gauge("amanat_gateway_lag_blocks", help, standing.lag_blocks());
    let help = "Deposits that were begun and are neither on the ledger whole nor taken back.";
    text.gauge(
        "amanat_gateway_unfinished_deposits",
        help,
        standing.unfinished,
    );
}
