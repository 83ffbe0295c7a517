//! The listener: one thread, one runtime, a bounded number of connections.
use crate::api::metrics::{Meter, RuntimeMetrics, metrics};
use crate::api::stall::Stall;
use crate::api::visitor::{TurnedAway, Visit, Visitors};
use crate::api::watch::{Watch, validators};
use crate::api::{Limits, error::ApiError, health, read, submit};
use crate::fault::Fault;
use crate::handle::NodeHandle;
use amanat_tls::{Acceptor, Stream};
use axum::Router;
use axum::http::Request;
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::Instant;

/// Headers of a request.
const HEADERS: usize = 64;
/// Connections that are told why they are not served, at a time.
const LEAVING: usize = 64;
/// Reads of what they sent meanwhile, of at most a page each.
const LEAVING_READS: usize = 16;
/// Time for it.
const LEAVING_TIME: Duration = Duration::from_secs(1);

/// What every route works on.
#[derive(Clone)]
pub struct State {
    /// The node.
    pub handle: NodeHandle,
    /// Bounds.
    pub limits: Limits,
    /// What was seen of the validators.
    pub watch: Watch,
    /// What is counted here.
    pub meter: Meter,
    /// Who is connected.
    pub visitors: Visitors,
}

/// A running API.
pub struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Server {
    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops taking connections, drops those that are open, and waits for the thread.
    pub fn stop(self) {
        // A thread that ended already needs no telling, and its panic took no one else down.
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

/// Serves `handle` on `listener` from a thread of its own, over TLS if there is `tls`, else in plain.
///
/// `runtime_metrics` gives the engine's own metrics, to stand after those of the node.
pub fn serve(
    listener: TcpListener,
    handle: NodeHandle,
    limits: Limits,
    tls: Option<Acceptor>,
    runtime_metrics: RuntimeMetrics,
) -> Result<Server, Fault> {
    let refused = |error: std::io::Error| Fault::Address(error.to_string());
    listener.set_nonblocking(true).map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let (stop, stopped) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(refused)?;
    let watch = Watch::new();
    let (meter, visitors) = (Meter::new(runtime_metrics), Visitors::new(limits));
    let router = router(State {
        handle: handle.clone(),
        limits,
        watch: watch.clone(),
        meter: meter.clone(),
        visitors: visitors.clone(),
    });
    let thread = std::thread::Builder::new().name("amanat-api".into());
    let thread = thread.spawn(move || {
        runtime.block_on(async move {
            tokio::select! {
                _ = stopped => {},
                () = accept((listener, tls), router, limits, visitors, meter) => {},
                () = watch.run(handle) => {},
            }
        });
    });
    Ok(Server {
        address,
        stop,
        thread: thread.map_err(refused)?,
    })
}

fn router(state: State) -> Router {
    Router::new()
        .route("/v1/transactions", post(submit::submit))
        .route("/v1/receipts/{transaction}", get(read::receipt))
        .route("/v1/events", get(read::events))
        .route("/v1/state", post(read::values))
        .route("/v1/release", post(read::release))
        .route("/v1/explain", post(read::explain))
        .route("/v1/state/{key}/proof", get(read::proof))
        .route("/v1/headers/{height}", get(read::finalised_header))
        .route("/v1/blocks/{height}", get(read::block))
        .route("/v1/status", get(read::status))
        .route("/v1/validators", get(validators))
        .route("/metrics", get(metrics))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .fallback(|| async { ApiError::Absent("route") })
        .with_state(state)
}

/// Takes connections while there is room; more wait in the listener's queue. An address that has too many is told so.
async fn accept(
    (listener, tls): (TcpListener, Option<Acceptor>),
    router: Router,
    limits: Limits,
    visitors: Visitors,
    meter: Meter,
) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the API cannot listen"),
    };
    let room = Arc::new(Semaphore::new(limits.connections));
    let leaving = Arc::new(Semaphore::new(LEAVING));
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else {
            return;
        };
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            // Out of descriptors, most likely: give connections time to close.
            Err(error) => {
                tracing::warn!(%error, "the API took no connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        match visitors.arrive(address.ip()) {
            Ok(visit) => {
                let connection = Connection {
                    visit,
                    limits,
                    tls: tls.clone(),
                    meter: meter.clone(),
                    _permit: permit,
                };
                tokio::spawn(connection.run(stream, router.clone()));
            }
            Err(why) => {
                meter.turned_away(why);
                // With too many leaving, and where words would need a handshake, the connection is closed without any.
                if tls.is_none()
                    && let Ok(permit) = leaving.clone().try_acquire_owned()
                {
                    tokio::spawn(turn_away(stream, why, permit));
                }
            }
        }
    }
}

/// Says why, and reads what the client sent meanwhile so that closing does not tear the answer away.
async fn turn_away(mut stream: TcpStream, why: TurnedAway, permit: OwnedSemaphorePermit) {
    let answer = ApiError::TurnedAway(why).plain();
    let said = async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await?;
        let mut scrap = [0u8; 4096];
        let mut left = LEAVING_READS;
        while left > 0 && stream.read(&mut scrap).await? > 0 {
            left -= 1;
        }
        std::io::Result::Ok(())
    };
    // Whoever does not listen is not told.
    let _ = tokio::time::timeout(LEAVING_TIME, said).await;
    drop(permit);
}

/// One connection, and its place until it ends.
struct Connection {
    visit: Visit,
    limits: Limits,
    tls: Option<Acceptor>,
    meter: Meter,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    /// The connection with its handshake behind it, if there is one to be made. A handshake costs about what a request does, and
    /// is counted as one.
    async fn enter(&self, stream: TcpStream) -> Option<Stream<Stall<TcpStream>>> {
        if self.tls.is_some()
            && let Err(why) = self.visit.request(Instant::now())
        {
            self.meter.turned_away(why);
            return None;
        }
        let over = |stream| Stall::new(stream, self.limits.write);
        let entered = amanat_tls::enter(self.tls.as_ref(), stream, over).await;
        let told = entered.inspect_err(|why| tracing::debug!(%why, "no API connection"));
        told.ok()
    }

    async fn run(self, stream: TcpStream, router: Router) {
        let _ = stream.set_nodelay(true);
        let Some(stream) = self.enter(stream).await else {
            return;
        };
        let router = TowerToHyperService::new(router);
        let this = &self;
        let service = service_fn(move |request: Request<Incoming>| {
            let answer = match this.visit.request(Instant::now()) {
                Ok(()) => Ok(router.call(request)),
                Err(why) => Err(why),
            };
            async move {
                let response = match answer {
                    Ok(answer) => answer.await?,
                    Err(why) => {
                        this.meter.turned_away(why);
                        ApiError::TurnedAway(why).into_response()
                    }
                };
                this.meter.answered(response.status());
                Ok::<_, Infallible>(response)
            }
        });
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head)
            .max_buf_size(64 * 1024)
            .max_headers(HEADERS)
            .serve_connection(TokioIo::new(stream), service)
            .await;
        if let Err(error) = served {
            tracing::debug!(%error, "an API connection ended");
        }
    }
}
