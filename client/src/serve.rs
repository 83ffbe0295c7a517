//! A bounded HTTP/1.1 server: how vault and custodian stand on the line.
//!
//! It speaks TLS 1.3 and proves its member's key, or plain HTTP, as it is told. Bounds: connections at a time, those in a handshake
//! included; time for a handshake (five seconds), for a request's head, time for its body, time without progress for an answer, and
//! bytes of bodies and answers under way in all. Whoever exceeds them is cut off or told 503 with `Retry-After`.
use amanat_tls::Acceptor;
use hyper::body::{Body, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

mod answer;
mod room;
mod stall;
mod tally;

pub use answer::{json, render, signed};
pub use room::{Held, Room, Taken};
use stall::Unstalled;
pub use tally::Tally;

/// Bounds of a server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time; more wait in the listener's queue.
    pub connections_max: usize,
    /// For the head of a request, and between requests.
    pub head_time: Duration,
    /// For the body of a request.
    pub body_time: Duration,
    /// Without progress of an answer.
    pub write_time: Duration,
    /// Bytes of bodies and answers under way.
    pub bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 256,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            write_time: Duration::from_secs(30),
            bytes_max: 256 * 1024 * 1024,
        }
    }
}

/// Serves over TLS if there is `tls`, else in plain, until `stop`, and counts connections in `tally`; then lets requests under way finish for at most `limits.write_time`.
pub async fn serve<S, B>(
    listener: TcpListener,
    service: S,
    limits: Limits,
    tls: Option<Acceptor>,
    tally: Tally,
    stop: impl Future<Output = ()> + Send,
) where
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let connections = Arc::new(Semaphore::new(limits.connections_max));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let accepted = async {
            let permit = connections.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => accepted,
        };
        let (Ok(permit), Ok((stream, _))) = (permit, accepted) else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _best_effort = stream.set_nodelay(true);
        let (service, tls, watcher) = (service.clone(), tls.clone(), graceful.watcher());
        let tally = tally.clone();
        tokio::spawn(async move {
            let (_permit, _open) = (permit, tally.open());
            let over = |stream| Unstalled::new(stream, limits.write_time);
            let stream = match amanat_tls::enter(tls.as_ref(), stream, over).await {
                Ok(stream) => stream,
                Err(why) => {
                    tally.not_made(&why);
                    return tracing::debug!(%why, "no connection");
                }
            };
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(limits.head_time)
                .max_buf_size(64 * 1024)
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = watcher.watch(connection).await {
                tracing::debug!(%error, "connection ended");
            }
        });
    }
    let _late = timeout(limits.write_time, graceful.shutdown()).await;
}
