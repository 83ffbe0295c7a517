//! Why a connection did not come to be, as whoever connects sees it.
use rustls::{AlertDescription, Error, PeerIncompatible};
use std::io;

/// Why TLS was not agreed on. The one that is connected to is named by whoever asks.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// It has another key: another process, another member, or somebody between.
    #[error("it proved another key than the one that is known of it, so nothing was sent")]
    OtherKey,
    /// What answers is not TLS.
    #[error("it does not speak TLS: it listens without https://, or another program does")]
    Plain,
    /// It shows a certificate: a web server, or a FHIR door.
    #[error("it does not prove a member's key: it takes clients that look at certificates")]
    Certificate,
    /// Its certificate is not to be trusted: why.
    #[error("{0}, so nothing was sent")]
    Untrusted(&'static str),
    /// It speaks older versions alone.
    #[error("it does not speak TLS 1.3")]
    Version,
    /// Anything else in the handshake.
    #[error("the TLS handshake failed")]
    Handshake(#[source] Error),
    /// The line.
    #[error("the line broke in the TLS handshake")]
    Line(#[source] io::Error),
}

impl Broken {
    /// Whether the same may go well a little later: the line broke, and nothing was shown to be wrong.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Line(_))
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        let tls = error.get_ref();
        let tls = tls.and_then(|inner| inner.downcast_ref::<Error>());
        match tls {
            None => Self::Line(error),
            Some(Error::InvalidCertificate(_)) => Self::OtherKey,
            Some(Error::InvalidMessage(_)) => Self::Plain,
            Some(
                Error::PeerIncompatible(PeerIncompatible::IncorrectCertificateTypeExtension)
                // What a server says that has a certificate and no raw key.
                | Error::AlertReceived(
                    AlertDescription::HandshakeFailure | AlertDescription::UnsupportedCertificate,
                ),
            ) => Self::Certificate,
            Some(
                Error::PeerIncompatible(
                    PeerIncompatible::ServerDoesNotSupportTls12Or13
                    | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
                )
                | Error::AlertReceived(AlertDescription::ProtocolVersion),
            ) => Self::Version,
            Some(other) => Self::Handshake(other.clone()),
        }
    }
}
