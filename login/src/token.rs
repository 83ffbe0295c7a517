//! Access tokens: `amanat1.<claims>.<HMAC-SHA-256>`, both parts base64url. Opaque to clients; checked without any state.
//!
//! The key is the gateway's own and signs nothing else. A token says which client holds it, never whom it is about.
use crate::LoginRefusal;
use crate::client::Client;
use crate::scope::Scopes;
use amanat_types::{MemberId, Purpose, TimestampMs};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// How long an access token lives.
pub const TOKEN_LIFE_S: u64 = 300;
/// Longest access token that is looked at.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// What every token begins with: the kind and its version, under the MAC like the rest.
const PREFIX: &str = "amanat1";

/// The key under which a gateway issues its access tokens.
pub struct TokenKey(hmac::Key);

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey")
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    #[serde(rename = "c")]
    client: String,
    #[serde(rename = "s")]
    scopes: String,
    #[serde(rename = "p")]
    purposes: Vec<String>,
    #[serde(rename = "e")]
    until_s: u64,
}

/// A caller that proved who it is: the leave to knock, not to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The client's registered name.
    pub client: String,
    /// The member that it acts for.
    pub member: MemberId,
    /// What it may do here.
    pub scopes: Scopes,
    /// Purposes that its requests may name; the first is meant when a request names none.
    pub purposes: Vec<Purpose>,
    /// From when on the token is worthless.
    pub until: TimestampMs,
}

impl TokenKey {
    /// Takes 32 random bytes from the gateway's key file.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// Issues a token. `None` only if the claims cannot be written, or would be longer than is read back.
    pub(crate) fn issue(
        &self,
        client: &Client,
        scopes: &Scopes,
        purposes: &[Purpose],
        now: TimestampMs,
    ) -> Option<String> {
        let claims = Claims {
            client: client.id.clone(),
            scopes: scopes.to_string(),
            purposes: purposes.iter().map(|p| p.as_str().to_owned()).collect(),
            until_s: (now.get() / 1000).saturating_add(TOKEN_LIFE_S),
        };
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).ok()?);
        let signed = format!("{PREFIX}.{claims}");
        let tag = hmac::sign(&self.0, signed.as_bytes());
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag));
        (token.len() <= TOKEN_BYTES_MAX).then_some(token)
    }

    /// Judges a token; the registration may have narrowed since it was issued, and wins.
    ///
    /// Refusals, in this order: `TokenMalformed`, `TokenForged`, `TokenExpired`, `TokenClientGone`.
    pub(crate) fn judge<'a>(
        &self,
        token: &str,
        find: impl Fn(&str) -> Option<&'a Client>,
        now: TimestampMs,
    ) -> Result<Session, LoginRefusal> {
        let claims = self.open(token)?;
        if claims.until_s <= now.get() / 1000 {
            return Err(LoginRefusal::TokenExpired);
        }
        let scopes = Scopes::parse(&claims.scopes).map_err(|_| LoginRefusal::TokenMalformed)?;
        let purposes: Option<Vec<Purpose>> = claims
            .purposes
            .iter()
            .map(|code| Purpose::parse(code))
            .collect();
        let purposes = purposes.ok_or(LoginRefusal::TokenMalformed)?;
        let client = find(&claims.client)
            .filter(|client| client.scopes.cover(&scopes))
            .filter(|client| purposes.iter().all(|one| client.purposes.contains(one)))
            .ok_or(LoginRefusal::TokenClientGone)?;
        Ok(Session {
            client: client.id.clone(),
            member: client.member,
            scopes,
            purposes,
            until: TimestampMs::new(claims.until_s.saturating_mul(1000)),
        })
    }

    /// Verifies in constant time, and reads the claims only afterwards.
    fn open(&self, token: &str) -> Result<Claims, LoginRefusal> {
        let malformed = LoginRefusal::TokenMalformed;
        if token.len() > TOKEN_BYTES_MAX {
            return Err(malformed);
        }
        let (signed, tag) = token.rsplit_once('.').ok_or(malformed)?;
        let (prefix, claims) = signed.split_once('.').ok_or(malformed)?;
        if prefix != PREFIX {
            return Err(malformed);
        }
        let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| malformed)?;
        hmac::verify(&self.0, signed.as_bytes(), &tag).map_err(|_| LoginRefusal::TokenForged)?;
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| malformed)?;
        serde_json::from_slice(&claims).map_err(|_| malformed)
    }
}
