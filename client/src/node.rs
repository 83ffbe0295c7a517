//! One's own member's node over HTTP.
use crate::http::{Bounds, HttpClient, Reply};
use crate::wire::failure;
use crate::{Fault, Ledger, fault::Failure};
use amanat_types::codec::List;
use amanat_types::explain::{ExplainQuestion, Explanation};
use amanat_types::proof::{FinalizedHeader, ReceiptProof, StateProof};
use amanat_types::wire::{
    EventPage, ReleaseAnswer, ReleaseQuestion, StateAnswer, StateQuery, Status, Submission,
    SubmitAnswer, Submitted,
};
use amanat_types::{Height, StateKey, Transaction, TransactionId};
use bytes::Bytes;
use commonware_codec::{DecodeExt as _, Encode as _, Read};
use std::sync::Arc;
use std::time::Duration;

/// Bounds of a question that is answered from memory or disk at once.
const QUICK: Bounds = Bounds {
    time: Duration::from_secs(10),
    bytes_max: 16 * 1024 * 1024,
};
/// Bounds of a submission: the node waits for finality.
const SUBMIT: Bounds = Bounds {
    time: Duration::from_secs(60),
    bytes_max: 64 * 1024 * 1024,
};
/// Bounds of state values and of a page of events.
const LARGE: Bounds = Bounds {
    time: Duration::from_secs(30),
    bytes_max: 192 * 1024 * 1024,
};

/// Client of one node's API.
#[derive(Clone, Debug)]
pub struct NodeClient {
    http: HttpClient,
    base: Arc<str>,
}

impl NodeClient {
    /// Talks to the node at `base` (`host:port`, with `https://` if `http` knows its key, else plain).
    pub fn new(http: HttpClient, base: &str) -> Self {
        Self {
            http,
            base: base.into(),
        }
    }

    /// Where the node is.
    pub fn address(&self) -> &str {
        &self.base
    }

    async fn post<T: Read<Cfg = ()>>(
        &self,
        path: &str,
        body: Bytes,
        bounds: Bounds,
    ) -> Result<T, Fault> {
        let reply = self.http.post(&self.base, path, body, bounds).await?;
        self.read(path, reply)
    }

    fn read<T: Read<Cfg = ()>>(&self, path: &str, reply: Reply) -> Result<T, Fault> {
        self.check(&reply)?;
        T::decode(reply.body).map_err(|_| self.unreadable(path))
    }

    fn check(&self, reply: &Reply) -> Result<(), Fault> {
        if reply.status.is_success() {
            return Ok(());
        }
        let status = reply.status.as_u16();
        // Whichever refusal says it: ask again later.
        if matches!(status, 429 | 503) {
            return Err(Fault::Unavailable {
                address: self.base.to_string(),
                retry_after_ms: reply.retry_after_ms,
            });
        }
        match failure(&self.base, status, reply.retry_after_ms, &reply.body) {
            Failure::Fault(fault) => Err(fault),
            Failure::Refused(refusal) => Err(Fault::protocol(
                &*self.base,
                format!("status {status}: refusal {}", refusal.number()),
            )),
        }
    }

    /// Hands transactions in without waiting until they are final; each is held or refused.
    pub async fn enqueue(&self, transactions: Vec<Transaction>) -> Result<Vec<Submitted>, Fault> {
        self.hand_in("/v1/transactions?wait=false", transactions)
            .await
    }

    async fn hand_in(
        &self,
        path: &str,
        transactions: Vec<Transaction>,
    ) -> Result<Vec<Submitted>, Fault> {
        let count = transactions.len();
        let transactions =
            List::new(transactions).map_err(|error| Fault::invalid(error.to_string()))?;
        let body = Submission { transactions }.encode();
        let answer: SubmitAnswer = self.post(path, body, SUBMIT).await?;
        match answer.results.len() == count {
            true => Ok(answer.results.into_vec()),
            false => Err(Fault::protocol(
                &*self.base,
                "not one result for each transaction",
            )),
        }
    }

    /// A finalised block as the node stores it, for inspection; none above the tip.
    pub async fn block(&self, height: Height) -> Result<Option<Bytes>, Fault> {
        let path = format!("/v1/blocks/{height}");
        let reply = self.http.get(&self.base, &path, LARGE).await?;
        if reply.status.as_u16() == 404 {
            return Ok(None);
        }
        self.check(&reply)?;
        Ok(Some(reply.body))
    }

    /// A finalised header with the certificate that finalised it or a later one; none above the tip, nor where the node has no certificate. Nothing of it is
    /// checked.
    pub async fn header(&self, height: Height) -> Result<Option<FinalizedHeader>, Fault> {
        let path = format!("/v1/headers/{height}");
        let reply = self.http.get(&self.base, &path, LARGE).await?;
        match reply.status.as_u16() {
            404 => Ok(None),
            _ => self.read(&path, reply).map(Some),
        }
    }

    fn unreadable(&self, path: &str) -> Fault {
        Fault::protocol(&*self.base, format!("the answer of {path} does not decode"))
    }
}

impl Ledger for NodeClient {
    async fn submit(&self, transactions: Vec<Transaction>) -> Result<Vec<Submitted>, Fault> {
        self.hand_in("/v1/transactions?wait=true", transactions)
            .await
    }

    async fn receipt(&self, id: TransactionId) -> Result<Option<ReceiptProof>, Fault> {
        let path = format!("/v1/receipts/{id}");
        let reply = self.http.get(&self.base, &path, QUICK).await?;
        match reply.status.as_u16() {
            404 => Ok(None),
            _ => self.read("/v1/receipts", reply).map(Some),
        }
    }

    async fn events(&self, from: Height, limit: u32, wait_ms: u64) -> Result<EventPage, Fault> {
        let path = format!("/v1/events?from={from}&limit={limit}&wait_ms={wait_ms}");
        let bounds = Bounds {
            time: LARGE.time + Duration::from_millis(wait_ms),
            ..LARGE
        };
        let reply = self.http.get(&self.base, &path, bounds).await?;
        self.read("/v1/events", reply)
    }

    async fn state(&self, keys: Vec<StateKey>) -> Result<StateAnswer, Fault> {
        let count = keys.len();
        let keys = List::new(keys).map_err(|error| Fault::invalid(error.to_string()))?;
        let answer: StateAnswer = self
            .post("/v1/state", StateQuery { keys }.encode(), LARGE)
            .await?;
        match answer.values.len() == count {
            true => Ok(answer),
            false => Err(Fault::protocol(&*self.base, "not one value for each key")),
        }
    }

    async fn state_proof(&self, key: StateKey) -> Result<StateProof, Fault> {
        let path = format!("/v1/state/{key}/proof");
        let reply = self.http.get(&self.base, &path, QUICK).await?;
        let proof: StateProof = self.read("/v1/state/proof", reply)?;
        match proof.key == key {
            true => Ok(proof),
            false => Err(Fault::protocol(&*self.base, "a proof of another key")),
        }
    }

    async fn release(&self, question: ReleaseQuestion) -> Result<ReleaseAnswer, Fault> {
        self.post("/v1/release", question.encode(), QUICK).await
    }

    async fn explain(&self, question: ExplainQuestion) -> Result<Explanation, Fault> {
        self.post("/v1/explain", question.encode(), QUICK).await
    }

    async fn status(&self) -> Result<Status, Fault> {
        let reply = self.http.get(&self.base, "/v1/status", QUICK).await?;
        self.check(&reply)?;
        serde_json::from_slice(&reply.body).map_err(|_| self.unreadable("/v1/status"))
    }
}
