//! A handler runs in a task of its own: a caller who hangs up does not stop a deposit half-way, a handler that takes
//! too long is answered for, and a bug in one is an answer and not a torn connection.
use std::sync::Arc;

use amanat_fhir::outcome::IssueType;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::time::timeout;

use crate::cases::Cases;
use crate::door::Door;
use crate::outcome::Problem;

/// Runs the rest of the request's road.
pub(crate) async fn guard<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    request: Request,
    next: Next,
) -> Response {
    let work = tokio::spawn(next.run(request));
    match timeout(door.limits.answer_timeout, work).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Problem::fault().closing().into_response(),
        Err(_) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            IssueType::Timeout,
            "not done in time; what was begun goes on: repeat it with the same request id",
        )
        .retry_after(5)
        .closing()
        .into_response(),
    }
}
