//! Room for the bytes of bodies and answers that are under way.
use super::Limits;
use crate::Fault;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONTENT_LENGTH, HeaderMap};
use std::convert::Infallible;
use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Unit in which bytes under way are counted.
const BUDGET_UNIT: usize = 1024;
/// How long a request waits for room before it is told to come back.
const ROOM_TIME: Duration = Duration::from_secs(5);
/// When to come back.
const RETRY_AFTER_MS: u64 = 1_000;

/// Room for bytes under way. Cheap to clone; clones share it.
#[derive(Clone, Debug)]
pub struct Room {
    units: Arc<Semaphore>,
    body_time: Duration,
}

/// A body, and its room until it is dropped.
#[derive(Debug)]
pub struct Taken {
    /// The bytes.
    pub bytes: Bytes,
    /// Their room.
    pub room: OwnedSemaphorePermit,
}

impl Room {
    /// Room as `limits` says.
    pub fn new(limits: &Limits) -> Self {
        Self {
            units: Arc::new(Semaphore::new(limits.bytes_max / BUDGET_UNIT)),
            body_time: limits.body_time,
        }
    }

    /// Waits a little for room for `bytes`.
    pub async fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Fault> {
        let units = u32::try_from(bytes.div_ceil(BUDGET_UNIT)).unwrap_or(u32::MAX);
        if let Ok(permit) = self.units.clone().try_acquire_many_owned(units) {
            return Ok(permit);
        }
        let permit = timeout(ROOM_TIME, self.units.clone().acquire_many_owned(units)).await;
        permit.ok().and_then(Result::ok).ok_or(Fault::Unavailable {
            address: "this server".into(),
            retry_after_ms: RETRY_AFTER_MS,
        })
    }

    /// Reads a body of at most `max` bytes. Room is taken for what its head announces before a byte is read.
    ///
    /// Faults, in this order: [`Fault::Invalid`] (announced too long), [`Fault::Unavailable`], [`Fault::Invalid`] (too
    /// slow, too long, broken off).
    pub async fn read<B>(&self, head: &HeaderMap, body: B, max: usize) -> Result<Taken, Fault>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let announced = head.get(CONTENT_LENGTH);
        let announced = announced.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        let length = announced.unwrap_or(max);
        let too_long = || Fault::invalid(format!("the body is longer than {max} bytes"));
        if length > max {
            return Err(too_long());
        }
        let room = self.take(length).await?;
        match timeout(self.body_time, Limited::new(body, max).collect()).await {
            Ok(Ok(body)) => Ok(Taken {
                bytes: body.to_bytes(),
                room,
            }),
            Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_long()),
            Ok(Err(_)) => Err(Fault::invalid("the body broke off")),
            Err(_) => Err(Fault::invalid("the body did not come in time")),
        }
    }
}

/// A body that keeps its room until it is sent.
#[derive(Debug)]
pub struct Held {
    bytes: Option<Bytes>,
    _room: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// `bytes`, which keep `room`.
    pub const fn new(bytes: Bytes, room: Option<OwnedSemaphorePermit>) -> Self {
        Self {
            bytes: Some(bytes),
            _room: room,
        }
    }
}

impl Body for Held {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = self.bytes.take().filter(|bytes| !bytes.is_empty());
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.bytes.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
    }
}
