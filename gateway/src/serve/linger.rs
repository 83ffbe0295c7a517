//! Closing so that the last answer arrives.
//!
//! A socket that is closed with unread bytes sends a reset, and the client loses the answer that says why (a 413, a 401). So after
//! the end of our own side, what the client still sends is read and dropped, for a while and up to a bound.
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How long.
const LINGER: Duration = Duration::from_secs(2);
/// How much.
const LINGER_BYTES_MAX: usize = 64 * 1024 * 1024;

enum Phase {
    Open,
    Closing { timer: Pin<Box<Sleep>>, left: usize },
}

/// A stream that lingers at its end.
pub(super) struct Linger<T> {
    inner: T,
    phase: Phase,
}

impl<T> Linger<T> {
    pub(super) const fn new(inner: T) -> Self {
        Self {
            inner,
            phase: Phase::Open,
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Linger<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Linger<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if matches!(this.phase, Phase::Open) {
            ready!(Pin::new(&mut this.inner).poll_shutdown(context))?;
            let timer = Box::pin(sleep(LINGER));
            this.phase = Phase::Closing {
                timer,
                left: LINGER_BYTES_MAX,
            };
        }
        let Phase::Closing { timer, left } = &mut this.phase else {
            return Poll::Ready(Ok(()));
        };
        let mut scrap = [0u8; 16 * 1024];
        loop {
            if timer.as_mut().poll(context).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut buffer = ReadBuf::new(&mut scrap);
            // A reset or an end is what we wait for; either is the end.
            if ready!(Pin::new(&mut this.inner).poll_read(context, &mut buffer)).is_err() {
                return Poll::Ready(Ok(()));
            }
            let read = buffer.filled().len();
            *left = left.saturating_sub(read);
            if read == 0 || *left == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
