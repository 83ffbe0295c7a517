//! The node over HTTP: submit, receipt with proof, follow, state with proof, blocks, status; validators, health, metrics.
//!
//! It runs on a thread of its own with its own runtime, so that a slow or broken client never holds up
//! consensus. Bodies are in the ledger's own codec (`application/octet-stream`); status, validators and errors are JSON. Every
//! input is bounded: connections, header and body time, body size, list lengths, waiting time.
mod error;
mod health;
mod metrics;
mod read;
mod server;
mod submit;
#[cfg(test)]
mod tests;
mod watch;

pub use metrics::RuntimeMetrics;
pub use server::{Server, serve};
use std::time::Duration;

/// Bounds of the API.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Open connections.
    pub connections: usize,
    /// Bytes of one request's body.
    pub body_bytes: usize,
    /// Time to send a request's head.
    pub head: Duration,
    /// Time to send a request's body.
    pub body: Duration,
    /// Longest wait for a transaction or for the tip to move.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            body_bytes: 8 * 1024 * 1024,
            head: Duration::from_secs(10),
            body: Duration::from_secs(20),
            wait: Duration::from_secs(45),
        }
    }
}
