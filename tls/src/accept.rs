//! Whoever listens: the handshake of each connection, bounded in time.
use crate::key::{secret, shown};
use crate::pem::{self, PemError};
use crate::provider::{INSIDE, VERSIONS, provider};
use crate::{Broken, Stream};
use amanat_types::key::{MemberSigner, PublicKey};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::server::{AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage};
use rustls::sign::CertifiedKey;
use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsStream};

/// Time from a connection's first byte to the end of its handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(5);
/// First byte of a TLS handshake (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;
/// Time in which a plain request is read away after its answer, so that the answer arrives.
const LEAVING_TIME: Duration = Duration::from_secs(1);
/// Reads in that time, of at most a page each.
const LEAVING_READS: usize = 16;

/// What a plain request is answered, if nothing else is set: the shape in which nodes, vaults and custodians say no.
const PLAIN: &str = r#"{"number":0,"name":"PlainHttp","text":"this address speaks TLS 1.3 alone: write https:// before it"}"#;

/// Why a connection was not taken, for the log: nothing of what was sent.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// Plain bytes came; they were told so.
    #[error("it does not begin with a TLS handshake")]
    Plain,
    /// The time was over.
    #[error("the TLS handshake took more than {} ms", .0.as_millis())]
    Late(Duration),
    /// The handshake failed.
    #[error("the TLS handshake failed")]
    Handshake(#[source] io::Error),
}

impl NotMade {
    /// The label of a metric.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Late(_) => "late",
            Self::Handshake(_) => "handshake",
        }
    }
}

/// Takes connections into TLS. Cheap to clone; clones share what they show.
#[derive(Clone, Debug)]
pub struct Acceptor {
    config: Arc<RwLock<Arc<ServerConfig>>>,
    plain: Arc<[u8]>,
    time: Duration,
}

impl Acceptor {
    /// Proves the Ed25519 key of `seed`, as a raw public key. Clients that want a certificate are refused.
    pub fn member(seed: &[u8; 32]) -> Result<Self, Broken> {
        let PublicKey::Ed25519(public) = MemberSigner::from_seed(*seed).public_key() else {
            return Err(Broken::OtherKey);
        };
        Self::showing(&public, seed)
    }

    /// Shows `public` and signs with the key of `seed`.
    fn showing(public: &[u8; 32], seed: &[u8; 32]) -> Result<Self, Broken> {
        let provider = provider();
        let secret = provider.key_provider.load_private_key(secret(seed));
        let secret = secret.map_err(Broken::Handshake)?;
        let certified = CertifiedKey::new(vec![CertificateDer::from(shown(public))], secret);
        let resolver = AlwaysResolvesServerRawPublicKeys::new(Arc::new(certified));
        let config = ServerConfig::builder_with_provider(provider);
        let config = config.with_protocol_versions(VERSIONS);
        let config = config.map_err(Broken::Handshake)?.with_no_client_auth();
        Ok(Self::new(config.with_cert_resolver(Arc::new(resolver))))
    }

    /// Shows the certificate of one PEM file with the key of another. Errors: [`PemError`] in its order.
    pub fn pem(certificate: &Path, key: &Path) -> Result<Self, PemError> {
        pem::config(certificate, key).map(Self::new)
    }

    fn new(mut config: ServerConfig) -> Self {
        config.alpn_protocols = vec![INSIDE.to_vec()];
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        let head =
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n";
        let plain = format!("{head}content-length: {}\r\n\r\n{PLAIN}", PLAIN.len());
        Self {
            config: Arc::new(RwLock::new(Arc::new(config))),
            plain: plain.into_bytes().into(),
            time: HANDSHAKE_TIME,
        }
    }

    /// Answers plain requests with these bytes, a whole HTTP/1.1 answer.
    #[must_use]
    pub fn answering(mut self, plain: Vec<u8>) -> Self {
        self.plain = plain.into();
        self
    }

    /// Gives a handshake so long.
    #[must_use]
    pub const fn within(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// Shows from now on what `other` shows; connections that stand go on.
    pub fn replace(&self, other: &Self) {
        let new = Arc::clone(&other.config.read().unwrap_or_else(PoisonError::into_inner));
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = new;
    }

    /// Takes `stream` into TLS within the time for a handshake; `over` is what the TLS connection runs over.
    ///
    /// Plain bytes are answered in plain, and the connection ends.
    pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: TcpStream,
        over: impl FnOnce(TcpStream) -> S,
    ) -> Result<Stream<S>, NotMade> {
        let config = Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner));
        let made = async {
            let mut first = [0u8; 1];
            let peeked = stream.peek(&mut first).await;
            match peeked.map_err(NotMade::Handshake)? {
                0 => Err(NotMade::Handshake(io::ErrorKind::UnexpectedEof.into())),
                _ if first != [HANDSHAKE] => Ok(Err(stream)),
                _ => {
                    let made = TlsAcceptor::from(config).accept(over(stream)).await;
                    Ok(Ok(made.map_err(NotMade::Handshake)?))
                }
            }
        };
        let made = timeout(self.time, made).await;
        match made.map_err(|_| NotMade::Late(self.time))?? {
            Ok(tls) => Ok(Stream::Tls(Box::new(TlsStream::Server(tls)))),
            Err(plain) => {
                let told = tell(plain, &self.plain);
                // Whoever does not listen is not told.
                let _ = timeout(LEAVING_TIME, told).await;
                Err(NotMade::Plain)
            }
        }
    }
}

/// Takes `stream` into TLS if there is an acceptor, else as it is.
pub async fn enter<S: AsyncRead + AsyncWrite + Unpin>(
    tls: Option<&Acceptor>,
    stream: TcpStream,
    over: impl FnOnce(TcpStream) -> S,
) -> Result<Stream<S>, NotMade> {
    match tls {
        Some(tls) => tls.accept(stream, over).await,
        None => Ok(Stream::Plain(over(stream))),
    }
}

/// Says it, and reads what came meanwhile so that closing does not tear the answer away.
async fn tell(mut stream: TcpStream, answer: &[u8]) -> io::Result<()> {
    stream.write_all(answer).await?;
    stream.shutdown().await?;
    let mut scrap = [0u8; 4096];
    let mut left = LEAVING_READS;
    while left > 0 && stream.read(&mut scrap).await? > 0 {
        left -= 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Acceptor;
    use crate::{Broken, Pin};
    use amanat_types::key::{MemberSigner, PublicKey};
    use tokio::net::{TcpListener, TcpStream};

    async fn connects(shown: [u8; 32], signing: [u8; 32]) -> Result<(), Broken> {
        let key = MemberSigner::from_seed(shown).public_key();
        let PublicKey::Ed25519(public) = key else {
            panic!("a member's key is an Ed25519 key");
        };
        let acceptor = Acceptor::showing(&public, &signing).expect("a key");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let served = async {
            let (stream, _) = listener.accept().await.expect("a connection");
            acceptor.accept(stream, |stream| stream).await.map(drop)
        };
        let asked = async {
            let stream = TcpStream::connect(address).await.expect("connects");
            let pin = Pin::new(&key).expect("Ed25519");
            pin.connect(stream).await.map(drop)
        };
        tokio::join!(asked, served).0
    }

    /// A public key is known to everybody: to show it is no proof.
    #[tokio::test]
    async fn who_shows_the_key_and_cannot_sign_with_it_is_refused() {
        connects([7; 32], [7; 32]).await.expect("its own key");
        let refused = connects([7; 32], [8; 32]).await.expect_err("no proof");
        assert!(matches!(refused, Broken::OtherKey), "{refused:?}");
    }
}
