//! TLS 1.3 of this network's own connections: the key that a member proves, and the key that whoever connects expects.
//!
//! Between members' processes the server proves an Ed25519 key that the others know already, as a raw public key (RFC 7250,
//! RFC 8410): there is no certificate, and nothing expires ([`Acceptor::member`], [`Pin`]). The FHIR door is for everybody's
//! clients, and shows a certificate from PEM files ([`Acceptor::pem`]), which whoever asks it checks by others ([`Roots`]).
//!
//! A handshake is bounded in time, and in size by the TLS library (64 KiB); how many there are at once is bounded by whoever
//! accepts connections, because each holds a place for a connection. Nothing is resumed, and nothing is sent before the
//! handshake is over: each connection proves its key anew.
mod accept;
mod broken;
pub mod hostile;
mod key;
mod pem;
mod pin;
mod provider;
mod roots;
mod stream;
pub mod validity;

pub use accept::{Acceptor, NotMade, enter};
pub use broken::Broken;
pub use pem::PemError;
pub use pin::{NotEd25519, Pin};
pub use roots::Roots;
pub use stream::Stream;
