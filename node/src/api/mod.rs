//! The node over HTTP: submit, receipt with proof, follow, state with proof, blocks, status; validators, health, metrics.
//!
//! It runs on a thread of its own with its own runtime, so that a slow or broken client never holds up
//! consensus. Bodies are in the ledger's own codec (`application/octet-stream`); status, validators and errors are JSON. Every
//! input is bounded: connections and requests, of an address and of all, the time of a TLS handshake, header and body time, body size, list lengths, waiting time,
//! and the time in which an answer is taken. What is turned away is counted and, where there is somebody to hear it, answered with the rule.
mod error;
mod health;
mod metrics;
mod read;
mod server;
mod stall;
mod submit;
#[cfg(test)]
mod tests;
mod text;
mod visitor;
mod watch;

pub use metrics::RuntimeMetrics;
pub use server::{Server, serve};
use std::time::Duration;
pub use text::{CONTENT_TYPE, Exposition, resident_bytes, seconds};

/// Bounds of the API.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Open connections; more wait in the listener's queue.
    pub connections: usize,
    /// Open connections of one address; more are answered 429.
    pub address_connections: usize,
    /// Requests of one address in a second; more are answered 429.
    pub address_requests_per_second: u32,
    /// Requests of all in a second; more are answered 503.
    pub requests_per_second: u32,
    /// Bytes of one request's body.
    pub body_bytes: usize,
    /// Time to send a request's head, and between requests.
    pub head: Duration,
    /// Time to send a request's body.
    pub body: Duration,
    /// Time without progress of an answer.
    pub write: Duration,
    /// Longest wait for a transaction or for the tip to move.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            address_connections: 768,
            address_requests_per_second: 5_000,
            requests_per_second: 10_000,
            body_bytes: 8 * 1024 * 1024,
            head: Duration::from_secs(10),
            body: Duration::from_secs(20),
            write: Duration::from_secs(20),
            wait: Duration::from_secs(45),
        }
    }
}
