//! What a gateway is set up with.
use std::time::Duration;

use amanat_login::{AuthorityError, ClientEntry};

/// How a gateway presents itself, and to whom.
#[derive(Clone, Debug)]
pub struct Config {
    /// The FHIR base URL as clients see it, without a slash at its end; the token endpoint is `{base_url}/token`.
    pub base_url: String,
    /// Registered clients; all act for the gateway's own member.
    pub clients: Vec<ClientEntry>,
    /// 32 random bytes from the gateway's key file: signs access tokens, and nothing else.
    pub token_key: [u8; 32],
    /// When the software was made, for the CapabilityStatement: a FHIR date or instant.
    pub software_date: String,
    /// Bounds.
    pub limits: Limits,
}

/// What one gateway bears. The defaults suit a hospital's server with 1 GB of memory.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at a time; more wait in the kernel's queue.
    pub connections_max: usize,
    /// From the first byte of a connection, or the last answer on it, to the end of the next request's headers.
    pub header_timeout: Duration,
    /// From the first to the last byte of a body.
    pub body_timeout: Duration,
    /// For a client to take one more byte of an answer.
    pub write_timeout: Duration,
    /// For a handler to answer; what it began goes on.
    pub answer_timeout: Duration,
    /// How long a request waits for a share of the budget.
    pub budget_wait: Duration,
    /// Bytes of bodies that may be in work at a time. Parsed, a body takes about ten times its bytes.
    pub budget_bytes: usize,
    /// How long a stopping gateway waits for requests in work.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 512,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(15),
            answer_timeout: Duration::from_secs(90),
            budget_wait: Duration::from_secs(10),
            budget_bytes: 32 * 1024 * 1024,
            drain_timeout: Duration::from_secs(10),
        }
    }
}

/// Why a gateway cannot be set up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The base URL.
    #[error(
        "base_url is http:// or https://, at most 256 visible characters, without ? or # and without a slash at its end"
    )]
    BaseUrl,
    /// A client of somebody else.
    #[error("client {0} is registered for another member than the gateway's")]
    ClientMember(String),
    /// The registrations.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// A Bundle would never fit.
    #[error("limits.budget_bytes must be at least {0}")]
    Budget(usize),
    /// Nothing could connect.
    #[error("limits.connections_max must be at least 1")]
    Connections,
}
