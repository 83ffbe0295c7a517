//! An address that others reach: `IP:PORT` or `NAME:PORT`, where the name is looked up at each connection.
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// Longest name of a host, and of a part of one (RFC 1035, 2.3.4).
const NAME_MAX: usize = 253;
const LABEL_MAX: usize = 63;

/// An address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Place {
    /// An address of the network.
    At(SocketAddr),
    /// A name of DNS, in lower case, and a port.
    Named(String, u16),
}

/// An address that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be IP:PORT or NAME:PORT")]
pub struct NotPlace;

impl Place {
    /// Port.
    pub const fn port(&self) -> u16 {
        match self {
            Self::At(at) => at.port(),
            Self::Named(_, port) => *port,
        }
    }

    /// The address of the network, if it is one and no name.
    pub const fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::At(at) => Some(at.ip()),
            Self::Named(..) => None,
        }
    }

    /// Whether others could connect there: a port, and an address that is not "any".
    pub fn is_reachable(&self) -> bool {
        self.port() != 0 && !self.ip().is_some_and(|ip| ip.is_unspecified())
    }
}

/// Letters, digits and hyphens in parts of at most 63; the last part is no number, so that no address is taken for a name.
pub fn is_name(name: &str) -> bool {
    let label = |part: &str| {
        let inside = part.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
        inside
            && (1..=LABEL_MAX).contains(&part.len())
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    let number = last.bytes().all(|c| c.is_ascii_digit());
    name.len() <= NAME_MAX && !number && name.split('.').all(label)
}

impl From<SocketAddr> for Place {
    fn from(at: SocketAddr) -> Self {
        Self::At(at)
    }
}

impl TryFrom<String> for Place {
    type Error = NotPlace;

    fn try_from(text: String) -> Result<Self, NotPlace> {
        text.parse()
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.to_string()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => at.fmt(f),
            Self::Named(name, port) => write!(f, "{name}:{port}"),
        }
    }
}

impl FromStr for Place {
    type Err = NotPlace;

    fn from_str(text: &str) -> Result<Self, NotPlace> {
        if let Ok(at) = text.parse() {
            return Ok(Self::At(at));
        }
        let (name, port) = text.rsplit_once(':').ok_or(NotPlace)?;
        let port = port
            .bytes()
            .all(|c| c.is_ascii_digit())
            .then(|| port.parse());
        match port {
            Some(Ok(port)) if is_name(name) => Ok(Self::Named(name.to_ascii_lowercase(), port)),
            _ => Err(NotPlace),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NotPlace, Place};

    #[test]
    fn addresses_and_names_are_read_and_written() {
        for text in [
            "10.0.0.1:7",
            "[2001:db8::1]:7",
            "node.hospital.example:7",
            "localhost:7104",
            "a-1.b:0",
        ] {
            let place: Place = text.parse().expect("a place");
            assert_eq!(place.to_string(), text);
        }
        assert_eq!(
            "Node.Example:7".parse::<Place>().map(|p| p.to_string()),
            Ok("node.example:7".to_owned())
        );
    }

    #[test]
    fn what_is_neither_is_refused() {
        let long = format!("{}:7", "a".repeat(64));
        let longer = format!("{}a:7", "a.".repeat(127));
        for text in [
            "",
            ":7",
            "a",
            "a:",
            "a:65536",
            "a:+7",
            "a b:7",
            "-a:7",
            "a-:7",
            "a..b:7",
            "10.0.0.1.5:7",
            "10.0.0.256:7",
            "a_b:7",
            "https://a:7",
            "ä:7",
            "2001:db8::1:7",
            long.as_str(),
            longer.as_str(),
        ] {
            assert_eq!(text.parse::<Place>(), Err(NotPlace), "{text}");
        }
    }

    #[test]
    fn any_address_and_no_port_are_not_reachable() {
        for (text, reachable) in [
            ("10.0.0.1:7", true),
            ("a:7", true),
            ("0.0.0.0:7", false),
            ("[::]:7", false),
            ("10.0.0.1:0", false),
            ("a:0", false),
        ] {
            let place: Place = text.parse().expect("a place");
            assert_eq!(place.is_reachable(), reachable, "{text}");
        }
    }
}
