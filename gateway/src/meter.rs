//! What the door counts, for the process's metrics: requests, refusals, sign-ins, connections.
//!
//! Every label is one of this program's own words or numbers: the class of a route from the table of routes, a status, a refusal.
//! A method, a path or a header that a caller sent is never one.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use amanat_login::LoginRefusal;
use amanat_tls::NotMade;
use amanat_types::Refusal;
use axum::http::StatusCode;

use crate::route::Class;

/// Counts since the start; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<Counts>>);

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Answers, by class of the route and status.
    pub requests: BTreeMap<(&'static str, u16), u64>,
    /// Answers and the time that they took in all, by class of the route.
    pub times: BTreeMap<&'static str, (u64, Duration)>,
    /// Requests that a rule of the exchange refused, by number and name of the refusal.
    pub refused: BTreeMap<(u16, &'static str), u64>,
    /// Access tokens issued.
    pub tokens: u64,
    /// Sign-ins and access tokens that were refused, by why.
    pub sign_ins_refused: BTreeMap<&'static str, u64>,
    /// Open connections.
    pub connections: u64,
    /// Connections that never came to a request, by why.
    pub connections_refused: BTreeMap<&'static str, u64>,
}

/// A refusal that an answer told, beside the answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told(pub(crate) Refusal);

/// A sign-in, or an access token, that was refused, beside the answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotIn(pub(crate) LoginRefusal);

/// An access token was issued.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Issued;

/// A connection that is open; it counts until it is dropped.
pub(crate) struct Open(Meter);

impl Drop for Open {
    fn drop(&mut self) {
        let mut counts = self.0.lock();
        counts.connections = counts.connections.saturating_sub(1);
    }
}

impl Meter {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was counted so far.
    pub fn counts(&self) -> Counts {
        self.lock().clone()
    }

    /// Counts an answer, and what stands beside it.
    pub(crate) fn answered(
        &self,
        class: Class,
        (status, beside): (StatusCode, &axum::http::Extensions),
        time: Duration,
    ) {
        let class = class.word();
        let mut counts = self.lock();
        *counts.requests.entry((class, status.as_u16())).or_default() += 1;
        let (count, all) = counts.times.entry(class).or_default();
        *count += 1;
        *all = all.saturating_add(time);
        if let Some(Told(refusal)) = beside.get() {
            let key = (refusal.number(), refusal.name());
            *counts.refused.entry(key).or_default() += 1;
        }
        if let Some(NotIn(refusal)) = beside.get() {
            *counts.sign_ins_refused.entry(refusal.name()).or_default() += 1;
        }
        if beside.get::<Issued>().is_some() {
            counts.tokens += 1;
        }
    }

    pub(crate) fn open(&self) -> Open {
        self.lock().connections += 1;
        Open(self.clone())
    }

    pub(crate) fn not_made(&self, why: &NotMade) {
        self.not_served(why.word());
    }

    /// A connection whose request's headers did not come in time.
    pub(crate) fn slow(&self) {
        self.not_served("slow");
    }

    fn not_served(&self, why: &'static str) {
        *self.lock().connections_refused.entry(why).or_default() += 1;
    }
}
