//! The custodian's door: reads a bounded body, calls one method, writes the answer. It holds no rule.
use crate::Custodian;
use amanat_client::Ledger;
use amanat_client::fault::Fault;
use amanat_client::serve::{Held, json, render, signed};
use amanat_client::wire::{self, JournalAnswer, WRAP_BYTES_MAX};
use amanat_tls::Acceptor;
use amanat_types::codec::List;
use amanat_types::limits;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use commonware_codec::Encode as _;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use tokio::net::TcpListener;

/// Bytes of a request for keys: ids and wraps of the most records.
const KEYS_BYTES_MAX: usize = limits::RELEASE_RECORDS_MAX * (WRAP_BYTES_MAX + 64);
/// Bytes of a request of a successor: ids and wraps of the most records.
const HAND_OVER_BYTES_MAX: usize = limits::TICKET_RECORDS_MAX * (WRAP_BYTES_MAX + 64);
/// Bytes of a request for a page of the journal.
const ASK_BYTES_MAX: usize = 1024;

/// The routes of [`wire`] that a custodian serves, and `GET /healthz`.
pub fn router<L: Ledger>(custodian: Custodian<L>) -> Router {
    Router::new()
        .route(wire::KEYS, post(keys::<L>))
        .route(wire::HAND_OVER, post(hand_over::<L>))
        .route(wire::JOURNAL, post(journal::<L>))
        .route("/healthz", get(health::<L>))
        .with_state(custodian)
}

/// Serves the custodian over TLS if there is `tls`, else in plain, until `stop`.
pub async fn serve<L: Ledger>(
    listener: TcpListener,
    custodian: Custodian<L>,
    tls: Option<Acceptor>,
    stop: impl Future<Output = ()> + Send,
) {
    let (limits, tally) = (custodian.config().limits, custodian.tally().clone());
    let service = TowerToHyperService::new(router(custodian));
    amanat_client::serve::serve(listener, service, limits, tls, tally, stop).await;
}

async fn keys<L: Ledger>(
    State(custodian): State<Custodian<L>>,
    request: Request,
) -> Response<Held> {
    let answer = async {
        let (signed, _room) = signed(&custodian.inner.room, request, KEYS_BYTES_MAX).await?;
        custodian.keys(signed).await
    };
    render(
        custodian
            .tally()
            .note(answer.await)
            .map(|keys| (keys.encode(), None)),
    )
}

async fn hand_over<L: Ledger>(
    State(custodian): State<Custodian<L>>,
    request: Request,
) -> Response<Held> {
    let answer = async {
        let (signed, _room) = signed(&custodian.inner.room, request, HAND_OVER_BYTES_MAX).await?;
        custodian.hand_over(signed).await
    };
    render(answer.await.map(|wraps| (wraps.encode(), None)))
}

async fn journal<L: Ledger>(
    State(custodian): State<Custodian<L>>,
    request: Request,
) -> Response<Held> {
    let answer = async {
        let (signed, _room) = signed(&custodian.inner.room, request, ASK_BYTES_MAX).await?;
        let page = custodian.journal_page(signed).await?;
        let entries = List::new(page.entries);
        let answer = JournalAnswer {
            releaser: custodian.config().member,
            count: page.count,
            head: page.head,
            entries: entries.map_err(|error| Fault::invalid(error.to_string()))?,
        };
        Ok((answer.encode(), None))
    };
    render(custodian.tally().note(answer.await))
}

async fn health<L: Ledger>(State(custodian): State<Custodian<L>>) -> Response<Held> {
    let (entries, _) = custodian.journal().head();
    let body = serde_json::json!({
        "member": custodian.config().member.number(),
        "journal_entries": entries,
        "keeps_all_blocks": custodian.all_blocks(),
    });
    json(StatusCode::OK, body.to_string())
}
