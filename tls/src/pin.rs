//! Whoever connects: the one key that the other side must prove.
use crate::key::shown;
use crate::provider::{INSIDE, VERSIONS, provider};
use crate::{Broken, Stream};
use amanat_types::key::PublicKey;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, PeerIncompatible, SignatureScheme,
};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::{TlsConnector, TlsStream};

/// Time for a handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(5);

/// The key is not an Ed25519 key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("only an Ed25519 key, 64 hexadecimal digits, is proven by a member's process")]
pub struct NotEd25519;

/// The key that the other side must prove. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pin {
    config: Arc<ClientConfig>,
}

impl Pin {
    /// Takes connections to whoever proves `key`, and to nobody else.
    pub fn new(key: &PublicKey) -> Result<Self, NotEd25519> {
        let PublicKey::Ed25519(bytes) = key else {
            return Err(NotEd25519);
        };
        let provider = provider();
        let expected = Expected {
            shown: shown(bytes),
            provider: Arc::clone(&provider),
        };
        let config = ClientConfig::builder_with_provider(provider);
        // The provider has suites of TLS 1.3, so this version is always to be had.
        let config = config
            .with_protocol_versions(VERSIONS)
            .map_err(|_| NotEd25519)?;
        let config = config.dangerous();
        let config = config.with_custom_certificate_verifier(Arc::new(expected));
        let mut config = config.with_no_client_auth();
        config.resumption = Resumption::disabled();
        config.enable_sni = false;
        config.alpn_protocols = vec![INSIDE.to_vec()];
        Ok(Self {
            config: Arc::new(config),
        })
    }

    /// Makes `stream` a TLS connection, within five seconds. Nothing is sent to whoever proves another key.
    pub async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> Result<Stream<S>, Broken> {
        // Names stand in certificates, and there is none: this one is not sent and not looked at.
        let name = ServerName::from(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let made = TlsConnector::from(Arc::clone(&self.config)).connect(name, stream);
        match timeout(HANDSHAKE_TIME, made).await {
            Ok(made) => Ok(Stream::Tls(Box::new(TlsStream::Client(made?)))),
            Err(_) => Err(Broken::Line(std::io::ErrorKind::TimedOut.into())),
        }
    }
}

/// Compares what is shown with the expected key, and checks the signature over the handshake with it.
#[derive(Debug)]
struct Expected {
    shown: Vec<u8>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Expected {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match end_entity.as_ref() == self.shown {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
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
        let key = SubjectPublicKeyInfoDer::from(certificate.as_ref());
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature_with_raw_key(message, &key, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
