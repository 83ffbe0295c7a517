//! `GET /metrics`: the Prometheus text format, version 0.0.4.
//!
//! Labels are numbers of members, numbers and names of refusals, and the engine's own; nothing in them is about a person.
use crate::api::server::State;
use crate::api::text::{CONTENT_TYPE, Exposition as Text, resident_bytes, seconds};
use crate::api::visitor::TurnedAway;
use crate::api::watch::now_ms;
use amanat_types::limits;
use amanat_types::receipt::Outcome;
use amanat_types::wire::Submitted;
use axum::body::Body;
use axum::extract::State as Extract;
use axum::http::{Response, StatusCode, header};
use commonware_utils::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Gives the metrics of the runtime that the node runs on, in the same format.
pub type RuntimeMetrics = Box<dyn Fn() -> String + Send>;

/// What is counted in the API; clones share it.
#[derive(Clone)]
pub struct Meter {
    counts: Arc<Mutex<Counts>>,
    /// Asked on a thread of its own, one at a time: it looks at files.
    runtime: Arc<tokio::sync::Mutex<RuntimeMetrics>>,
}

#[derive(Default)]
struct Counts {
    outcomes: BTreeMap<&'static str, u64>,
    refused: BTreeMap<(u16, &'static str), u64>,
    turned_away: BTreeMap<TurnedAway, u64>,
    answers: BTreeMap<u16, u64>,
}

impl Meter {
    /// Counts from nothing.
    pub fn new(runtime: RuntimeMetrics) -> Self {
        Self {
            counts: Arc::default(),
            runtime: Arc::new(tokio::sync::Mutex::new(runtime)),
        }
    }

    /// What the runtime says; nothing if it cannot.
    async fn runtime(&self) -> String {
        let runtime = self.runtime.clone().lock_owned().await;
        let said = tokio::task::spawn_blocking(move || (*runtime)());
        said.await.unwrap_or_default()
    }

    /// Counts a connection or request that was not served.
    pub fn turned_away(&self, why: TurnedAway) {
        *self.counts.lock().turned_away.entry(why).or_default() += 1;
    }

    /// Counts an answer by its status.
    pub fn answered(&self, status: StatusCode) {
        *self
            .counts
            .lock()
            .answers
            .entry(status.as_u16())
            .or_default() += 1;
    }

    /// Counts the answer to one submitted transaction.
    pub fn count(&self, answer: &Submitted) {
        let (outcome, refusal) = match answer {
            Submitted::Final(done) => match &done.receipt.outcome {
                Outcome::Accepted(_) => ("accepted", None),
                Outcome::Refused(refused) => ("refused_ledger", Some(refused.refusal)),
            },
            Submitted::Pending(_) => ("pending", None),
            Submitted::Refused(refusal) => ("refused_admission", Some(*refusal)),
            Submitted::TimedOut(_) => ("timed_out", None),
        };
        let mut counts = self.counts.lock();
        *counts.outcomes.entry(outcome).or_default() += 1;
        if let Some(refusal) = refusal {
            let key = (refusal.number(), refusal.name());
            *counts.refused.entry(key).or_default() += 1;
        }
    }
}

/// The route.
pub async fn metrics(Extract(state): Extract<State>) -> Response<Body> {
    let mut text = Text::default();
    chain(&state, &mut text);
    reads(&state, &mut text);
    mempool(&state, &mut text);
    validators(&state, &mut text);
    counts(&state.meter, &mut text);
    if let Some(bytes) = resident_bytes() {
        let help = "Memory of the process that is in use.";
        text.gauge("process_resident_memory_bytes", help, bytes);
    }
    text.append(&state.meter.runtime().await);
    let mut response = Response::new(Body::from(text.to_string()));
    let kind = header::HeaderValue::from_static(CONTENT_TYPE);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn chain(state: &State, text: &mut Text) {
    let status = state.handle.status();
    text.family("amanat_build_info", "gauge", "Version of the program.");
    let labels = format!("{{version=\"{}\"}}", status.version);
    text.value("amanat_build_info", &labels, 1);
    text.gauge("amanat_height", "Finalised height.", status.height);
    let age = now_ms().saturating_sub(status.time_ms);
    let help = "Age of the finalised tip by this machine's clock.";
    text.gauge("amanat_tip_age_seconds", help, seconds(age));
    text.gauge("amanat_epoch", "Epoch of consensus.", status.epoch);
    text.gauge("amanat_view", "View of consensus.", status.view);
    let help = "Version of the rules in force.";
    text.gauge("amanat_protocol", help, status.protocol);
    let help = "The newest version of the rules that this program knows.";
    text.gauge("amanat_protocol_known", help, status.protocol_known);
    if let Some(ms) = state.watch.block_ms() {
        let help = "Time from one finalised block to the next, lately.";
        text.gauge("amanat_block_seconds", help, seconds(ms));
    }
}

fn reads(state: &State, text: &mut Text) {
    let reads = state.handle.state_reads();
    let name = "amanat_state_reads_total";
    let help = "Reads of the state at the tip, by where all of their values were.";
    text.family(name, "counter", help);
    text.value(name, "{from=\"memory\"}", reads.from_memory);
    text.value(name, "{from=\"databases\"}", reads.from_databases);
}

fn mempool(state: &State, text: &mut Text) {
    let report = state.handle.mempool();
    let help = "Transactions that wait, those in blocks that are not final too.";
    text.gauge("amanat_mempool_transactions", help, report.transactions);
    let help = "Bytes of the transactions that wait.";
    text.gauge("amanat_mempool_bytes", help, report.bytes);
    let help = "Emergencies that wait for a block.";
    text.gauge("amanat_mempool_emergencies", help, report.emergencies);
    let name = "amanat_mempool_dropped_total";
    let help = "Transactions that the mempool did not take or keep, by why.";
    text.family(name, "counter", help);
    for (why, count) in &report.dropped {
        text.value(name, &format!("{{reason=\"{}\"}}", why.word()), count);
    }
    if let Some(units) = report.block_units {
        let help = "Metered units of the last finalised block.";
        text.gauge("amanat_block_units", help, units);
    }
    let help = "Metered units that a block may hold.";
    text.gauge("amanat_block_units_max", help, limits::BLOCK_UNITS_MAX);
    let help = "Open connections of the API.";
    let connections = state.visitors.connections();
    text.gauge("amanat_api_connections", help, connections);
}

fn validators(state: &State, text: &mut Text) {
    let seen = state.watch.answer(&state.handle);
    let count = seen.validators.len();
    text.gauge("amanat_validators", "Validators of the network.", count);
    let help = "Validators that must vote for a block to be final.";
    text.gauge("amanat_quorum", help, seen.quorum);
    let name = "amanat_validator_heard";
    text.family(name, "gauge", "1 if the validator is heard, 0 if not.");
    for seen in &seen.validators {
        let labels = format!("{{member=\"{}\"}}", seen.member);
        text.value(name, &labels, u8::from(seen.heard));
    }
    let name = "amanat_validator_signed_height";
    text.family(name, "gauge", "Last height whose finalisation it signed.");
    for seen in &seen.validators {
        if let Some(height) = seen.signed_height {
            text.value(name, &format!("{{member=\"{}\"}}", seen.member), height);
        }
    }
}

fn counts(meter: &Meter, text: &mut Text) {
    let counts = meter.counts.lock();
    let name = "amanat_submissions_total";
    text.family(
        name,
        "counter",
        "Submitted transactions by what was answered.",
    );
    for (outcome, count) in &counts.outcomes {
        text.value(name, &format!("{{outcome=\"{outcome}\"}}"), count);
    }
    let name = "amanat_refused_total";
    text.family(
        name,
        "counter",
        "Refused submissions by number of the refusal.",
    );
    for ((number, word), count) in &counts.refused {
        let labels = format!("{{number=\"{number}\",name=\"{word}\"}}");
        text.value(name, &labels, count);
    }
    let name = "amanat_api_turned_away_total";
    let help = "Connections and requests that were not served, by the bound that they met.";
    text.family(name, "counter", help);
    for (why, count) in &counts.turned_away {
        text.value(name, &format!("{{bound=\"{}\"}}", why.word()), count);
    }
    let name = "amanat_api_answers_total";
    text.family(name, "counter", "Answers of the API by status.");
    for (status, count) in &counts.answers {
        text.value(name, &format!("{{status=\"{status}\"}}"), count);
    }
}
