//! The routes that read: receipts, the feed, state, headers, blocks, status.
use crate::api::error::ApiError;
use crate::api::server::State;
use crate::api::submit::body;
use amanat_types::explain::ExplainQuestion;
use amanat_types::wire::{ReleaseQuestion, StateQuery};
use amanat_types::{Height, StateKey, TransactionId};
use axum::body::Body;
use axum::extract::{Path, Query, State as Extract};
use axum::http::{Response, StatusCode, header};
use bytes::Bytes;
use commonware_codec::{DecodeExt as _, Encode as _};
use serde::Deserialize;
use std::time::Duration;

/// A response in the ledger's codec.
pub fn binary(status: StatusCode, bytes: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let kind = header::HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// `GET /v1/receipts/{transaction}`: proof of what became of a transaction.
pub async fn receipt(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
) -> Result<Response<Body>, ApiError> {
    let id = TransactionId::from_hex(&id).ok_or(ApiError::Field {
        field: "transaction",
        rule: "64 hexadecimal digits",
    })?;
    let proof = state.handle.receipt(id).await?;
    let proof = proof.ok_or(ApiError::Absent("finalised transaction"))?;
    Ok(binary(StatusCode::OK, proof.encode()))
}

/// Where to follow from, how far, and how long to wait for it.
#[derive(Deserialize)]
pub struct Page {
    from: u64,
    #[serde(default = "page")]
    limit: usize,
    #[serde(default)]
    wait_ms: u64,
}

const fn page() -> usize {
    64
}

/// `GET /v1/events`: outcomes of blocks, waiting for one with transactions.
pub async fn events(
    Extract(state): Extract<State>,
    Query(page): Query<Page>,
) -> Result<Response<Body>, ApiError> {
    let from = Height::new(page.from);
    let wait = Duration::from_millis(page.wait_ms).min(state.limits.wait);
    let followed = tokio::time::timeout(wait, state.handle.follow(from, page.limit)).await;
    let feed = match followed {
        Ok(feed) => feed?,
        Err(_) => state.handle.events(from, page.limit).await?,
    };
    Ok(binary(StatusCode::OK, feed.encode()))
}

/// `POST /v1/state`: values of keys at the finalised tip.
pub async fn values(
    Extract(state): Extract<State>,
    request: Body,
) -> Result<Response<Body>, ApiError> {
    let query = StateQuery::decode(body(&state, request).await?);
    let query = query.map_err(|_| ApiError::Field {
        field: "body",
        rule: "a list of at most 8192 state keys of 32 bytes",
    })?;
    let answer = state.handle.state(query.keys.into_vec()).await?;
    Ok(binary(StatusCode::OK, answer.encode()))
}

/// `POST /v1/release`: whether a reader may have records now.
pub async fn release(
    Extract(state): Extract<State>,
    request: Body,
) -> Result<Response<Body>, ApiError> {
    let question = ReleaseQuestion::decode(body(&state, request).await?);
    let question = question.map_err(|_| ApiError::Field {
        field: "body",
        rule: "a release question",
    })?;
    let answer = state.handle.release(question).await?;
    Ok(binary(StatusCode::OK, answer.encode()))
}

/// `POST /v1/explain`: what would become of a request, and why.
pub async fn explain(
    Extract(state): Extract<State>,
    request: Body,
) -> Result<Response<Body>, ApiError> {
    let question = ExplainQuestion::decode(body(&state, request).await?);
    let question = question.map_err(|_| ApiError::Field {
        field: "body",
        rule: "a question of what would become of a request",
    })?;
    let answer = state.handle.explain(question).await?;
    Ok(binary(StatusCode::OK, answer.encode()))
}

/// `GET /v1/state/{key}/proof`: proof of what a key holds.
pub async fn proof(
    Extract(state): Extract<State>,
    Path(key): Path<String>,
) -> Result<Response<Body>, ApiError> {
    let key = StateKey::from_hex(&key).ok_or(ApiError::Field {
        field: "key",
        rule: "64 hexadecimal digits",
    })?;
    let proof = state.handle.proof(key).await?;
    let proof = proof.ok_or(ApiError::Absent("finalised state yet"))?;
    Ok(binary(StatusCode::OK, proof.encode()))
}

/// `GET /v1/headers/{height}`: a finalised header with its certificate, or with a later one of its epoch; 404 if it or what proves it is not here.
pub async fn finalised_header(
    Extract(state): Extract<State>,
    Path(height): Path<u64>,
) -> Result<Response<Body>, ApiError> {
    let header = state.handle.header(Height::new(height)).await?;
    let header = header.ok_or(ApiError::Absent("finalised header with a certificate here"))?;
    Ok(binary(StatusCode::OK, header.encode()))
}

/// `GET /v1/blocks/{height}`: a finalised block.
pub async fn block(
    Extract(state): Extract<State>,
    Path(height): Path<u64>,
) -> Result<Response<Body>, ApiError> {
    let block = state.handle.block(Height::new(height)).await?;
    let block = block.ok_or(ApiError::Absent("finalised block"))?;
    Ok(binary(StatusCode::OK, block.encode()))
}

/// `GET /v1/status`: how the node stands.
pub async fn status(Extract(state): Extract<State>) -> Response<Body> {
    json(&state.handle.status())
}

/// A response in JSON, of fields that are numbers, words and hexadecimal only: they always print.
pub fn json(answer: &impl serde::Serialize) -> Response<Body> {
    let body = serde_json::to_string(answer).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
