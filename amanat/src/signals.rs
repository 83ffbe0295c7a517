//! Signals that a process is told with, heard in place of being ended by them.
//!
//! From the call on they are heard until the process ends, by a thread of its own: it is there before the runtime of a node or a gateway
//! is. One that comes while nobody waits is kept for whoever does; more of them are one.
use std::io;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::task::Poll;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

/// SIGTERM and SIGINT: an end is asked for.
///
/// # Errors
/// If there is no thread for it, or the system refuses.
pub fn stop() -> io::Result<Arc<Notify>> {
    hear(vec![SignalKind::terminate(), SignalKind::interrupt()])
}

/// SIGHUP: something is to be read anew.
///
/// # Errors
/// As [`stop`].
pub fn reload() -> io::Result<Arc<Notify>> {
    hear(vec![SignalKind::hangup()])
}

fn hear(kinds: Vec<SignalKind>) -> io::Result<Arc<Notify>> {
    let asked = Arc::new(Notify::new());
    let told = Arc::clone(&asked);
    let (begun, begins) = sync_channel(1);
    let listen = move || match listening(kinds) {
        Err(error) => begun.send(Err(error)),
        Ok((runtime, mut signals)) => {
            begun.send(Ok(()))?;
            runtime.block_on(async {
                loop {
                    next(&mut signals).await;
                    told.notify_one();
                }
            })
        }
    };
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(listen)?;
    begins.recv().map_err(io::Error::other)??;
    Ok(asked)
}

fn listening(kinds: Vec<SignalKind>) -> io::Result<(Runtime, Vec<Signal>)> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let inside = runtime.enter();
    let signals = kinds.into_iter().map(signal).collect::<io::Result<_>>()?;
    drop(inside);
    Ok((runtime, signals))
}

async fn next(signals: &mut [Signal]) {
    std::future::poll_fn(|cx| {
        let mut signals = signals.iter_mut();
        match signals.any(|signal| signal.poll_recv(cx).is_ready()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}
