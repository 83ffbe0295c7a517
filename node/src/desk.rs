//! Reads: finds what the handle asks for and proves it.
//!
//! Each request runs as a task of its own on the node's runtime, so a slow one holds up no other; how many
//! there are is bounded by the connections of the API and by the mailbox. But releases that wait together
//! are one task: those of which all is in memory are judged at once, and the others read beside each other.
use crate::archive::Archive;
use crate::boundaries::Boundaries;
use crate::execution::{Rules, event_leaves, receipt_leaves};
use crate::fault::Fault;
use crate::follow::Follow;
use crate::handle::{Request, Unavailable, sound};
use crate::past::Headers;
use crate::release::{TOGETHER, answer, together};
use crate::store::{self, Databases, Loaded, Runtime};
use crate::tip_cache::TipCache;
use amanat_contracts::{explain, release};
use amanat_types::block::Header;
use amanat_types::codec::List;
use amanat_types::explain::{ExplainQuestion, Explanation};
use amanat_types::proof::{FinalizedHeader, ReceiptProof, StateProof};
use amanat_types::wire::{
    EVENT_BLOCKS_MAX, EventPage, Finalized, ReleaseAnswer, ReleaseQuestion, StateAnswer,
};
use amanat_types::{Height, StateKey, TimestampMs, TransactionId, merkle};
use commonware_codec::EncodeSize as _;
use commonware_macros::select_loop;
use commonware_runtime::{ContextCell, Handle, spawn_cell};
use commonware_utils::channel::{mpsc, oneshot};
use commonware_utils::sync::Mutex;
use futures::future::join_all;
use std::sync::Arc;
use std::time::Duration;

/// Heights looked at for one page of the feed.
const FEED_HEIGHTS_MAX: u64 = 512;
/// Bytes in one page of the feed, unless one block alone is larger.
const FEED_BYTES: usize = 4 * 1024 * 1024;

/// How often, and how far apart, a certificate is looked for that may still be on its way: of one of so many newest blocks.
const CERTIFICATE_LOOKS: usize = 15;
const CERTIFICATE_PAUSE: Duration = Duration::from_millis(200);
const CERTIFICATE_BLOCKS: u64 = 64;

/// Parts that reads work on.
pub struct Parts<E: Runtime> {
    /// Receipts and events.
    pub archive: Archive<E>,
    /// The state.
    pub databases: Databases<E>,
    /// Those of its values that are in memory.
    pub cache: TipCache,
    /// Blocks, headers and certificates.
    pub headers: Headers<E>,
    /// The tip.
    pub follow: Follow,
    /// The rules, for the founding state before the first block writes it.
    pub rules: Rules,
    /// The last header of each epoch.
    pub boundaries: Boundaries<E>,
}

impl<E: Runtime> Clone for Parts<E> {
    fn clone(&self) -> Self {
        Self {
            archive: self.archive.clone(),
            databases: self.databases.clone(),
            cache: self.cache.clone(),
            headers: self.headers.clone(),
            follow: self.follow.clone(),
            rules: self.rules.clone(),
            boundaries: self.boundaries.clone(),
        }
    }
}

/// Hands requests to tasks.
pub struct Desk<E: Runtime> {
    context: ContextCell<E>,
    parts: Parts<E>,
    mailbox: mpsc::Receiver<Request>,
}

impl<E: Runtime> Desk<E> {
    /// Joins the parts.
    pub fn new(context: E, parts: Parts<E>, mailbox: mpsc::Receiver<Request>) -> Self {
        Self {
            context: ContextCell::new(context),
            parts,
            mailbox,
        }
    }

    /// Runs until the node stops.
    pub fn start(mut self) -> Handle<()> {
        spawn_cell!(self.context, self.run())
    }

    async fn run(mut self) {
        select_loop! {
            self.context,
            on_stopped => {},
            Some(request) = self.mailbox.recv() else break => {
                self.hand_out(request);
            },
        }
    }

    /// Hands out a request and those that wait behind it, as many as are judged in one go.
    fn hand_out(&mut self, first: Request) {
        let mut releases = Vec::new();
        let rest = std::iter::from_fn(|| self.mailbox.try_recv().ok());
        let requests: Vec<_> = std::iter::once(first).chain(rest).take(TOGETHER).collect();
        for request in requests {
            match request {
                Request::Release(question, reply) => releases.push((question, reply)),
                request => self.spawn(|parts, clock| parts.serve(clock, request)),
            }
        }
        if !releases.is_empty() {
            self.spawn(|parts, clock| parts.releases(clock, releases));
        }
    }

    fn spawn<F: Future<Output = ()> + Send + 'static>(
        &self,
        work: impl FnOnce(Parts<E>, E) -> F + Send + 'static,
    ) {
        let parts = self.parts.clone();
        let context = self.context.as_present().child("read");
        context.spawn(move |clock| work(parts, clock));
    }
}

/// A release that is asked for, and who waits for the answer.
type Waiting = (ReleaseQuestion, oneshot::Sender<ReleaseAnswer>);

impl<E: Runtime> Parts<E> {
    /// Answers one request; whoever stopped waiting is not there to hear it.
    async fn serve(self, clock: E, request: Request) {
        match request {
            Request::Receipt(id, reply) => {
                let known = sound(self.known(self.receipt(&clock, &id)).await);
                let _ = reply.send(known.and_then(Option::transpose));
            }
            Request::Find(id, reply) => {
                let _ = reply.send(sound(self.known(self.find(&id)).await));
            }
            Request::Feed(from, limit, reply) => {
                let _ = reply.send(sound(self.feed(from, limit).await));
            }
            Request::State(keys, reply) => {
                let _ = reply.send(sound(self.state(keys).await));
            }
            Request::Release(question, reply) => {
                self.releases(clock, vec![(question, reply)]).await
            }
            Request::Explain(question, reply) => {
                let _ = reply.send(sound(self.explain(&question).await));
            }
            Request::Claim(key, reply) => {
                let _ = reply.send(sound(self.claim(&clock, key).await));
            }
            Request::Header(height, reply) => {
                let _ = reply.send(sound(self.headers.finalized(height).await));
            }
            Request::Block(height, reply) => {
                let _ = reply.send(self.headers.block(height).await);
            }
        }
    }

    /// Answers with what became of a transaction, but not that nothing did while it may stand in a block whose outcome is still to be fetched.
    async fn known<T>(
        &self,
        answer: impl Future<Output = Result<Option<T>, Fault>>,
    ) -> Result<Result<Option<T>, Unavailable>, Fault> {
        // Asked before: what is fetched meanwhile may be what was looked for.
        let whole = self.archive.whole(self.follow.tip().height).await;
        let answer = answer.await?;
        Ok(match whole || answer.is_some() {
            true => Ok(answer),
            false => Err(Unavailable::Fetching),
        })
    }

    /// A header at or below the tip with what proves it. The certificate may come a little after its block, and is waited for.
    async fn finalized(
        &self,
        clock: &E,
        height: Height,
    ) -> Result<Result<FinalizedHeader, Unavailable>, Fault> {
        for _ in 0..CERTIFICATE_LOOKS {
            if let Some(header) = self.headers.finalized(height).await? {
                return Ok(Ok(header));
            }
            let tip = self.follow.tip().height.get();
            if !(height.get()..height.get().saturating_add(CERTIFICATE_BLOCKS)).contains(&tip) {
                break;
            }
            clock.sleep(CERTIFICATE_PAUSE).await;
        }
        Ok(Err(Unavailable::Certificate))
    }

    /// What became of a transaction at or below the tip: the archive takes an outcome before it is durable here.
    async fn find(&self, id: &TransactionId) -> Result<Option<Finalized>, Fault> {
        let found = self.archive.find(id).await?;
        Ok(found.filter(|last| last.height <= self.follow.tip().height))
    }

    /// What became of a transaction at or below the tip, and proof of it unless that is not here.
    async fn receipt(
        &self,
        clock: &E,
        id: &TransactionId,
    ) -> Result<Option<Result<ReceiptProof, Unavailable>>, Fault> {
        let placed = self.archive.placed(id).await?;
        let placed = placed.filter(|(place, _)| place.height <= self.follow.tip().height);
        let Some((place, outcome)) = placed else {
            return Ok(None);
        };
        let missing = || Fault::OutcomeMissing(place.height);
        let at = usize::try_from(place.position).unwrap_or(usize::MAX);
        let receipt = outcome.receipts.get(at).ok_or_else(missing)?.clone();
        let events = outcome.events.get(at).ok_or_else(missing)?.clone();
        let receipts = merkle::tree(receipt_leaves(&outcome).iter());
        let all_events = merkle::tree(event_leaves(&outcome).iter());
        let header = match self.finalized(clock, place.height).await? {
            Ok(header) => header,
            Err(unavailable) => return Ok(Some(Err(unavailable))),
        };
        let Some(boundaries) = self.boundaries.before(header.header.epoch()) else {
            return Ok(Some(Err(Unavailable::Certificate)));
        };
        Ok(Some(Ok(ReceiptProof {
            boundaries,
            header,
            position: place.position,
            receipt,
            receipt_path: receipts.proof(place.position).map_err(|_| missing())?,
            events,
            events_path: all_events.proof(place.position).map_err(|_| missing())?,
        })))
    }

    /// A page of outcomes; nothing while the blocks from `from` on are still being fetched.
    async fn feed(&self, from: Height, limit: usize) -> Result<Option<EventPage>, Fault> {
        let tip = self.follow.tip();
        let mut blocks = Vec::new();
        let mut bytes = 0;
        let mut at = from.get().max(1);
        let end = tip.height.get().min(at.saturating_add(FEED_HEIGHTS_MAX));
        // A page of none would never get on.
        let limit = limit.clamp(1, EVENT_BLOCKS_MAX);
        // Old outcomes come from the top down, so nothing is missing from the first that is here up to the tip.
        let first = self.archive.first().await;
        if at <= end && first.is_none_or(|first| at < first.get()) {
            return Ok(None);
        }
        while at <= end && blocks.len() < limit && bytes < FEED_BYTES {
            let height = Height::new(at);
            let outcome = self.archive.outcome(height).await?;
            let outcome = outcome.ok_or(Fault::OutcomeMissing(height))?;
            if !outcome.events.is_empty() {
                bytes += outcome.encode_size();
                blocks.push(outcome);
            }
            at += 1;
        }
        Ok(Some(EventPage {
            tip: tip.height,
            time_ms: tip.time,
            next: Height::new(at),
            blocks: List::new(blocks).unwrap_or_else(|_| List::empty()),
        }))
    }

    /// Values of `keys` at one finalised header, and of what `more` names once those are known, at the same.
    async fn at_tip(
        &self,
        keys: &[StateKey],
        more: impl Fn(&Loaded) -> Result<Vec<StateKey>, Fault>,
    ) -> Result<(Arc<Header>, Loaded), Fault> {
        loop {
            if let Some(found) = self.in_memory(keys, &more)? {
                self.cache.count_memory();
                return Ok(found);
            }
            if let Some((header, mut loaded)) = self.read(keys).await? {
                let more = more(&loaded)?;
                let extra = match more.is_empty() {
                    true => Some(Loaded::new()),
                    false => {
                        let extra = self.read(&more).await?;
                        let same = extra.filter(|(again, _)| again.height == header.height);
                        same.map(|(_, extra)| extra)
                    }
                };
                if let Some(mut extra) = extra {
                    loaded.append(&mut extra);
                    self.cache.fill(&header, &loaded);
                    self.cache.count_databases();
                    return Ok((header, loaded));
                }
            }
            commonware_runtime::reschedule().await;
        }
    }

    /// The same, if all of it is in memory.
    fn in_memory(
        &self,
        keys: &[StateKey],
        more: impl Fn(&Loaded) -> Result<Vec<StateKey>, Fault>,
    ) -> Result<Option<(Arc<Header>, Loaded)>, Fault> {
        let looked = self.cache.look(|tip| {
            let Some(mut loaded) = tip.load(keys) else {
                return Ok(None);
            };
            let Some(mut extra) = tip.load(&more(&loaded)?) else {
                return Ok(None);
            };
            loaded.append(&mut extra);
            Ok(Some((Arc::clone(tip.header), loaded)))
        });
        looked.unwrap_or(Ok(None))
    }

    async fn read(&self, keys: &[StateKey]) -> Result<Option<(Arc<Header>, Loaded)>, Fault> {
        let stood = Mutex::new(None);
        let read = store::values(&self.databases, keys, |root, end| {
            // Only the state before the first block is no header's: the tip is that of height 0 then, and is asked for before it may move.
            let tip = self.follow.tip();
            *stood.lock() = self.follow.with_state(root).or(Some(tip));
            self.follow.stands(root, end)
        });
        let read = read.await?;
        let (Some(mut loaded), Some(header)) = (read, stood.into_inner()) else {
            return Ok(None);
        };
        if header.height.get() == 0 {
            self.rules.found(header.height, &mut loaded);
        }
        Ok(Some((header, loaded)))
    }

    async fn state(&self, keys: Vec<StateKey>) -> Result<StateAnswer, Fault> {
        let (header, loaded) = self.at_tip(&keys, |_| Ok(Vec::new())).await?;
        let values = keys.iter().map(|key| {
            let value = loaded.get(key).cloned().flatten();
            value.and_then(|value| List::new(value).ok())
        });
        Ok(StateAnswer {
            height: header.height,
            time_ms: header.time,
            values: List::new(values.collect()).unwrap_or_else(|_| List::empty()),
        })
    }

    /// Judges releases by the finalised state and by this node's own clock: those whose values are in memory, then the others
    /// beside each other.
    async fn releases(self, clock: E, waiting: Vec<Waiting>) {
        let now = TimestampMs::new(crate::application::now_ms(&clock));
        let questions = waiting.iter().map(|(question, _)| question);
        let answers = together(&self.cache, questions, now);
        let mut others = Vec::new();
        for ((question, reply), answer) in waiting.into_iter().zip(answers) {
            match answer {
                Some(answer) => {
                    self.cache.count_memory();
                    let _ = reply.send(sound(answer));
                }
                None => others.push((question, reply)),
            }
        }
        // In this task, which would end what it spawned when it ends.
        let others = others.into_iter().map(async |(question, reply)| {
            let _ = reply.send(sound(self.release(&question, now).await));
        });
        join_all(others).await;
    }

    async fn release(
        &self,
        question: &ReleaseQuestion,
        now: TimestampMs,
    ) -> Result<ReleaseAnswer, Fault> {
        let request = &question.request;
        let broken = |fault: amanat_contracts::Fault| Fault::Contract(fault.to_string());
        let keys = release::first_keys(request);
        let (header, loaded) = self
            .at_tip(&keys, |loaded| {
                let ticket = release::ticket(request, loaded).map_err(broken)?;
                Ok(ticket.as_ref().map(release::basis_keys).unwrap_or_default())
            })
            .await?;
        let ticket = release::ticket(request, &loaded).map_err(broken)?;
        let tip = release::Tip {
            height: header.height,
            time_ms: header.time,
        };
        let requester = question.requester;
        let ticket = ticket.as_ref();
        answer(release::judge(
            request, requester, tip, now, ticket, &loaded,
        ))
    }

    /// Says what would become of a request at the tip.
    async fn explain(&self, question: &ExplainQuestion) -> Result<Explanation, Fault> {
        let broken = |fault: amanat_contracts::Fault| Fault::Contract(fault.to_string());
        let keys = explain::keys(question);
        let (header, loaded) = self
            .at_tip(&keys, |loaded| {
                explain::more_keys(question, loaded).map_err(broken)
            })
            .await?;
        let tip = explain::Tip {
            height: header.height,
            time_ms: header.time,
        };
        explain::explain(question, tip, &loaded).map_err(broken)
    }

    async fn claim(
        &self,
        clock: &E,
        key: StateKey,
    ) -> Result<Result<Option<StateProof>, Unavailable>, Fault> {
        let (root, claim) = loop {
            if self.follow.tip().height.get() == 0 {
                return Ok(Ok(None));
            }
            let read = store::claim(&self.databases, &key, |root, end| {
                self.follow.stands(root, end)
            });
            match read.await? {
                Some(found) => break found,
                None => commonware_runtime::reschedule().await,
            }
        };
        let Some(header) = self.follow.with_state(&root) else {
            return Ok(Err(Unavailable::Certificate));
        };
        // Before anything is said of it.
        self.cache.saw(header.height);
        let header = match self.finalized(clock, header.height).await? {
            Ok(header) => header,
            Err(unavailable) => return Ok(Err(unavailable)),
        };
        let Some(boundaries) = self.boundaries.before(header.header.epoch()) else {
            return Ok(Err(Unavailable::Certificate));
        };
        Ok(Ok(Some(StateProof {
            boundaries,
            header,
            key,
            claim,
        })))
    }
}
