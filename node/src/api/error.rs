//! Answers that are not what was asked for: JSON with the number of a refusal (0 if no rule gives one), its name and words.
use crate::api::visitor::TurnedAway;
use crate::handle::Unavailable;
use crate::mempool::RETRY_MS;
use amanat_types::Refusal;
use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::json;

/// Why a request was not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// The body is not what the route takes.
    Malformed(Refusal),
    /// The node takes nothing now, or nothing of this sponsor.
    Full(Refusal),
    /// There are too many connections or requests.
    TurnedAway(TurnedAway),
    /// A field of the request breaks a rule.
    Field {
        /// Which.
        field: &'static str,
        /// Which rule.
        rule: &'static str,
    },
    /// The body is larger than allowed.
    TooLarge,
    /// The client sent too slowly.
    TooSlow,
    /// There is no such thing, or not yet.
    Absent(&'static str),
    /// The node cannot serve now.
    Unavailable(Unavailable),
    /// The node runs but is not fit to be used: why.
    NotReady(&'static str),
}

impl ApiError {
    fn parts(&self) -> (StatusCode, u16, &'static str, String) {
        let refused = |status, refusal: &Refusal| {
            (
                status,
                refusal.number(),
                refusal.name(),
                refusal.text().into(),
            )
        };
        match self {
            Self::Malformed(refusal) => refused(StatusCode::BAD_REQUEST, refusal),
            Self::Full(refusal @ Refusal::MempoolShareFull) => {
                refused(StatusCode::TOO_MANY_REQUESTS, refusal)
            }
            Self::Full(refusal) => refused(StatusCode::SERVICE_UNAVAILABLE, refusal),
            Self::TurnedAway(why) => {
                let (status, text) = match why {
                    TurnedAway::Connections => (
                        StatusCode::TOO_MANY_REQUESTS,
                        "the address has as many connections as it may have",
                    ),
                    TurnedAway::AddressRequests => (
                        StatusCode::TOO_MANY_REQUESTS,
                        "the address sends more requests a second than it may",
                    ),
                    TurnedAway::Requests => (
                        StatusCode::SERVICE_UNAVAILABLE,
                        "more requests a second come than the node takes",
                    ),
                };
                (status, 0, "TooManyRequests", text.into())
            }
            Self::Field { field, rule } => {
                let text = format!("{field}: {rule}");
                (StatusCode::BAD_REQUEST, 0, "Invalid", text)
            }
            Self::TooLarge => {
                let text = "the body is larger than allowed".into();
                (StatusCode::PAYLOAD_TOO_LARGE, 0, "TooLarge", text)
            }
            Self::TooSlow => {
                let text = "the body came too slowly".into();
                (StatusCode::REQUEST_TIMEOUT, 0, "TooSlow", text)
            }
            Self::Absent(what) => {
                let text = format!("no such {what}");
                (StatusCode::NOT_FOUND, 0, "Absent", text)
            }
            Self::Unavailable(reason) => {
                let text = reason.to_string();
                (StatusCode::SERVICE_UNAVAILABLE, 0, "Unavailable", text)
            }
            Self::NotReady(why) => {
                let text = (*why).into();
                (StatusCode::SERVICE_UNAVAILABLE, 0, "NotReady", text)
            }
        }
    }
}

impl From<Unavailable> for ApiError {
    fn from(reason: Unavailable) -> Self {
        Self::Unavailable(reason)
    }
}

/// Seconds after which to try again.
const RETRY_SECONDS: u64 = RETRY_MS.div_ceil(1_000);

/// Whether the same request may be served a little later.
fn is_passing(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
    )
}

impl ApiError {
    /// The whole answer, for a connection that is not served.
    pub fn plain(&self) -> String {
        let (status, number, name, text) = self.parts();
        let body = json!({ "number": number, "name": name, "text": text }).to_string();
        let length = body.len();
        let retry = match is_passing(status) {
            true => format!("retry-after: {RETRY_SECONDS}\r\n"),
            false => String::new(),
        };
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{retry}connection: close\r\n\r\n{body}"
        )
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response<Body> {
        let (status, number, name, text) = self.parts();
        let body = json!({ "number": number, "name": name, "text": text });
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let json = header::HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        if is_passing(status) {
            let seconds = header::HeaderValue::from(RETRY_SECONDS);
            headers.insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
