//! `POST /v1/transactions`: transactions, each admitted or refused by itself.
//!
//! The body is a [`Submission`], the answer a [`SubmitAnswer`] in its order, always with status 200: what a rule says of one
//! transaction is no error of the request. If every transaction met a full mempool the status is 503, or 429 if the sponsor of the
//! first holds as much of it as any, with a time to try again after, so that a client need not look inside.
use crate::api::error::ApiError;
use crate::api::read::binary;
use crate::api::server::State;
use amanat_types::Refusal;
use amanat_types::block::Parcel;
use amanat_types::call::Unit;
use amanat_types::codec::List;
use amanat_types::wire::{Submission, SubmitAnswer, Submitted};
use axum::body::Body;
use axum::extract::{Query, State as Extract};
use axum::http::{Response, StatusCode};
use bytes::Bytes;
use commonware_codec::{DecodeExt as _, Encode as _};
use http_body_util::{BodyExt as _, Limited};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

/// Options of a submission.
#[derive(Deserialize)]
pub struct Options {
    #[serde(default = "yes")]
    wait: bool,
}

const fn yes() -> bool {
    true
}

/// Collects a body within its bounds of size and time.
pub async fn body(state: &State, body: Body) -> Result<Bytes, ApiError> {
    let limited = Limited::new(body, state.limits.body_bytes);
    let collected = tokio::time::timeout(state.limits.body, limited.collect()).await;
    match collected {
        Err(_) => Err(ApiError::TooSlow),
        Ok(Err(_)) => Err(ApiError::TooLarge),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
    }
}

/// The route.
pub async fn submit(
    Extract(state): Extract<State>,
    Query(options): Query<Options>,
    request: Body,
) -> Result<Response<Body>, ApiError> {
    let bytes = body(&state, request).await?;
    let submission = Submission::decode(bytes);
    let submission = submission.map_err(|_| ApiError::Malformed(Refusal::Malformed))?;
    let deadline = Instant::now() + state.limits.wait;
    let pending: Vec<_> = submission
        .transactions
        .into_vec()
        .into_iter()
        .map(|transaction| state.handle.enqueue(Parcel::new(transaction), options.wait))
        .collect();
    let mut results = Vec::with_capacity(pending.len());
    for pending in pending {
        results.push(match pending {
            Err(refusal) => Submitted::Refused(refusal),
            Ok(answer) => match timeout_at(deadline, answer).await {
                Err(_) => Submitted::TimedOut(Unit),
                Ok(answer) => answer.unwrap_or(Submitted::Refused(Refusal::Stopping)),
            },
        });
    }
    results.iter().for_each(|result| state.meter.count(result));
    let full = |result: &Submitted| {
        matches!(
            result,
            Submitted::Refused(
                Refusal::MempoolFull | Refusal::MempoolShareFull | Refusal::Stopping
            )
        )
    };
    if let Some(Submitted::Refused(refusal)) = results.first()
        && results.iter().all(full)
    {
        return Err(ApiError::Full(*refusal));
    }
    let results = List::new(results).map_err(|_| ApiError::TooLarge)?;
    Ok(binary(StatusCode::OK, SubmitAnswer { results }.encode()))
}
