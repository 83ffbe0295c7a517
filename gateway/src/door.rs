//! What every handler stands on: the use cases, the sign-in, the clock, and the budget.
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use amanat_exchange::Actor;
use amanat_fhir::BUNDLE_SIZE_BYTES_MAX;
use amanat_login::{Authority, Interaction, Session, TokenKey};
use amanat_types::TimestampMs;
use tokio::sync::{Semaphore, watch};

use crate::cases::Cases;
use crate::config::{Config, ConfigError, Limits};
use crate::meter::Meter;
use crate::outcome::Problem;

/// Bytes of one share of the budget.
pub(crate) const SHARE_BYTES: usize = 1024;
/// Archives that are made at a time: a slow client holds its own for long.
const ARCHIVES_MAX: usize = 4;
/// Longest base URL.
const BASE_URL_BYTES_MAX: usize = 256;

/// Tells the time; tests bring their own.
pub type Clock = Arc<dyn Fn() -> TimestampMs + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let ms = since.map_or(0, |since| since.as_millis());
        TimestampMs::new(u64::try_from(ms).unwrap_or(u64::MAX))
    })
}

/// One gateway.
pub struct Door<C> {
    pub(crate) cases: C,
    pub(crate) authority: Authority,
    pub(crate) base_url: String,
    pub(crate) software_date: String,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    pub(crate) budget: Arc<Semaphore>,
    pub(crate) archives: Arc<Semaphore>,
    pub(crate) meter: Meter,
    /// Set once no more is served: what streams then ends.
    pub(crate) stopping: watch::Sender<bool>,
}

impl<C: Cases> Door<C> {
    /// Sets up a gateway.
    ///
    /// Errors, in this order: `BaseUrl`, `Connections`, `Budget`, `ClientMember`, `Authority`.
    pub fn new(config: Config, cases: C, clock: Clock) -> Result<Arc<Self>, ConfigError> {
        if !is_base_url(&config.base_url) {
            return Err(ConfigError::BaseUrl);
        }
        if config.limits.connections_max == 0 {
            return Err(ConfigError::Connections);
        }
        if config.limits.budget_bytes < BUNDLE_SIZE_BYTES_MAX {
            return Err(ConfigError::Budget(BUNDLE_SIZE_BYTES_MAX));
        }
        let own = cases.member().number();
        if let Some(stranger) = config.clients.iter().find(|client| client.member != own) {
            return Err(ConfigError::ClientMember(stranger.client_id.clone()));
        }
        let token_url = format!("{}/token", config.base_url);
        let key = TokenKey::new(&config.token_key);
        Ok(Arc::new(Self {
            cases,
            authority: Authority::new(token_url, &config.clients, key)?,
            base_url: config.base_url,
            software_date: config.software_date,
            budget: Arc::new(Semaphore::new(config.limits.budget_bytes / SHARE_BYTES)),
            archives: Arc::new(Semaphore::new(ARCHIVES_MAX)),
            limits: config.limits,
            clock,
            meter: Meter::default(),
            stopping: watch::Sender::new(false),
        }))
    }

    /// What it counts.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }
}

fn is_base_url(url: &str) -> bool {
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    url.len() <= BASE_URL_BYTES_MAX
        && url.bytes().all(|b| b.is_ascii_graphic())
        && !url.contains(['?', '#', '"', '<', '>', '\\'])
        && host.is_some_and(|host| !host.is_empty() && !host.ends_with('/'))
}

/// The actor of a session.
pub(crate) fn actor(session: &Session) -> Result<Actor, Problem> {
    Actor::new(session.member, &*session.client).ok_or_else(Problem::fault)
}

/// Whether the token allows this on a type, or on every type for `None`.
pub(crate) fn require_scope(
    session: &Session,
    interaction: Interaction,
    kind: Option<&str>,
) -> Result<(), Problem> {
    if session.scopes.allow(interaction, kind) {
        Ok(())
    } else {
        Err(Problem::scope())
    }
}
