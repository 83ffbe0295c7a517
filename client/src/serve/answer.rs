//! What every door does around its one call: read a signed request, write the answer or the no.
use super::{Held, Room, Taken};
use crate::fault::{Failure, Fault};
use crate::http::OCTETS;
use crate::wire::problem;
use amanat_types::Refusal;
use amanat_types::release::SignedRequest;
use bytes::Bytes;
use commonware_codec::DecodeExt as _;
use hyper::body::Body;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Request, Response, StatusCode};
use std::error::Error as StdError;
use tokio::sync::OwnedSemaphorePermit;

/// Reads a signed request whose message has at most `max` bytes; its room is to be kept while it is served.
///
/// Failures: those of [`Room::read`], then [`Refusal::Malformed`].
pub async fn signed<B>(
    room: &Room,
    request: Request<B>,
    max: usize,
) -> Result<(SignedRequest, OwnedSemaphorePermit), Failure>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    /// Bytes of a signed request around its message.
    const AROUND: usize = 1024;
    let (head, body) = request.into_parts();
    let taken = room.read(&head.headers, body, max.saturating_add(AROUND));
    let Taken { bytes, room } = taken.await?;
    let signed = SignedRequest::decode(bytes).map_err(|_| Refusal::Malformed)?;
    match signed.body.len() <= max {
        true => Ok((signed, room)),
        false => Err(Fault::invalid(format!("body: it is longer than {max} bytes")).into()),
    }
}

/// Writes the answer, which keeps its room until it is sent, or the no. What broke inside is logged, not told.
pub fn render(answer: Result<(Bytes, Option<OwnedSemaphorePermit>), Failure>) -> Response<Held> {
    match answer {
        Ok((bytes, room)) => respond(StatusCode::OK, OCTETS, Held::new(bytes, room)),
        Err(failure) => refuse(&failure),
    }
}

/// Writes a JSON body.
pub fn json(status: StatusCode, body: impl Into<Bytes>) -> Response<Held> {
    respond(status, "application/json", Held::new(body.into(), None))
}

fn refuse(failure: &Failure) -> Response<Held> {
    let (status, body) = problem(failure);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status.is_server_error() {
        tracing::warn!(%failure, "could not serve a request");
    }
    let mut response = json(status, serde_json::to_vec(&body).unwrap_or_default());
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let seconds = match failure {
            Failure::Fault(Fault::Unavailable { retry_after_ms, .. }) => {
                retry_after_ms.div_ceil(1000)
            }
            _ => 1,
        };
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

fn respond(status: StatusCode, content: &'static str, body: Held) -> Response<Held> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let content = HeaderValue::from_static(content);
    response.headers_mut().insert(CONTENT_TYPE, content);
    response
}
