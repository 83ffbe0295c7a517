//! The node from inside its process: the same operations as over HTTP, for the API thread and for the simulator.
use crate::fault::Fault;
use crate::follow::Follow;
use crate::mempool::ingress::Submit;
use crate::mempool::{Mempool, Report, actor};
use crate::rosters::Rosters;
use crate::rounds::Rounds;
use crate::tip_cache::{Reads, TipCache};
use amanat_types::block::{Block, Parcel};
use amanat_types::explain::{ExplainQuestion, Explanation};
use amanat_types::proof::{FinalizedHeader, ReceiptProof, StateProof};
use amanat_types::wire::{
    EventPage, Finalized, ReleaseAnswer, ReleaseQuestion, StateAnswer, Status, Submitted,
    network_hex,
};
use amanat_types::{
    Genesis, Height, MemberId, PublicKey, Refusal, StateKey, Transaction, TransactionId,
};
use commonware_utils::channel::{mpsc, oneshot};
use std::sync::Arc;
use std::time::SystemTime;

/// A peer as last heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its consensus key, hexadecimal.
    pub key: String,
    /// Its finalised height.
    pub height: Height,
}

/// What the node is asked to read.
pub enum Request {
    /// Proof of what became of a transaction.
    Receipt(
        TransactionId,
        oneshot::Sender<Result<Option<ReceiptProof>, Unavailable>>,
    ),
    /// What became of a transaction, without proof.
    Find(
        TransactionId,
        oneshot::Sender<Result<Option<Finalized>, Unavailable>>,
    ),
    /// Outcomes from a height on, at most so many blocks.
    Feed(Height, usize, oneshot::Sender<Option<EventPage>>),
    /// Values of keys.
    State(Vec<StateKey>, oneshot::Sender<StateAnswer>),
    /// Whether records may be released now.
    Release(ReleaseQuestion, oneshot::Sender<ReleaseAnswer>),
    Explain(ExplainQuestion, oneshot::Sender<Explanation>),
    /// Proof of a key.
    Claim(
        StateKey,
        oneshot::Sender<Result<Option<StateProof>, Unavailable>>,
    ),
    /// A finalised header.
    Header(Height, oneshot::Sender<Option<FinalizedHeader>>),
    /// A finalised block.
    Block(Height, oneshot::Sender<Option<Arc<Block>>>),
}

/// The node is stopping, or has more to do than it takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// It is stopping.
    #[error("the node is stopping")]
    Stopping,
    /// Too many requests wait.
    #[error("the node has too many requests: retry later")]
    Busy,
    /// The node joined late, and what old blocks did is still being fetched.
    #[error(
        "the receipts and events of these blocks are still being fetched from other members: retry later"
    )]
    Fetching,
    /// The block is final, and what proves that is not here.
    #[error(
        "it is final, and the certificate that proves it is not here yet: retry later, or ask another member"
    )]
    Certificate,
}

/// Parts that a handle works on.
#[derive(Clone)]
pub struct Parts {
    pub(crate) genesis: Arc<Genesis>,
    pub(crate) member: MemberId,
    pub(crate) rosters: Rosters,
    pub(crate) follow: Follow,
    pub(crate) rounds: Rounds,
    pub(crate) cache: TipCache,
    pub(crate) mempool: Mempool,
    pub(crate) peers: actor::Peers,
    pub(crate) submit: mpsc::Sender<Submit>,
    pub(crate) desk: mpsc::Sender<Request>,
}

/// The node's operations; clones share the node.
#[derive(Clone)]
pub struct NodeHandle(Parts);

impl NodeHandle {
    pub(crate) const fn new(parts: Parts) -> Self {
        Self(parts)
    }

    /// The genesis of the network.
    pub fn genesis(&self) -> &Arc<Genesis> {
        &self.0.genesis
    }

    /// How often the state at the tip was read, and from where.
    pub fn state_reads(&self) -> Reads {
        self.0.cache.reads()
    }

    /// Submits transactions; the answers stand in their order.
    ///
    /// With `wait` each answer is final, refused or expired; without it, an admitted one is pending. The same id again
    /// is answered with the first receipt.
    pub async fn submit(&self, transactions: Vec<Transaction>, wait: bool) -> Vec<Submitted> {
        let pending: Vec<_> = transactions
            .into_iter()
            .map(|transaction| self.enqueue(Parcel::new(transaction), wait))
            .collect();
        let mut answers = Vec::with_capacity(pending.len());
        for answer in pending {
            answers.push(match answer {
                Ok(answer) => answer
                    .await
                    .unwrap_or(Submitted::Refused(Refusal::Stopping)),
                Err(refusal) => Submitted::Refused(refusal),
            });
        }
        answers
    }

    /// Submits one transaction and gives back where the answer will come, without waiting.
    ///
    /// Refusals: [`Refusal::MempoolFull`] if too many wait to be looked at, [`Refusal::Stopping`].
    pub fn enqueue(
        &self,
        parcel: Parcel,
        wait: bool,
    ) -> Result<oneshot::Receiver<Submitted>, Refusal> {
        let (reply, answer) = oneshot::channel();
        let submit = Submit {
            parcel,
            wait,
            reply,
        };
        match self.0.submit.try_send(submit) {
            Ok(()) => Ok(answer),
            Err(mpsc::error::TrySendError::Full(_)) => Err(Refusal::MempoolFull),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Refusal::Stopping),
        }
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> Request,
    ) -> Result<T, Unavailable> {
        let (reply, answer) = oneshot::channel();
        match self.0.desk.try_send(request(reply)) {
            Ok(()) => answer.await.map_err(|_| Unavailable::Stopping),
            Err(mpsc::error::TrySendError::Full(_)) => Err(Unavailable::Busy),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Unavailable::Stopping),
        }
    }

    /// Proof of what became of a finalised transaction.
    ///
    /// Nothing while it is not finalised. Of one that is, what proves it may not be here: [`Unavailable::Certificate`], after a wait of up to three
    /// seconds for what may still be on its way. A node that joined late does not say that a transaction is not finalised before it has
    /// fetched what old blocks did. Whoever hears that a transaction is not finalised, and will not be, would sign it anew.
    pub async fn receipt(&self, id: TransactionId) -> Result<Option<ReceiptProof>, Unavailable> {
        self.ask(|reply| Request::Receipt(id, reply)).await?
    }

    /// What became of a finalised transaction, without proof; as [`Self::receipt`].
    pub async fn find(&self, id: TransactionId) -> Result<Option<Finalized>, Unavailable> {
        self.ask(|reply| Request::Find(id, reply)).await?
    }

    /// Outcomes from `from` on, of at most `limit` blocks that hold transactions. Does not wait.
    pub async fn events(&self, from: Height, limit: usize) -> Result<EventPage, Unavailable> {
        let page = self.ask(|reply| Request::Feed(from, limit, reply)).await?;
        page.ok_or(Unavailable::Fetching)
    }

    /// As [`Self::events`], but waits until there is such a block. Bound the wait outside.
    pub async fn follow(&self, from: Height, limit: usize) -> Result<EventPage, Unavailable> {
        let mut from = from;
        loop {
            let page = self.events(from, limit).await?;
            if !page.blocks.is_empty() {
                return Ok(page);
            }
            from = page.next;
            self.reached(from).await;
        }
    }

    /// Resolves once the finalised tip is at `height` or above.
    pub async fn reached(&self, height: Height) {
        self.0.follow.reached(height.get()).await;
    }

    /// Values of `keys` at the finalised tip.
    pub async fn state(&self, keys: Vec<StateKey>) -> Result<StateAnswer, Unavailable> {
        self.ask(|reply| Request::State(keys, reply)).await
    }

    /// Whether a reader may have records now, judged in finalised state and by the node's clock.
    pub async fn release(&self, question: ReleaseQuestion) -> Result<ReleaseAnswer, Unavailable> {
        self.ask(|reply| Request::Release(question, reply)).await
    }

    /// What would become of a request, and why, in finalised state.
    pub async fn explain(&self, question: ExplainQuestion) -> Result<Explanation, Unavailable> {
        self.ask(|reply| Request::Explain(question, reply)).await
    }

    /// Proof of what `key` holds at a recent finalised height.
    ///
    /// Nothing before the first block. What proves it may not be here, as with [`Self::receipt`].
    pub async fn proof(&self, key: StateKey) -> Result<Option<StateProof>, Unavailable> {
        self.ask(|reply| Request::Claim(key, reply)).await?
    }

    /// A finalised header with its certificate, or with a later one of its epoch; nothing if it or what proves it is not here.
    pub async fn header(&self, height: Height) -> Result<Option<FinalizedHeader>, Unavailable> {
        self.ask(|reply| Request::Header(height, reply)).await
    }

    /// A finalised block.
    pub async fn block(&self, height: Height) -> Result<Option<Arc<Block>>, Unavailable> {
        self.ask(|reply| Request::Block(height, reply)).await
    }

    /// What the mempool holds and what it turned away.
    pub fn mempool(&self) -> Report {
        self.0.mempool.report()
    }

    /// Peers heard of lately, at `now` on the node's clock.
    pub fn peers(&self, now: SystemTime) -> Vec<Peer> {
        let peers = self.0.peers.present(now).into_iter();
        peers
            .map(|(key, height)| Peer {
                key: hex::encode(key),
                height,
            })
            .collect()
    }

    /// Consensus keys of the validators of an epoch, ascending; none of an epoch that this node does not know.
    pub fn validators(&self, epoch: u64) -> Vec<PublicKey> {
        let roster = self.0.rosters.roster(epoch);
        let keys = roster.iter().flat_map(|roster| roster.keys().iter());
        keys.map(PublicKey::from).collect()
    }

    /// How the node stands.
    pub fn status(&self) -> Status {
        let tip = self.0.follow.tip();
        let round = self.0.rounds.latest();
        let roster = self.0.rosters.roster(round.epoch().get());
        let validators = roster.map_or(0, |roster| roster.keys().len());
        Status {
            version: env!("CARGO_PKG_VERSION").into(),
            network: network_hex(&self.0.genesis.digest()),
            member: self.0.member.number(),
            height: tip.height.get(),
            time_ms: tip.time.get(),
            epoch: round.epoch().get(),
            view: round.view().get(),
            state_root: hex::encode(tip.state_root),
            header: hex::encode(tip.digest()),
            mempool: u64::try_from(self.0.mempool.size()).unwrap_or(u64::MAX),
            validators: u64::try_from(validators).unwrap_or(u64::MAX),
            protocol: tip.protocol_after(),
            protocol_known: amanat_contracts::PROTOCOLS.last().copied().unwrap_or(0),
            stopping: self.0.submit.is_closed(),
        }
    }
}

/// Stops the node on a fault, or gives the value.
pub(crate) fn sound<T>(result: Result<T, Fault>) -> T {
    result.unwrap_or_else(|fault| fault.stop())
}
