//! Who is calling: SMART Backend Services sign-in, and the sessions that it gives.
//!
//! A client (a hospital's system) proves itself with a signed assertion ("client-confidential-asymmetric", HL7 SMART App Launch
//! 2.2.0) and gets a short-lived access token; a request with the token is a [`Session`]: which member, which scopes, which purposes.
//!
//! A session opens doors only. What a record's release needs (a basis, a card's signature) is judged by the ledger, not here.
//!
//! Pure logic: the clock comes in as an argument, nothing is fetched (a `jku` header is never followed). Access tokens are checked
//! without state, under a key of the gateway alone. Replays of assertions are remembered in memory for as long as they could be
//! repeated, so a restart forgets at most [`assertion::LIFE_S_MAX`] seconds of them.
mod assertion;
mod authority;
mod client;
mod key;
mod refusal;
mod replay;
mod scope;
mod token;

pub use assertion::{
    ASSERTION_BYTES_MAX, AssertionClaims, LIFE_S_MAX, SKEW_S_MAX, assertion_claims, make_assertion,
};
pub use authority::{
    ASSERTION_TYPE, Authority, AuthorityError, GRANT_TYPE, TokenAnswer, TokenRequest,
};
pub use client::{CLIENTS_MAX, Client, ClientEntry, ClientError, KEYS_MAX};
pub use key::{Algorithm, ClientKey, Jwk, KeyError, PublicKey};
pub use refusal::LoginRefusal;
pub use scope::{Interaction, SCOPES_MAX, Scope, Scopes};
pub use token::{Session, TOKEN_BYTES_MAX, TOKEN_LIFE_S, TokenKey};
