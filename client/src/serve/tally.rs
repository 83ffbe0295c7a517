//! What a server counts, for its process's metrics: connections, and answers that were a no.
use crate::fault::Failure;
use amanat_tls::NotMade;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts since the start; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicU64,
    not_made: Mutex<BTreeMap<&'static str, u64>>,
    refused: Mutex<BTreeMap<(u16, &'static str), u64>>,
    faults: AtomicU64,
}

/// A connection that is open; it counts until it is dropped.
pub(super) struct Open(Tally);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Tally {
    pub(super) fn open(&self) -> Open {
        self.0.connections.fetch_add(1, Ordering::Relaxed);
        Open(self.clone())
    }

    pub(super) fn not_made(&self, why: &NotMade) {
        add(&self.0.not_made, why.word());
    }

    /// Counts an answer if it is a no: a refusal by its number, anything else as a fault. Gives it back.
    pub fn note<T>(&self, answer: Result<T, Failure>) -> Result<T, Failure> {
        match &answer {
            Ok(_) => {}
            Err(Failure::Refused(refusal)) => {
                add(&self.0.refused, (refusal.number(), refusal.name()));
            }
            Err(Failure::Fault(_)) => {
                self.0.faults.fetch_add(1, Ordering::Relaxed);
            }
        }
        answer
    }

    /// Open connections, those in a handshake included.
    pub fn connections(&self) -> u64 {
        self.0.connections.load(Ordering::Relaxed)
    }

    /// Connections that never came to a request, by why: see [`NotMade::word`].
    pub fn connections_refused(&self) -> BTreeMap<&'static str, u64> {
        taken(&self.0.not_made)
    }

    /// Refused requests by number and name of the refusal.
    pub fn refused(&self) -> BTreeMap<(u16, &'static str), u64> {
        taken(&self.0.refused)
    }

    /// Requests that could not be served, for another reason than a rule.
    pub fn faults(&self) -> u64 {
        self.0.faults.load(Ordering::Relaxed)
    }
}

fn add<K: Ord>(counts: &Mutex<BTreeMap<K, u64>>, key: K) {
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    *counts.entry(key).or_default() += 1;
}

fn taken<K: Clone>(counts: &Mutex<BTreeMap<K, u64>>) -> BTreeMap<K, u64> {
    let counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    counts.clone()
}
