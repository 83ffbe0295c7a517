//! `GET /healthz` and `GET /readyz`: whether the process runs, and whether it can serve.
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::cases::Cases;
use crate::door::Door;
use crate::outcome::Problem;

/// The process runs.
pub(crate) async fn healthz() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// The member's node answers, so that reads and writes would work.
pub(crate) async fn readyz<C: Cases>(
    State(door): State<Arc<Door<C>>>,
) -> Result<StatusCode, Problem> {
    door.cases.ready().await?;
    Ok(StatusCode::NO_CONTENT)
}
