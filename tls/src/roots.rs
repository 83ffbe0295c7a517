//! Whoever asks a server that shows a certificate: the FHIR door, as its clients see it.
use crate::pem::{self, PemError};
use crate::provider::{INSIDE, VERSIONS, provider};
use crate::validity;
use crate::{Broken, Stream};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error,
    PeerIncompatible, RootCertStore, SignatureScheme,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::{TlsConnector, TlsStream};

/// Time for a handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(5);

/// The certificates that a server is trusted by. Cheap to clone.
///
/// A server is trusted if it shows one of them itself, byte for byte and within its time, or a certificate that one of them signed, for
/// the name that was asked for.
#[derive(Clone, Debug)]
pub struct Roots {
    config: Arc<ClientConfig>,
}

impl Roots {
    /// Reads certificates from a PEM file: of authorities, or the server's own. Errors: [`PemError`] in its order.
    pub fn pem(path: &Path) -> Result<Self, PemError> {
        let certificates = pem::roots(path)?;
        let wrong = |text: String| pem::rule(pem::AUTHORITY, path, text);
        let provider = provider();
        let mut roots = RootCertStore::empty();
        let (_taken, _not) = roots.add_parsable_certificates(certificates.iter().cloned());
        if roots.is_empty() {
            return Err(wrong(
                "it holds no certificate of X.509 version 3".to_owned(),
            ));
        }
        let signed = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let signed = signed.build().map_err(|error| wrong(error.to_string()))?;
        let trusted = Trusted {
            own: certificates,
            signed,
            provider: Arc::clone(&provider),
        };
        let config = ClientConfig::builder_with_provider(provider);
        let config = config.with_protocol_versions(VERSIONS);
        let config = config
            .map_err(|error| wrong(error.to_string()))?
            .dangerous();
        let config = config.with_custom_certificate_verifier(Arc::new(trusted));
        let mut config = config.with_no_client_auth();
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![INSIDE.to_vec()];
        Ok(Self {
            config: Arc::new(config),
        })
    }

    /// Makes `stream` a TLS connection to the server of this name (a host name or an IP address), within five seconds.
    pub async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        name: &str,
    ) -> Result<Stream<S>, Broken> {
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned());
        let name = name.map_err(|_| Broken::Untrusted("its address is no name of a host"))?;
        let made = TlsConnector::from(Arc::clone(&self.config)).connect(name, stream);
        match timeout(HANDSHAKE_TIME, made).await {
            Ok(Ok(made)) => Ok(Stream::Tls(Box::new(TlsStream::Client(made)))),
            Ok(Err(error)) => Err(match why(&error) {
                Some(why) => Broken::Untrusted(why),
                None => error.into(),
            }),
            Err(_) => Err(Broken::Line(std::io::ErrorKind::TimedOut.into())),
        }
    }
}

/// What is wrong with a certificate, if that is what an error says.
fn why(error: &std::io::Error) -> Option<&'static str> {
    let inner = error.get_ref()?.downcast_ref::<Error>()?;
    let certificate = match inner {
        Error::InvalidCertificate(why) => why,
        // What a process says that proves a raw key and has no certificate.
        Error::AlertReceived(
            AlertDescription::HandshakeFailure | AlertDescription::UnsupportedCertificate,
        ) => {
            return Some(
                "it has no certificate for this client: a node, a custodian or a vault answers there",
            );
        }
        _ => return None,
    };
    Some(match certificate {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has ended, or this machine's clock is ahead"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet, or this machine's clock is behind"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name than the one that was asked for"
        }
        CertificateError::UnknownIssuer => {
            "its certificate is not one that was named, nor signed by one that was"
        }
        CertificateError::BadSignature => "a signature by its certificate does not hold",
        CertificateError::BadEncoding => "its certificate cannot be read",
        // One that may sign others, or is for another purpose: it counts only where it was named itself.
        _ => "its certificate is not one that was named, and cannot be used otherwise",
    })
}

/// Trusts the certificates that were named, and what they signed.
#[derive(Debug)]
struct Trusted {
    own: Vec<CertificateDer<'static>>,
    signed: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Trusted {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !self
            .own
            .iter()
            .any(|own| own.as_ref() == end_entity.as_ref())
        {
            let signed = &self.signed;
            return signed.verify_server_cert(end_entity, intermediates, name, ocsp, now);
        }
        // It is the very certificate that was named, so that whose it is and for which name was decided when it was handed over.
        let now_s = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let validity = validity::of(end_entity).ok_or(CertificateError::BadEncoding)?;
        if now_s < validity.from_s {
            return Err(CertificateError::NotValidYet.into());
        }
        if now_s > validity.until_s {
            return Err(CertificateError::Expired.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::Roots;
    use crate::provider::{VERSIONS, provider};
    use rustls::ServerConfig;
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use rustls::sign::{CertifiedKey, SingleCertAndKey};
    use std::path::PathBuf;
    use std::sync::Arc;
    use tokio::net::{TcpListener, TcpStream};
    use tokio_rustls::TlsAcceptor;

    fn fixture(name: &str) -> PathBuf {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/tls");
        PathBuf::from(root).join(name)
    }

    /// Asks a server that shows `signed.pem` and signs with the key of this file.
    async fn connects(key: &str, roots: &str) -> Result<(), String> {
        let chain = vec![CertificateDer::from_pem_file(fixture("signed.pem")).expect("PEM")];
        let secret = PrivateKeyDer::from_pem_file(fixture(key)).expect("PEM");
        let secret = provider().key_provider.load_private_key(secret);
        let shown = CertifiedKey::new(chain, secret.expect("a key"));
        let config = ServerConfig::builder_with_provider(provider());
        let config = config.with_protocol_versions(VERSIONS).expect("1.3");
        let config = config.with_no_client_auth();
        let config = config.with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let served = async {
            let (stream, _) = listener.accept().await.expect("a connection");
            let _ended = TlsAcceptor::from(Arc::new(config)).accept(stream).await;
        };
        let asked = async {
            let stream = TcpStream::connect(address).await.expect("connects");
            let roots = Roots::pem(&fixture(roots)).expect("certificates");
            let made = roots.connect(stream, "localhost").await;
            made.map(drop).map_err(|error| error.to_string())
        };
        tokio::join!(served, asked).1
    }

    #[tokio::test]
    async fn a_certificate_without_its_key_is_nobodys() {
        for roots in ["ca.pem", "signed.pem"] {
            assert_eq!(connects("signed.key.pem", roots).await, Ok(()));
            let refused = connects("other.key.pem", roots).await;
            let why = refused.expect_err("another key signs");
            assert!(
                why.contains("a signature by its certificate does not hold"),
                "{why}"
            );
        }
    }
}
