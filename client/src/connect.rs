//! How the HTTP client reaches an address: TCP, and TLS to the one key that is expected there.
use amanat_tls::{Broken, Pin, Roots, Stream};
use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::pin::Pin as Pinned;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;

/// Time to connect, without TLS.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// Why there is no connection.
pub type ConnectError = Box<dyn StdError + Send + Sync>;

/// An address with `https://` was asked without a key that is expected there.
#[derive(Debug, thiserror::Error)]
#[error("https:// needs the key that is proven there, and none is known")]
pub struct NoKey;

/// Connects to addresses.
#[derive(Clone, Debug)]
pub struct Connector {
    tcp: HttpConnector,
    trust: Trust,
}

/// By what a process at `https://` is known.
#[derive(Clone, Debug)]
pub enum Trust {
    /// By nothing: it is not asked.
    Nothing,
    /// By a member's key.
    Pin(Pin),
    /// By a certificate.
    Roots(Roots),
}

impl Connector {
    /// Plain to `http://`; to `https://` only by `trust`.
    pub fn new(trust: Trust) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIME));
        Self { tcp, trust }
    }
}

impl Service<Uri> for Connector {
    type Response = Line;
    type Error = ConnectError;
    type Future = Pinned<Box<dyn Future<Output = Result<Line, ConnectError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let tls = uri.scheme_str() == Some("https");
        let trust = match (tls, &self.trust) {
            (true, Trust::Nothing) => return Box::pin(std::future::ready(Err(NoKey.into()))),
            (true, trust) => trust.clone(),
            (false, _) => Trust::Nothing,
        };
        let name = uri.host().unwrap_or_default().to_owned();
        let connecting = self.tcp.call(uri);
        Box::pin(async move {
            let stream = connecting.await?.into_inner();
            let stream = match trust {
                Trust::Nothing => Stream::Plain(stream),
                Trust::Pin(pin) => pin.connect(stream).await?,
                Trust::Roots(roots) => roots.connect(stream, &name).await?,
            };
            Ok(Line(TokioIo::new(stream)))
        })
    }
}

/// A connection to an address.
#[derive(Debug)]
pub struct Line(TokioIo<Stream<TcpStream>>);

impl Connection for Line {
    fn connected(&self) -> Connected {
        self.0.inner().inner().connected()
    }
}

impl Read for Line {
    fn poll_read(
        mut self: Pinned<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pinned::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for Line {
    fn poll_write(
        mut self: Pinned<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pinned::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pinned<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pinned::new(&mut self.0).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pinned<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pinned::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pinned<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Pinned::new(&mut self.0).poll_shutdown(context)
    }
}

/// The rule of TLS that an error goes back to, if one does; a line that broke is none.
pub fn rule(error: &(dyn StdError + 'static)) -> Option<String> {
    let mut at = Some(error);
    while let Some(error) = at {
        if error.is::<NoKey>() {
            return Some(error.to_string());
        }
        if let Some(broken) = error.downcast_ref::<Broken>() {
            return (!broken.is_passing()).then(|| broken.to_string());
        }
        at = error.source();
    }
    None
}
