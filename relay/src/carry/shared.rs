//! What the tasks of a relay share: who has a line, and which streams wait to be fetched.
use super::Gate;
use super::address::Addresses;
use crate::counts::Counts;
use crate::limits::Limits;
use crate::wire::{Challenge, Purpose, Refused, Service, Token, body};
use amanat_tls::{Acceptor, Stream};
use amanat_types::MemberId;
use amanat_types::release::SignedRequest;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

/// A service of a member.
pub type Key = (MemberId, Service);

/// A line that stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Which of the lines that its member ever made.
    pub number: u64,
    /// Asks the member to fetch a stream.
    pub fetch: mpsc::Sender<Token>,
    /// Its sender is dropped when the line ends.
    pub ends: watch::Receiver<()>,
}

struct Waiting {
    key: Key,
    give: oneshot::Sender<Stream<TcpStream>>,
}

/// What is shared.
pub struct Shared<G> {
    own: MemberId,
    gate: G,
    /// Proves the relay's key.
    pub acceptor: Acceptor,
    /// Bounds.
    pub limits: Limits,
    /// Counts.
    pub counts: Counts,
    lines: BTreeMap<Key, Mutex<Option<Standing>>>,
    waiting: Mutex<HashMap<Token, Waiting>>,
    /// Places for streams.
    pub streams: Arc<Semaphore>,
    /// Places for connections whose first words are not over.
    pub entering: Arc<Semaphore>,
    /// Of these, by address.
    pub entering_from: Addresses,
    made: AtomicU64,
}

/// A stream that waits to be fetched, until it is dropped.
pub struct Wait<'a, G> {
    shared: &'a Shared<G>,
    /// Its name.
    pub token: Token,
    /// Gives the connection that fetches it; ends if it cannot be fetched.
    pub fetched: oneshot::Receiver<Stream<TcpStream>>,
}

impl<G> Drop for Wait<'_, G> {
    fn drop(&mut self) {
        self.shared.waiting().remove(&self.token);
    }
}

impl<G: Gate> Shared<G> {
    /// Carries `named` and nothing else.
    pub fn new(
        own: MemberId,
        named: impl Iterator<Item = Key>,
        (gate, acceptor): (G, Acceptor),
        limits: Limits,
        counts: Counts,
    ) -> Self {
        Self {
            own,
            gate,
            acceptor,
            counts,
            lines: named.map(|key| (key, Mutex::default())).collect(),
            waiting: Mutex::default(),
            streams: Arc::new(Semaphore::new(limits.streams_max)),
            entering: Arc::new(Semaphore::new(limits.entering_max)),
            entering_from: Addresses::new(limits.entering_address_max),
            made: AtomicU64::new(0),
            limits,
        }
    }

    /// Whose service this proof is for.
    ///
    /// Refusals, in this order: [`Refused::NotNamed`], [`Refused::ProofWrong`], those of the gate.
    pub async fn judge(
        &self,
        challenge: &Challenge,
        (service, purpose): (Service, Purpose),
        signed: &SignedRequest,
    ) -> Result<Key, Refused> {
        let key = (signed.member, service);
        if !self.lines.contains_key(&key) {
            return Err(Refused::NotNamed);
        }
        let asked = body(self.own.number(), challenge, service, purpose);
        if *signed.body != asked {
            return Err(Refused::ProofWrong);
        }
        match self.gate.admits(signed).await? {
            member if member == signed.member => Ok(key),
            _ => Err(Refused::NotAdmitted),
        }
    }
}

impl<G> Shared<G> {
    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<Token, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on `fetch` is the line of `key`; the one before it ends. Gives its number.
    pub fn stand(&self, key: Key, fetch: mpsc::Sender<Token>, ends: watch::Receiver<()>) -> u64 {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        if let Some(line) = self.lines.get(&key) {
            let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
            *line = Some(Standing {
                number,
                fetch,
                ends,
            });
        }
        number
    }

    /// The line of `key` with this number ended.
    pub fn fell(&self, key: Key, number: u64) {
        if let Some(line) = self.lines.get(&key) {
            let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
            if line.as_ref().is_some_and(|line| line.number == number) {
                *line = None;
            }
        }
    }

    /// The line of `key`, if one stands.
    pub fn standing(&self, key: Key) -> Option<Standing> {
        let line = self.lines.get(&key)?.lock();
        line.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A name for a stream to `key` that waits; nothing if there is no randomness.
    pub fn wait(&self, key: Key) -> Option<Wait<'_, G>> {
        let mut token = [0u8; 32];
        getrandom::fill(&mut token).ok()?;
        let (give, fetched) = oneshot::channel();
        self.waiting().insert(token, Waiting { key, give });
        Some(Wait {
            shared: self,
            token,
            fetched,
        })
    }

    /// `stream` fetches what waits under `token`, if that still waits.
    pub fn join(&self, token: &Token, stream: Stream<TcpStream>) {
        let waiting = self.waiting().remove(token);
        if let Some(waiting) = waiting {
            // Whoever waited may have gone: then the stream ends.
            let _ = waiting.give.send(stream);
        }
    }

    /// The member of `key` cannot fetch `token`; those of others are not its to end.
    pub fn gone(&self, token: &Token, key: Key) {
        let mut waiting = self.waiting();
        if waiting.get(token).is_some_and(|waiting| waiting.key == key) {
            waiting.remove(token);
        }
    }
}
