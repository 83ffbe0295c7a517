//! Submissions from the API: many small batches, each verified, judged, held and forwarded together.
use crate::archive::Archive;
use crate::brief::{Recent, Tray};
use crate::fault::Fault;
use crate::follow::Follow;
use crate::mempool::judge::Judge;
use crate::mempool::{Mempool, Origin, wire};
use crate::rounds::Rounds;
use crate::store::Runtime;
use crate::work::{Account, Work};
use amanat_types::block::Parcel;
use amanat_types::call::Unit;
use amanat_types::wire::{Finalized, Submitted};
use amanat_types::{Refusal, TransactionId};
use commonware_codec::Encode as _;
use commonware_cryptography::ed25519;
use commonware_macros::select;
use commonware_p2p::{Recipients, Sender};
use commonware_runtime::{ContextCell, Handle, spawn_cell};
use commonware_utils::channel::{mpsc, oneshot};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Submissions handled together.
const BATCH: usize = 512;
/// How long a batch is gathered: a batch check of a dozen signatures costs a third of single ones.
const GATHER: Duration = Duration::from_millis(4);
/// How far apart batches are that go to every validator: each is one message more to each of them, which costs both ends more than the few
/// transactions that came meanwhile.
const APART: Duration = Duration::from_millis(20);

/// One parcel.
pub struct Submit {
    /// The transaction.
    pub parcel: Parcel,
    /// Whether to answer only once it is finalised or refused.
    pub wait: bool,
    /// The answer.
    pub reply: oneshot::Sender<Submitted>,
}

/// Parts that the ingress works on.
pub struct Parts<E: Runtime> {
    /// The pool.
    pub mempool: Mempool,
    /// What may enter it.
    pub judge: Judge<E>,
    /// Receipts, for what was finalised before.
    pub archive: Archive<E>,
    /// The tip: nothing above it is called final here.
    pub follow: Follow,
    /// Who leads next.
    pub rounds: Rounds,
    /// Whether transactions go to every validator.
    pub tray: Tray,
    /// Where what came in is kept for blocks in brief.
    pub recent: Recent,
    /// Whom work is told.
    pub account: Account,
}

/// Takes submissions in.
pub struct Ingress<E: Runtime, S> {
    context: ContextCell<E>,
    parts: Parts<E>,
    sender: S,
    mailbox: mpsc::Receiver<Submit>,
    /// When the last batch went to every validator.
    sent: SystemTime,
}

impl<E: Runtime, S: Sender<PublicKey = ed25519::PublicKey>> Ingress<E, S> {
    /// Joins the parts.
    pub fn new(context: E, parts: Parts<E>, sender: S, mailbox: mpsc::Receiver<Submit>) -> Self {
        Self {
            context: ContextCell::new(context),
            parts,
            sender,
            mailbox,
            sent: SystemTime::UNIX_EPOCH,
        }
    }

    /// Runs until the node stops.
    pub fn start(mut self) -> Handle<()> {
        spawn_cell!(self.context, self.run())
    }

    async fn run(mut self) {
        let mut stopped = self.context.as_present().stopped();
        let mempool = self.parts.mempool.clone();
        loop {
            let first = select! {
                _ = &mut stopped => return,
                doubted = mempool.doubted() => {
                    if let Err(fault) = self.doubted(doubted).await {
                        fault.stop();
                    }
                    continue;
                },
                first = self.mailbox.recv() => first,
            };
            let Some(first) = first else { return };
            let gather = self.gather();
            self.context.as_present().sleep(gather).await;
            let mut batch = vec![first];
            while batch.len() < BATCH
                && let Ok(more) = self.mailbox.try_recv()
            {
                batch.push(more);
            }
            if let Err(fault) = self.take(batch).await {
                fault.stop();
            }
        }
    }

    /// How long the next batch is gathered.
    fn gather(&self) -> Duration {
        // A clock that was put back has nobody wait for it.
        let now = self.context.as_present().current();
        let since = now.duration_since(self.sent);
        APART.saturating_sub(since.unwrap_or(APART)).max(GATHER)
    }

    async fn take(&mut self, batch: Vec<Submit>) -> Result<(), Fault> {
        self.parts.account.tell(Work::TakenIn(batch.len()));
        let before = self.parts.follow.tip().height;
        let batch = self.known(batch).await?;
        let batch = self.verified(batch);
        let batch = self.admitted(batch).await?;
        let now = self.context.as_present().current();
        let (mut forward, mut held) = (Vec::new(), Vec::new());
        for submit in batch {
            let parcel = Arc::new(submit.parcel);
            let inserted = self.parts.mempool.insert(parcel.clone(), Origin::Here, now);
            match inserted {
                Err(refusal) => reply(submit.reply, Submitted::Refused(refusal)),
                Ok(fresh) => {
                    if fresh {
                        forward.push(parcel.clone());
                    }
                    held.push(parcel.id);
                    self.hold(&parcel, submit.wait, submit.reply);
                }
            }
        }
        self.forward(forward);
        // A block that became final since they were looked up may hold one of them: nothing else would ever say so.
        if self.parts.follow.tip().height > before {
            for id in held {
                if let Some(last) = self.parts.archive.find(&id).await? {
                    self.let_go(&id, &Submitted::Final(last));
                }
            }
        }
        Ok(())
    }

    /// Judges what blocks could not hold, by the state at the tip: only that says what may never stand in a block. What may still waits on.
    async fn doubted(&self, doubted: Vec<Arc<Parcel>>) -> Result<(), Fault> {
        let judge = &self.parts.judge;
        let parcels = doubted.iter().map(|parcel| &**parcel).collect();
        let answers = judge.admit(self.context.as_present(), parcels).await?;
        for (parcel, answer) in doubted.into_iter().zip(answers) {
            if let Err(refusal) = answer {
                let verdict = self.verdict(&parcel.id, refusal).await?;
                self.let_go(&parcel.id, &verdict);
            }
        }
        Ok(())
    }

    /// What is to be said of a transaction that may not stand in the next block. It may have been finalised since it was looked up: then that
    /// is the answer. A node that took a later state over and has not fetched yet what old blocks did cannot tell what may not stand in a
    /// block from what does already: it says neither, and the caller asks again.
    async fn verdict(&self, id: &TransactionId, refusal: Refusal) -> Result<Submitted, Fault> {
        // Asked first: what is fetched meanwhile is found.
        let whole = self
            .parts
            .archive
            .whole(self.parts.follow.tip().height)
            .await;
        Ok(match self.parts.archive.find(id).await? {
            Some(last) => Submitted::Final(last),
            None if !whole => Submitted::Pending(Unit),
            None => Submitted::Refused(refusal),
        })
    }

    /// Answers one who waits.
    fn tell(&self, sender: oneshot::Sender<Submitted>, verdict: Submitted) {
        match verdict {
            Submitted::Final(last) => self.settled(sender, last),
            other => reply(sender, other),
        }
    }

    /// Holds a transaction no longer, and answers all who wait for it.
    fn let_go(&self, id: &TransactionId, verdict: &Submitted) {
        for waiter in self.parts.mempool.let_go(id) {
            self.tell(waiter, verdict.clone());
        }
    }

    fn hold(&self, parcel: &Parcel, wait: bool, sender: oneshot::Sender<Submitted>) {
        if !wait {
            return reply(sender, Submitted::Pending(Unit));
        }
        // It can only have left the pool again by being refused in this instant; the caller asks again.
        if let Some(sender) = self.parts.mempool.wait(&parcel.id, sender) {
            reply(sender, Submitted::Pending(Unit));
        }
    }

    /// Answers what is finalised already or has no lawful shape; gives back the rest.
    async fn known(&self, batch: Vec<Submit>) -> Result<Vec<Submit>, Fault> {
        let mut rest = Vec::with_capacity(batch.len());
        for submit in batch {
            if let Some(last) = self.parts.archive.find(&submit.parcel.id).await? {
                self.settled(submit.reply, last);
            } else if let Err(refusal) = submit.parcel.transaction.shape() {
                reply(submit.reply, Submitted::Refused(refusal));
            } else {
                rest.push(submit);
            }
        }
        Ok(rest)
    }

    /// Calls a transaction final, at once or as soon as the tip has reached it: the archive takes an outcome before it is durable here
    /// and before the tip moves, and who was told of a height must find the node at it.
    fn settled(&self, sender: oneshot::Sender<Submitted>, last: Finalized) {
        let (mempool, follow) = (&self.parts.mempool, &self.parts.follow);
        mempool.tell_at(last, sender);
        mempool.reached(follow.tip().height);
    }

    fn verified(&mut self, batch: Vec<Submit>) -> Vec<Submit> {
        let parcels = batch.iter().map(|submit| &submit.parcel);
        let judge = &self.parts.judge;
        let answers = judge.verify(self.context.as_present_mut(), parcels);
        let mut rest = Vec::with_capacity(batch.len());
        for (submit, answer) in batch.into_iter().zip(answers) {
            match answer {
                Ok(()) => rest.push(submit),
                Err(refusal) => reply(submit.reply, Submitted::Refused(refusal)),
            }
        }
        rest
    }

    /// Asks the contracts, by the state at the tip, whether each may stand in the next block.
    async fn admitted(&self, batch: Vec<Submit>) -> Result<Vec<Submit>, Fault> {
        let parcels = batch.iter().map(|submit| &submit.parcel).collect();
        let judge = &self.parts.judge;
        let answers = judge.admit(self.context.as_present(), parcels).await?;
        let mut rest = Vec::with_capacity(batch.len());
        for (submit, answer) in batch.into_iter().zip(answers) {
            let Err(refusal) = answer else {
                rest.push(submit);
                continue;
            };
            let verdict = self.verdict(&submit.parcel.id, refusal).await?;
            self.tell(submit.reply, verdict);
        }
        Ok(rest)
    }

    fn forward(&mut self, transactions: Vec<Arc<Parcel>>) {
        let (rounds, recent) = (&self.parts.rounds, &self.parts.recent);
        let everybody = self.parts.tray.applies(&self.parts.follow.tip());
        if everybody {
            let each = transactions.iter();
            each.for_each(|one| recent.keep(one.fingerprint, one.bytes.clone()));
        }
        let leaders = match everybody {
            true => rounds.validators(),
            false => rounds.next_leaders(),
        };
        if leaders.is_empty() || transactions.is_empty() {
            return;
        }
        if everybody {
            self.sent = self.context.as_present().current();
        }
        for message in wire::pack(transactions.iter().map(|one| one.bytes.clone())) {
            // What is lost on the way is forwarded again by the actor.
            let _ = self
                .sender
                .send(Recipients::Some(leaders.clone()), message.encode(), false);
        }
    }
}

/// Whoever stopped waiting is not there to hear the answer.
fn reply(sender: oneshot::Sender<Submitted>, answer: Submitted) {
    let _ = sender.send(answer);
}
