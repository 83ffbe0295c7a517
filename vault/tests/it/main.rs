//! Vault: what is stored stays, what is rotten is named and never served, and nothing leaves without ticket and journal.
mod erase;
#[path = "../../../client/tests/fake/mod.rs"]
mod fake;
mod forget;
mod get;
mod heal;
mod http;
mod put;
mod segment;
mod world;
