//! Where plain HTTP may be spoken: on loopback, unless the operator says that TLS ends in front.
use super::endpoint::{Endpoint, is_loopback};
use super::{GatewayConfig, NodeConfig};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Where plain HTTP may be spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlainHttp {
    /// Between processes of one machine.
    #[default]
    #[serde(rename = "on loopback")]
    OnLoopback,
    /// Everywhere, because a proxy in front ends TLS, or a tunnel carries it.
    #[serde(rename = "behind a proxy")]
    BehindProxy,
}

impl PlainHttp {
    /// Whether it is the default, which is not written.
    pub const fn is_loopback_only(&self) -> bool {
        matches!(self, Self::OnLoopback)
    }
}

/// An address at which plain HTTP would be spoken in sight of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Key of the configuration.
    pub field: &'static str,
    /// What is wrong.
    pub found: String,
    /// What to do.
    pub todo: String,
}

impl Open {
    fn member(field: &'static str, at: SocketAddr) -> Self {
        Self {
            field,
            found: format!(
                "{at} is not on loopback, and plain HTTP there is read by who stands between"
            ),
            todo: format!(
                "write \"https://{at}\"; or plain_http = \"behind a proxy\" if TLS ends in front of it"
            ),
        }
    }

    fn door(at: SocketAddr) -> Self {
        Self {
            todo: "name tls_certificate and tls_key; or plain_http = \"behind a proxy\" if TLS ends in front of it".to_owned(),
            ..Self::member("listen", at)
        }
    }
}

/// The first of these addresses that is open.
fn first(plain: PlainHttp, endpoints: &[(&'static str, Endpoint)]) -> Option<Open> {
    let open = endpoints.iter().find(|(_, endpoint)| endpoint.is_open());
    let open = open.map(|(field, endpoint)| Open::member(field, endpoint.at));
    open.filter(|_| plain.is_loopback_only())
}

impl NodeConfig {
    /// The first address at which this process would speak plain HTTP in sight of others.
    pub fn open(&self) -> Option<Open> {
        let endpoints = [("api", self.api), ("custodian", self.custodian)];
        first(self.plain_http, &endpoints)
    }
}

impl GatewayConfig {
    /// Whether the FHIR door speaks TLS.
    pub const fn has_certificate(&self) -> bool {
        self.tls_certificate.is_some() && self.tls_key.is_some()
    }

    /// The first address at which this process would speak plain HTTP in sight of others.
    pub fn open(&self) -> Option<Open> {
        let mut endpoints = vec![("vault", self.vault), ("node", self.node)];
        endpoints.extend(self.metrics.map(|at| ("metrics", at.into())));
        let door = (!self.has_certificate() && !is_loopback(self.listen.ip()))
            .then(|| Open::door(self.listen))
            .filter(|_| self.plain_http.is_loopback_only());
        door.or_else(|| first(self.plain_http, &endpoints))
    }

    /// Base URL of the FHIR door.
    pub fn door_url(&self) -> String {
        let scheme = if self.has_certificate() {
            "https"
        } else {
            "http"
        };
        let made = || format!("{scheme}://{}", self.listen);
        self.base_url.clone().unwrap_or_else(made)
    }
}
