//! A gateway's authority with two clients, and a client's side to attack it from.
use amanat_login::{
    ASSERTION_TYPE, AssertionClaims, Authority, ClientEntry, ClientKey, GRANT_TYPE, Jwk,
    LoginRefusal, TokenAnswer, TokenKey, TokenRequest, assertion_claims, make_assertion,
};
use amanat_types::TimestampMs;

/// The token endpoint of the tests.
pub const TOKEN_URL: &str = "https://a.example/token";
/// The time at which tests begin.
pub const NOW: TimestampMs = TimestampMs::new(1_800_000_000_000);

/// An authority and what the clients hold.
pub struct Desk {
    /// The authority.
    pub authority: Authority,
    /// Key of the client `his`.
    pub key: ClientKey,
    /// Its public part.
    pub jwk: Jwk,
    /// Key of the client `other`.
    pub other: ClientKey,
}

/// A registration.
pub fn entry(id: &str, jwk: &Jwk, scopes: &str) -> ClientEntry {
    ClientEntry {
        client_id: id.to_owned(),
        member: 1,
        keys: vec![jwk.clone()],
        public_key_pem: None,
        scopes: scopes.to_owned(),
        purposes: vec!["TREAT".to_owned(), "ETREAT".to_owned()],
    }
}

impl Desk {
    /// Sets up `his` (all scopes) and `other` (observations, read only).
    pub fn new() -> Self {
        let (pem, jwk) = ClientKey::generate("k1").expect("a key");
        let (other_pem, other_jwk) = ClientKey::generate("k1").expect("a key");
        let entries = [
            entry("his", &jwk, "system/*.read system/*.write"),
            entry("other", &other_jwk, "system/Observation.rs"),
        ];
        let key = TokenKey::new(&[7; 32]);
        Self {
            authority: Authority::new(TOKEN_URL, &entries, key).expect("an authority"),
            key: ClientKey::from_pem("k1", &pem).expect("the key"),
            jwk,
            other: ClientKey::from_pem("k1", &other_pem).expect("the key"),
        }
    }

    /// Honest claims of `his`.
    pub fn claims(&self, jti: &str) -> AssertionClaims {
        assertion_claims("his", TOKEN_URL, jti, NOW)
    }

    /// Asks with these claims, signed by `his`.
    pub fn ask(&self, claims: &AssertionClaims) -> Result<TokenAnswer, LoginRefusal> {
        let assertion = make_assertion(&self.key, claims).expect("signed");
        self.authority.token(&request(&assertion), NOW)
    }

    /// An access token of `his`.
    pub fn token(&self, jti: &str) -> TokenAnswer {
        self.ask(&self.claims(jti)).expect("a token")
    }
}

/// An honest request around an assertion.
pub fn request(assertion: &str) -> TokenRequest {
    TokenRequest {
        grant_type: Some(GRANT_TYPE.to_owned()),
        client_assertion_type: Some(ASSERTION_TYPE.to_owned()),
        client_assertion: Some(assertion.to_owned()),
        client_id: None,
        scope: Some("system/*.read".to_owned()),
        purpose_of_use: None,
    }
}
