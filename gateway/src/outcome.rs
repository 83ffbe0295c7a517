//! The one table from what went wrong to what a caller is told: status, issue type, text.
//!
//! | what | status | issue |
//! |-|-|-|
//! | not JSON, too deep | 400 | structure, too-costly |
//! | no token, a bad one | 401 | login, expired |
//! | scope, basis, purpose, card | 403 | forbidden, expired |
//! | no such thing, or none that may be seen | 404 | not-found |
//! | wrong method, wrong content types | 405, 406, 415 | not-supported |
//! | too slow a sender | 408 | timeout |
//! | an id with another content, a thing that exists | 409 | duplicate, conflict |
//! | a record that is erased | 410 | deleted |
//! | too large | 413 | too-long |
//! | JSON that is not FHIR, or breaks a rule | 422 | by rule |
//! | too many sign-ins | 429 | throttled |
//! | a bug, a damaged store | 500 | exception |
//! | a node or a vault cannot serve now | 503 | transient |
//!
//! Texts name places and rules, never a value, an address or a cause: those are for the log.
use amanat_exchange::{Error, Fault};
use amanat_fhir::outcome::{Issue, IssueType, operation_outcome};
use amanat_fhir::{Flaw, Rule, canonical};
use amanat_login::LoginRefusal;
use amanat_types::Refusal;
use axum::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::meter::Told;

mod refusal;

pub use refusal::row;

/// The content type of every FHIR answer.
pub(crate) const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";

/// Why a request is not answered as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    issue: Issue,
    retry_after_s: Option<u64>,
    challenge: Option<String>,
    closes: bool,
    /// What the exchange refused, for the counts; not always what the caller is told.
    refusal: Option<Refusal>,
}

impl Problem {
    /// A problem with its status, issue type and words.
    pub fn new(status: StatusCode, code: IssueType, diagnostics: impl Into<String>) -> Self {
        Self {
            status,
            issue: Issue::error(code, diagnostics),
            retry_after_s: None,
            challenge: None,
            closes: false,
            refusal: None,
        }
    }

    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The issue.
    pub const fn issue(&self) -> &Issue {
        &self.issue
    }

    /// The same, with its place.
    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.issue = self.issue.at(place);
        self
    }

    /// The same, with when to ask again.
    pub(crate) const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The same, and the connection ends: what is left of the request will not be read.
    pub(crate) const fn closing(mut self) -> Self {
        self.closes = true;
        self
    }

    /// No such thing, or none that may be seen: one answer for both.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, IssueType::NotFound, "not found")
    }

    /// A bug or a damaged store here; the log knows more.
    pub(crate) fn fault() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            IssueType::Exception,
            "something broke in this gateway; its log says what",
        )
    }

    /// The token does not allow it (RFC 6750, 3.1).
    pub(crate) fn scope() -> Self {
        let text = "the scope of the access token does not allow this";
        let mut problem = Self::new(StatusCode::FORBIDDEN, IssueType::Forbidden, text);
        problem.challenge = Some(r#"Bearer realm="amanat", error="insufficient_scope""#.to_owned());
        problem
    }

    /// A request that breaks a rule of this door.
    pub(crate) fn bad(place: &str, rule: &str) -> Self {
        let text = format!("{place}: {rule}");
        Self::new(StatusCode::BAD_REQUEST, IssueType::Value, text).at(place)
    }

    /// Content that breaks a rule.
    pub(crate) fn unprocessable(place: &str, rule: &str) -> Self {
        let mut problem = Self::bad(place, rule);
        problem.status = StatusCode::UNPROCESSABLE_ENTITY;
        problem
    }

    /// A failed read of one record: what the ledger or a vault refuses looks like what does not exist. What is erased is gone, for whoever knows its id:
    /// the ledger says so to every member.
    pub(crate) fn of_read(error: Error) -> Self {
        let problem = Self::from(error);
        if problem.status.is_client_error() && problem.status != StatusCode::GONE {
            Self {
                refusal: problem.refusal,
                ..Self::not_found()
            }
        } else {
            problem
        }
    }

    /// A failed search: what is wrong with it stood in the URL.
    pub(crate) fn of_query(error: Error) -> Self {
        let mut problem = Self::from(error);
        if problem.status == StatusCode::UNPROCESSABLE_ENTITY {
            problem.status = StatusCode::BAD_REQUEST;
        }
        problem
    }

    /// A query that breaks a rule.
    pub(crate) fn of_query_flaw(flaw: &Flaw) -> Self {
        let mut problem = Self::from(flaw.clone());
        problem.status = StatusCode::BAD_REQUEST;
        problem
    }
}

impl From<Flaw> for Problem {
    fn from(flaw: Flaw) -> Self {
        let issue = Issue::from(&flaw);
        let status = match (flaw.rule(), issue.code) {
            (
                Rule::NotUtf8
                | Rule::ReservedText
                | Rule::NotJson { .. }
                | Rule::Unfinished
                | Rule::TrailingBytes
                | Rule::NotObject,
                _,
            )
            | (_, IssueType::TooCostly) => StatusCode::BAD_REQUEST,
            (_, IssueType::TooLong) => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let mut problem = Self::new(status, issue.code, "");
        problem.issue = issue;
        problem
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (status, code) = row(refusal);
        let problem = Self {
            refusal: Some(refusal),
            ..Self::new(status, code, refusal.to_string())
        };
        if status == StatusCode::SERVICE_UNAVAILABLE {
            problem.retry_after(1)
        } else {
            problem
        }
    }
}

impl From<LoginRefusal> for Problem {
    /// For access tokens (RFC 6750); the token endpoint answers in OAuth's own words instead.
    fn from(refusal: LoginRefusal) -> Self {
        let code = match refusal {
            LoginRefusal::TokenExpired => IssueType::Expired,
            _ => IssueType::Login,
        };
        let mut problem = Self::new(StatusCode::UNAUTHORIZED, code, refusal.text());
        // RFC 6750, 3.1: a request without a token gets no error code.
        problem.challenge = Some(match refusal {
            LoginRefusal::TokenMissing => r#"Bearer realm="amanat""#.to_owned(),
            _ => format!(
                r#"Bearer realm="amanat", error="{}", error_description="{}""#,
                refusal.code(),
                refusal.text()
            ),
        });
        problem
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Invalid { path, rule } => Self::unprocessable(&path, &rule),
            Error::NotFound => Self::not_found(),
            Error::Conflict => Self::new(
                StatusCode::CONFLICT,
                IssueType::Duplicate,
                "this id was used before with another content",
            ),
            Error::Fault(fault) => fault.into(),
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        // Faults name addresses, digests and causes, never a person; they are for the log alone.
        tracing::warn!(error = &fault as &dyn std::error::Error, "fault");
        let unavailable = |text: &str, seconds| {
            Self::new(StatusCode::SERVICE_UNAVAILABLE, IssueType::Transient, text)
                .retry_after(seconds)
        };
        match fault {
            Fault::Unavailable { retry_after_ms, .. } => {
                let seconds = retry_after_ms.div_ceil(1000).clamp(1, 3600);
                unavailable("the network cannot serve this now", seconds)
            }
            Fault::Unreachable { .. } | Fault::TimedOut { .. } | Fault::Tls { .. } => {
                unavailable("a part of the network does not answer", 2)
            }
            Fault::Full { .. } => unavailable("a vault has no room left", 60),
            _ => Self::fault(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = canonical(&operation_outcome(&[self.issue]));
        let mut response = (self.status, [(CONTENT_TYPE, FHIR_JSON)], body).into_response();
        if let Some(refusal) = self.refusal {
            response.extensions_mut().insert(Told(refusal));
        }
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self
            .challenge
            .and_then(|text| HeaderValue::try_from(text).ok())
        {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if self.closes {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

#[cfg(test)]
mod tests;
