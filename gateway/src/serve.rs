//! HTTP/1.1 on a listener, over TLS 1.3 or in plain: a bounded number of connections, none of which may stall.
//!
//! | who | what ends it |
//! |-|-|
//! | is slow or silent in a TLS handshake | five seconds: the connection is dropped |
//! | sends plain HTTP where TLS is spoken | 400 in plain |
//! | sends headers slowly, or nothing after an answer | `header_timeout`: 408 if a request had begun, else silence |
//! | sends a body slowly | `body_timeout`: 408 by the handler |
//! | takes its answer slowly | `write_timeout`: the connection is dropped |
//! | is half open | one of the above |
mod linger;
mod stall;

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use amanat_fhir::outcome::{Issue, IssueType, operation_outcome};
use amanat_tls::Acceptor;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::cases::Cases;
use crate::config::Limits;
use crate::door::Door;
use crate::meter::Meter;
use crate::route::router;
use linger::Linger;
use stall::Stall;

/// Bytes of a request's head; a token has up to 8 KiB.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Headers of a request.
const HEADERS_MAX: usize = 64;

/// Serves over TLS if there is `tls`, else in plain, until `shutdown` is done; then lets requests in work end for at most `drain_timeout`.
///
/// Errors only if the listener does. A failed accept (no file descriptors left, say) is waited out.
pub async fn serve<C: Cases>(
    listener: TcpListener,
    door: Arc<Door<C>>,
    tls: Option<Acceptor>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let limits = door.limits.clone();
    let service = router(&door);
    let tls = tls.map(|tls| tls.answering(plain_where_tls_is_spoken()));
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let (stop, stopping) = watch::channel(false);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, place)) = accepted else {
            continue;
        };
        let connection = Connection {
            service: service.clone(),
            tls: tls.clone(),
            limits: limits.clone(),
            stopping: stopping.clone(),
            meter: door.meter.clone(),
        };
        tokio::spawn(async move {
            connection.run(stream).await;
            drop(place);
        });
    }
    drop(listener);
    door.stopping.send_replace(true);
    let _ = stop.send(true);
    let all = u32::try_from(limits.connections_max).unwrap_or(u32::MAX);
    let _ = timeout(limits.drain_timeout, places.acquire_many(all)).await;
    Ok(())
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            let _ = stream.set_nodelay(true);
            Some((stream, place))
        }
        Err(error) => {
            tracing::warn!(%error, "accept failed");
            sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

struct Connection {
    service: Router,
    tls: Option<Acceptor>,
    limits: Limits,
    stopping: watch::Receiver<bool>,
    meter: Meter,
}

impl Connection {
    async fn run(mut self, stream: TcpStream) {
        let _open = self.meter.open();
        let over = |stream| Linger::new(Stall::new(stream, self.limits.write_timeout));
        let stream = match amanat_tls::enter(self.tls.as_ref(), stream, over).await {
            Ok(stream) => stream,
            Err(why) => {
                self.meter.not_made(&why);
                return tracing::debug!(%why, "no connection");
            }
        };
        let service = TowerToHyperService::new(self.service);
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_timeout)
            .max_buf_size(HEAD_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .serve_connection(TokioIo::new(stream), service);
        let stopped = async { drop(self.stopping.wait_for(|stopping| *stopping).await) };
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = stopped => {
                Pin::new(&mut connection).graceful_shutdown();
                (&mut connection).await
            }
        };
        let Err(error) = ended else { return };
        tracing::debug!(timeout = error.is_timeout(), "connection ended early");
        if !error.is_timeout() {
            return;
        }
        let parts = connection.into_parts();
        // Nothing read: the connection was idle, and there is no request to answer.
        if !parts.read_buf.is_empty() {
            self.meter.slow();
            let mut stream = parts.io.into_inner();
            let _ = stream.write_all(&headers_too_slow()).await;
            let _ = stream.shutdown().await;
        }
    }
}

/// The answer to headers that did not arrive in time; there is no request for a handler yet.
fn headers_too_slow() -> Vec<u8> {
    let issue = Issue::error(IssueType::Timeout, "the headers did not arrive in time");
    last_answer("408 Request Timeout", issue)
}

/// The answer to plain HTTP where TLS is spoken.
fn plain_where_tls_is_spoken() -> Vec<u8> {
    let text = "this address speaks TLS 1.3 alone: write https:// before it";
    last_answer(
        "400 Bad Request",
        Issue::error(IssueType::NotSupported, text),
    )
}

/// A whole answer, without a handler, after which the connection ends.
fn last_answer(status: &str, issue: Issue) -> Vec<u8> {
    let body = amanat_fhir::canonical(&operation_outcome(&[issue]));
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        crate::outcome::FHIR_JSON,
        body.len()
    );
    [head.into_bytes(), body].concat()
}
