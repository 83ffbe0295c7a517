//! Reading a body: bounded by its declared length and by counting, by time, and by a budget that all bodies in work share.
//!
//! A share of the budget is held until the handler is done, because the parsed resource outlives its bytes.
use std::sync::Arc;
use std::time::Duration;

use amanat_fhir::outcome::IssueType;
use amanat_fhir::{Checked, Limits, check, parse};
use axum::body::Body;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::config::Limits as Bounds;
use crate::door::{Door, SHARE_BYTES};
use crate::outcome::Problem;

/// Bytes of a form: a token request or a search.
pub(crate) const FORM_BYTES_MAX: usize = 32 * 1024;
/// What a read of many records is charged, having no body.
const READ_BYTES: usize = 1024 * 1024;

/// The leave to hold bytes in memory; given back when dropped.
pub(crate) type Share = OwnedSemaphorePermit;

/// Where bodies are paid from, and how long they may take.
pub(crate) struct Purse<'a> {
    budget: &'a Arc<Semaphore>,
    bounds: &'a Bounds,
}

impl<C> Door<C> {
    pub(crate) const fn purse(&self) -> Purse<'_> {
        Purse {
            budget: &self.budget,
            bounds: &self.limits,
        }
    }
}

impl Purse<'_> {
    /// A share for a read that opens many records.
    pub(crate) async fn for_reading(&self) -> Result<Share, Problem> {
        self.share(READ_BYTES).await
    }

    /// Reads a whole body of at most `bytes_max`.
    ///
    /// Problems: 413, 503 (no share in time), 408 (too slow), 400 (it broke off).
    pub(crate) async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
        bytes_max: usize,
    ) -> Result<(Vec<u8>, Share), Problem> {
        let declared = declared_length(headers);
        if declared.is_some_and(|length| length > bytes_max) {
            return Err(too_large(bytes_max));
        }
        let share = self.share(declared.unwrap_or(bytes_max)).await?;
        let counted = timeout(self.bounds.body_timeout, collect(body, declared, bytes_max)).await;
        let bytes = counted.unwrap_or_else(|_| Err(too_slow(self.bounds.body_timeout)))?;
        Ok((bytes, share))
    }

    /// A share however long it takes; nothing if the gateway stops.
    pub(crate) async fn wait(&self, bytes: usize) -> Option<Share> {
        let wait = Arc::clone(self.budget).acquire_many_owned(shares(bytes));
        wait.await.ok()
    }

    /// A share in time, or 503.
    pub(crate) async fn share(&self, bytes: usize) -> Result<Share, Problem> {
        let wait = Arc::clone(self.budget).acquire_many_owned(shares(bytes));
        match timeout(self.bounds.budget_wait, wait).await {
            Ok(Ok(share)) => Ok(share),
            _ => Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                IssueType::Transient,
                "too many large requests are in work",
            )
            .retry_after(2)
            .closing()),
        }
    }
}

fn shares(bytes: usize) -> u32 {
    let shares = u32::try_from(bytes.div_ceil(SHARE_BYTES));
    shares.unwrap_or(u32::MAX).max(1)
}

pub(crate) fn declared_length(headers: &HeaderMap) -> Option<usize> {
    // A length that does not fit a number is larger than any limit.
    let text = headers.get(CONTENT_LENGTH)?.to_str().ok()?;
    Some(text.trim().parse().unwrap_or(usize::MAX))
}

async fn collect(
    mut body: Body,
    declared: Option<usize>,
    bytes_max: usize,
) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::with_capacity(declared.unwrap_or(0).min(bytes_max));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| broken_off())?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if data.len() > bytes_max.saturating_sub(bytes.len()) {
            return Err(too_large(bytes_max));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

fn too_large(bytes_max: usize) -> Problem {
    let text = format!("the body may have at most {bytes_max} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, IssueType::TooLong, text).closing()
}

fn too_slow(after: Duration) -> Problem {
    let text = format!("the body did not arrive within {} seconds", after.as_secs());
    Problem::new(StatusCode::REQUEST_TIMEOUT, IssueType::Timeout, text).closing()
}

fn broken_off() -> Problem {
    let text = "the body broke off or is not framed as HTTP/1.1 asks";
    Problem::new(StatusCode::BAD_REQUEST, IssueType::Structure, text).closing()
}

/// Parses and checks a resource on a thread that may block: a large Bundle takes tens of milliseconds.
pub(crate) async fn checked(bytes: Vec<u8>, limits: Limits) -> Result<Checked, Problem> {
    let work = move || parse(&bytes, limits).and_then(check);
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Problem::fault())?.map_err(Problem::from)
}
