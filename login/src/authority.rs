//! The token endpoint's rules: a token request in, an access token out; and an access token in, a session out.
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::assertion::{self, Proven};
use crate::client::{CLIENTS_MAX, Client, ClientEntry, ClientError};
use crate::refusal::LoginRefusal;
use crate::replay::Replays;
use crate::scope::Scopes;
use crate::token::{Session, TOKEN_LIFE_S, TokenKey};
use amanat_types::{Purpose, TimestampMs};

/// The only `grant_type`.
pub const GRANT_TYPE: &str = "client_credentials";
/// The only `client_assertion_type`.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Parameters of a token request (RFC 6749, 4.4.2; RFC 7523, 2.2).
#[derive(Clone, Debug, Default)]
pub struct TokenRequest {
    /// [`GRANT_TYPE`].
    pub grant_type: Option<String>,
    /// [`ASSERTION_TYPE`].
    pub client_assertion_type: Option<String>,
    /// The signed JWT.
    pub client_assertion: Option<String>,
    /// The client again; optional, must agree.
    pub client_id: Option<String>,
    /// What is asked for.
    pub scope: Option<String>,
    /// Our extension: codes of HL7 v3 ActReason separated by spaces; `TREAT` if it is left out.
    pub purpose_of_use: Option<String>,
}

/// An issued token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenAnswer {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// Its life in seconds.
    pub expires_in_s: u64,
    /// What it allows.
    pub scope: String,
    /// Purposes that it allows, separated by spaces.
    pub purpose_of_use: String,
}

/// Why an authority cannot be set up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// A registration is wrong.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Two registrations of one name.
    #[error("client {0} is registered twice")]
    ClientTwice(String),
    /// Too many registrations.
    #[error("at most {CLIENTS_MAX} clients")]
    TooManyClients,
}

/// Registered clients, the key for tokens, and what was used already.
#[derive(Debug)]
pub struct Authority {
    token_url: String,
    clients: BTreeMap<String, Client>,
    key: TokenKey,
    replays: Mutex<Replays>,
}

impl Authority {
    /// Sets up sign-in for the clients of one gateway. `token_url` is what assertions must name as their audience.
    pub fn new(
        token_url: impl Into<String>,
        entries: &[ClientEntry],
        key: TokenKey,
    ) -> Result<Self, AuthorityError> {
        if entries.len() > CLIENTS_MAX {
            return Err(AuthorityError::TooManyClients);
        }
        let mut clients = BTreeMap::new();
        for entry in entries {
            let client = Client::new(entry)?;
            if let Some(twice) = clients.insert(client.id.clone(), client) {
                return Err(AuthorityError::ClientTwice(twice.id));
            }
        }
        Ok(Self {
            token_url: token_url.into(),
            clients,
            key,
            replays: Mutex::default(),
        })
    }

    /// The token endpoint, as assertions must name it.
    pub fn token_url(&self) -> &str {
        &self.token_url
    }

    /// Exchanges an assertion for an access token. An assertion is used up once it was proven, whatever else the request says.
    ///
    /// Refusals, in the order of [`LoginRefusal::ALL`]; the jti is taken before scope and purpose are judged.
    pub fn token(
        &self,
        request: &TokenRequest,
        now: TimestampMs,
    ) -> Result<TokenAnswer, LoginRefusal> {
        if request.grant_type.as_deref() != Some(GRANT_TYPE) {
            return Err(LoginRefusal::GrantTypeWrong);
        }
        if request.client_assertion_type.as_deref() != Some(ASSERTION_TYPE) {
            return Err(LoginRefusal::AssertionTypeWrong);
        }
        let assertion = request.client_assertion.as_deref();
        let assertion = assertion.ok_or(LoginRefusal::AssertionMissing)?;
        let proven = assertion::judge(assertion, |id| self.clients.get(id), &self.token_url, now)?;
        let named = request.client_id.as_deref();
        if named.is_some_and(|named| named != proven.client.id) {
            return Err(LoginRefusal::IssuerMismatch);
        }
        self.use_up(&proven, now)?;
        let scopes = scopes(request, proven.client)?;
        let purposes = purposes(request, proven.client)?;
        // Scopes are bounded, so a token always fits; too long a one is the asker's doing.
        let access_token = self
            .key
            .issue(proven.client, &scopes, &purposes, now)
            .ok_or(LoginRefusal::ScopeForm)?;
        let words: Vec<&str> = purposes.iter().map(|purpose| purpose.as_str()).collect();
        Ok(TokenAnswer {
            access_token,
            expires_in_s: TOKEN_LIFE_S,
            scope: scopes.to_string(),
            purpose_of_use: words.join(" "),
        })
    }

    /// Whose request this is, by its access token.
    ///
    /// Refusals, in this order: `TokenMalformed`, `TokenForged`, `TokenExpired`, `TokenClientGone`.
    pub fn session(&self, token: &str, now: TimestampMs) -> Result<Session, LoginRefusal> {
        self.key.judge(token, |id| self.clients.get(id), now)
    }

    fn use_up(&self, proven: &Proven<'_>, now: TimestampMs) -> Result<(), LoginRefusal> {
        // A poisoned lock holds a sound memory: `take` leaves nothing half done that would let a replay pass.
        let mut replays = self.replays.lock().unwrap_or_else(PoisonError::into_inner);
        let now_s = now.get() / 1000;
        replays.take(&proven.client.id, &proven.jti, proven.until_s, now_s)
    }
}

fn scopes(request: &TokenRequest, client: &Client) -> Result<Scopes, LoginRefusal> {
    let scopes = Scopes::parse(request.scope.as_deref().unwrap_or_default())?;
    if client.scopes.cover(&scopes) {
        Ok(scopes)
    } else {
        Err(LoginRefusal::ScopeNotAllowed)
    }
}

fn purposes(request: &TokenRequest, client: &Client) -> Result<Vec<Purpose>, LoginRefusal> {
    let text = request.purpose_of_use.as_deref().unwrap_or("TREAT");
    let mut purposes = Vec::new();
    for word in text.split(' ') {
        let purpose = Purpose::parse(word).ok_or(LoginRefusal::PurposeUnknown)?;
        if !client.purposes.contains(&purpose) {
            return Err(LoginRefusal::PurposeNotAllowed);
        }
        if !purposes.contains(&purpose) {
            purposes.push(purpose);
        }
    }
    Ok(purposes)
}
