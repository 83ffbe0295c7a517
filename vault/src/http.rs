//! The vault's door: reads a bounded body, calls one method, writes the answer. It holds no rule.
use crate::vault::{Released, Vault};
use amanat_client::Ledger;
use amanat_client::serve::{Held, json, render, signed};
use amanat_client::stores::Holders;
use amanat_client::wire::{self, BODY_BYTES_MAX, CopyAnswer, JournalAnswer};
use amanat_tls::Acceptor;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use commonware_codec::Encode as _;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::sync::atomic::Ordering;
use tokio::net::TcpListener;

/// Bytes of a request that carries no blobs: the ids of a release.
const ASK_BYTES_MAX: usize = 128 * 1024;

/// The routes of [`wire`] that a vault serves, and `GET /healthz`.
pub fn router<L: Ledger, H: Holders>(vault: Vault<L, H>) -> Router {
    Router::new()
        .route(wire::BLOBS, post(blobs::<L, H>))
        .route(wire::RELEASE, post(release::<L, H>))
        .route(wire::HEAL, post(heal::<L, H>))
        .route(wire::SCRUB, post(scrub::<L, H>))
        .route(wire::JOURNAL, post(journal::<L, H>))
        .route("/healthz", get(health::<L, H>))
        .with_state(vault)
}

/// Serves the vault over TLS if there is `tls`, else in plain, until `stop`.
pub async fn serve<L: Ledger, H: Holders>(
    listener: TcpListener,
    vault: Vault<L, H>,
    tls: Option<Acceptor>,
    stop: impl Future<Output = ()> + Send,
) {
    let (limits, tally) = (vault.config().limits, vault.tally().clone());
    let service = TowerToHyperService::new(router(vault));
    amanat_client::serve::serve(listener, service, limits, tls, tally, stop).await;
}

async fn blobs<L: Ledger, H: Holders>(
    State(vault): State<Vault<L, H>>,
    request: Request,
) -> Response<Held> {
    let answer = async {
        let (signed, _room) = signed(&vault.inner.room, request, BODY_BYTES_MAX).await?;
        vault.put(signed).await
    };
    render(
        vault
            .tally()
            .note(answer.await)
            .map(|stored| (stored.encode(), None)),
    )
}

async fn release<L: Ledger, H: Holders>(
    State(vault): State<Vault<L, H>>,
    request: Request,
) -> Response<Held> {
    let answer = async {
        let (signed, _room) = signed(&vault.inner.room, request, ASK_BYTES_MAX).await?;
        vault.get(signed).await
    };
    render(vault.tally().note(answer.await).map(|released| {
        let Released { answer, room } = released;
        (answer.encode(), Some(room))
    }))
}

async fn heal<L: Ledger, H: Holders>(
    State(vault): State<Vault<L, H>>,
    request: Request,
) -> Response<Held> {
    let answer = async {
        let (signed, _room) = signed(&vault.inner.room, request, ASK_BYTES_MAX).await?;
        vault.copy(signed).await
    };
    render(vault.tally().note(answer.await).map(|released| {
        let items = released.answer.items;
        (CopyAnswer { items }.encode(), Some(released.room))
    }))
}

async fn scrub<L: Ledger, H: Holders>(
    State(vault): State<Vault<L, H>>,
    request: Request,
) -> Response<Held> {
    let answer = async {
        let (signed, _room) = signed(&vault.inner.room, request, ASK_BYTES_MAX).await?;
        vault.scrub(signed).await
    };
    render(
        vault
            .tally()
            .note(answer.await)
            .map(|report| (report.answer().encode(), None)),
    )
}

async fn journal<L: Ledger, H: Holders>(
    State(vault): State<Vault<L, H>>,
    request: Request,
) -> Response<Held> {
    let answer = async {
        let (signed, _room) = signed(&vault.inner.room, request, ASK_BYTES_MAX).await?;
        let page = vault.journal_page(signed).await?;
        let answer = JournalAnswer {
            releaser: vault.config().member,
            count: page.count,
            head: page.head,
            entries: crate::vault::bounded(page.entries)?,
        };
        Ok((answer.encode(), None))
    };
    render(vault.tally().note(answer.await))
}

async fn health<L: Ledger, H: Holders>(State(vault): State<Vault<L, H>>) -> Response<Held> {
    let holding = match vault.holding().await {
        Ok(holding) => holding,
        Err(fault) => return render(Err(fault.into())),
    };
    let counters = vault.counters();
    let (journal, _) = vault.journal().head();
    let body = serde_json::json!({
        "member": vault.config().member.number(),
        "holding": holding,
        "journal_entries": journal,
        "rotten": counters.rotten.load(Ordering::Relaxed),
        "healed": counters.healed.load(Ordering::Relaxed),
        "released": counters.released.load(Ordering::Relaxed),
        "copied": counters.copied.load(Ordering::Relaxed),
        "forgotten": counters.forgotten.load(Ordering::Relaxed),
    });
    json(StatusCode::OK, body.to_string())
}
