//! Where a process serves HTTP, and whether over TLS: `IP:PORT`, or `https://IP:PORT`; and where others reach it, which may be a name.
use amanat_relay::Place;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// How an address over TLS begins.
const TLS: &str = "https://";

/// An address of a member's own processes or of another member's vault or custodian.
///
/// `IP:PORT` is plain HTTP; `https://IP:PORT` is TLS 1.3, in which the process proves its member's vault key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Where.
    pub at: SocketAddr,
    /// Whether over TLS.
    pub tls: bool,
}

/// An address that is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be IP:PORT, or https://IP:PORT where TLS is spoken")]
pub struct NotEndpoint;

impl Endpoint {
    /// The same address over TLS.
    #[must_use]
    pub const fn with_tls(self) -> Self {
        Self { tls: true, ..self }
    }

    /// Whether what crosses there can be read by others: it is plain, and not on loopback.
    pub fn is_open(&self) -> bool {
        !self.tls && !is_loopback(self.at.ip())
    }
}

/// Where others reach a vault or custodian: `IP:PORT`, `NAME:PORT`, or one of them after `https://`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Where.
    pub at: Place,
    /// Whether over TLS.
    pub tls: bool,
}

/// An address at which nothing is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be IP:PORT or NAME:PORT, after https:// where TLS is spoken")]
pub struct NotReach;

impl Reach {
    /// Whether what crosses there can be read by others: it is plain, and not on loopback.
    pub fn is_open(&self) -> bool {
        !self.tls && !self.at.ip().is_some_and(is_loopback)
    }
}

impl From<Endpoint> for Reach {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            at: endpoint.at.into(),
            tls: endpoint.tls,
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = if self.tls { TLS } else { "" };
        write!(f, "{before}{}", self.at)
    }
}

impl FromStr for Reach {
    type Err = NotReach;

    fn from_str(text: &str) -> Result<Self, NotReach> {
        let at = text.strip_prefix(TLS);
        Ok(Self {
            at: at.unwrap_or(text).parse().map_err(|_| NotReach)?,
            tls: at.is_some(),
        })
    }
}

impl Serialize for Reach {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reach {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Whether an address is reached from this machine alone.
pub fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

impl From<SocketAddr> for Endpoint {
    fn from(at: SocketAddr) -> Self {
        Self { at, tls: false }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = if self.tls { TLS } else { "" };
        write!(f, "{before}{}", self.at)
    }
}

impl FromStr for Endpoint {
    type Err = NotEndpoint;

    fn from_str(text: &str) -> Result<Self, NotEndpoint> {
        let at = text.strip_prefix(TLS);
        Ok(Self {
            at: at.unwrap_or(text).parse().map_err(|_| NotEndpoint)?,
            tls: at.is_some(),
        })
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, NotEndpoint, NotReach, Reach};

    #[test]
    fn addresses_are_read_and_written_with_and_without_tls() {
        for text in [
            "10.0.0.1:7",
            "https://10.0.0.1:7",
            "https://[2001:db8::1]:7",
        ] {
            let endpoint: Endpoint = text.parse().expect("an address");
            assert_eq!(endpoint.to_string(), text);
        }
        for text in [
            "10.0.0.1",
            "http://10.0.0.1:7",
            "https://",
            "https://a:7",
            "7",
        ] {
            assert_eq!(text.parse::<Endpoint>(), Err(NotEndpoint), "{text}");
        }
    }

    #[test]
    fn others_are_reached_at_names_too() {
        for (text, open) in [
            ("10.0.0.1:7", true),
            ("127.0.0.1:7", false),
            ("vault.example:7", true),
            ("https://vault.example:7", false),
            ("https://[2001:db8::1]:7", false),
        ] {
            let reach: Reach = text.parse().expect("an address");
            assert_eq!((reach.to_string().as_str(), reach.is_open()), (text, open));
        }
        for text in ["http://10.0.0.1:7", "https://", "https://a", "a"] {
            assert_eq!(text.parse::<Reach>(), Err(NotReach), "{text}");
        }
    }

    #[test]
    fn only_plain_addresses_beyond_loopback_are_open() {
        for (text, open) in [
            ("127.0.0.1:7", false),
            ("[::1]:7", false),
            ("[::ffff:127.0.0.1]:7", false),
            ("0.0.0.0:7", true),
            ("[::]:7", true),
            ("10.0.0.1:7", true),
            ("https://0.0.0.0:7", false),
        ] {
            let endpoint: Endpoint = text.parse().expect("an address");
            assert_eq!(endpoint.is_open(), open, "{text}");
        }
    }
}
