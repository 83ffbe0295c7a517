//! Client: the submitter against a ledger that loses and refuses; the journal against torn and damaged files; the
//! judge's guards; the follower; the HTTP client.
#[path = "../fake/mod.rs"]
mod fake;
mod follow;
mod http;
mod journal;
mod judge;
mod proof;
mod submit;
mod tls;
