//! `GET /healthz` and `GET /readyz`: whether the process runs, and whether what it says is fresh.
use crate::api::error::ApiError;
use crate::api::server::State;
use crate::api::watch::now_ms;
use amanat_types::limits;
use axum::extract::State as Extract;
use axum::http::StatusCode;

/// The process runs.
pub async fn healthz() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// The tip is no older than one under which records are released, and a quorum is there. Refused in this order: stopping, tip, quorum.
pub async fn readyz(Extract(state): Extract<State>) -> Result<StatusCode, ApiError> {
    if state.handle.status().stopping {
        return Err(ApiError::NotReady("the node is stopping"));
    }
    let seen = state.watch.answer(&state.handle);
    if seen.height == 0 || now_ms().saturating_sub(seen.time_ms) > limits::RECENCY_MS_MAX {
        let why = "the finalised tip is older than 10 seconds";
        return Err(ApiError::NotReady(why));
    }
    let heard = seen.validators.iter().filter(|seen| seen.heard).count();
    if u64::try_from(heard).unwrap_or(0) < seen.quorum {
        let why = "fewer validators than a quorum are heard";
        return Err(ApiError::NotReady(why));
    }
    Ok(StatusCode::NO_CONTENT)
}
