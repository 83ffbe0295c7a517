//! One log line a request, its place in the counts, and the headers that every answer has.
//!
//! The line holds what this gateway knows by itself: method, route template, status, duration, an id made here. Never a path, a
//! query, a header or a body: they may hold identifiers.
use std::time::Instant;

use amanat_fhir::outcome::IssueType;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::meter::Meter;
use crate::outcome::Problem;
use crate::route::Classes;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// Times, names, counts and logs a request (FHIR R4, 3.1.0.1.5: our id goes back as `X-Request-Id`, the caller's as `X-Correlation-Id`).
pub(crate) async fn trace(
    State((classes, meter)): State<(Classes, Meter)>,
    request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    let template = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "-".to_owned(), |path| path.as_str().to_owned());
    let theirs = request.headers().get(&REQUEST_ID).cloned();
    let id = fresh_id();
    let mut response = as_outcome(next.run(request).await, &method);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(&id) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(theirs) = theirs {
        headers.insert(CORRELATION_ID, theirs);
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    let class = classes.of(&method, &template);
    let beside = (response.status(), response.extensions());
    meter.answered(class, beside, start.elapsed());
    let duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let status = response.status().as_u16();
    tracing::info!(%method, route = %template, status, duration_ms, request_id = %id, "request");
    response
}

/// 16 hexadecimal digits; without randomness, zeros, for a log line is not worth a refusal.
fn fresh_id() -> String {
    let mut bytes = [0u8; 8];
    let _ = getrandom::fill(&mut bytes);
    hex::encode(bytes)
}

/// An error that the router or the framework made is given an OperationOutcome too.
fn as_outcome(response: Response, method: &Method) -> Response {
    let status = response.status();
    let has_body = response.headers().contains_key(CONTENT_TYPE)
        && response.headers().get(CONTENT_TYPE).is_some_and(is_json);
    if !(status.is_client_error() || status.is_server_error()) || has_body || method == Method::HEAD
    {
        return response;
    }
    let (code, text) = match status {
        StatusCode::NOT_FOUND => (IssueType::NotFound, "not found"),
        StatusCode::METHOD_NOT_ALLOWED => {
            (IssueType::NotSupported, "this method is not supported here")
        }
        _ if status.is_client_error() => (IssueType::Structure, "the request is not understood"),
        _ => (
            IssueType::Exception,
            "something broke in this gateway; its log says what",
        ),
    };
    let allow = response.headers().get(ALLOW).cloned();
    let mut outcome = Problem::new(status, code, text).into_response();
    if let Some(allow) = allow {
        outcome.headers_mut().insert(ALLOW, allow);
    }
    outcome
}

fn is_json(value: &HeaderValue) -> bool {
    value.to_str().is_ok_and(|kind| kind.contains("json"))
}
