//! The listener: one thread, one runtime, a bounded number of connections.
use crate::api::metrics::{Meter, RuntimeMetrics, metrics};
use crate::api::watch::{Watch, validators};
use crate::api::{Limits, error::ApiError, health, read, submit};
use crate::fault::Fault;
use crate::handle::NodeHandle;
use axum::Router;
use axum::routing::{get, post};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

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

/// Serves `handle` on `listener` from a thread of its own.
///
/// `runtime_metrics` gives the engine's own metrics, to stand after those of the node.
pub fn serve(
    listener: TcpListener,
    handle: NodeHandle,
    limits: Limits,
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
    let router = router(State {
        handle: handle.clone(),
        limits,
        watch: watch.clone(),
        meter: Meter::new(runtime_metrics),
    });
    let thread = std::thread::Builder::new().name("amanat-api".into());
    let thread = thread.spawn(move || {
        runtime.block_on(async move {
            tokio::select! {
                _ = stopped => {},
                () = accept(listener, router, limits) => {},
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

/// Takes connections while there is room; more wait in the listener's queue.
async fn accept(listener: TcpListener, router: Router, limits: Limits) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the API cannot listen"),
    };
    let room = Arc::new(Semaphore::new(limits.connections));
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, router.clone(), limits, permit));
            }
            // Out of descriptors, most likely: give connections time to close.
            Err(error) => {
                tracing::warn!(%error, "the API took no connection");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    router: Router,
    limits: Limits,
    permit: OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true);
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "an API connection ended");
    }
    drop(permit);
}
