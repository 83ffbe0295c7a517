//! What the engine asks of the ledger: build a block, check one, keep what a finalised one did.
//!
//! A validator executes every block itself and compares every root, the canonical state root among them. A rule
//! that a block and its parents settle may reject it; this node's own clock may only delay. Nothing here
//! waits for work: pacing stands in front of the engine (`pace`), because finalisations queue
//! behind a proposal that is being built.
use crate::archive::Archive;
use crate::brief::Tray;
use crate::execution::{Executed, Rules, Screened, Writes};
use crate::fault::Fault;
use crate::follow::Follow;
use crate::lawful::{agrees, fits, follows};
use crate::mempool::Mempool;
use crate::rosters::Rosters;
use crate::store::{self, Databases, Roots, Runtime, Sealed};
use crate::tip_cache::TipCache;
use crate::verify::{Subject, Verifier};
use crate::work::{Account, Load, Work};
use amanat_contracts::Env;
use amanat_types::block::{Block, Context, Header, Parcel, Payload, Scheme, VERSION};
use amanat_types::wire::BlockEvents;
use amanat_types::{Digest, Height, TimestampMs, Transaction, limits};
use commonware_consensus::marshal::ancestry::Ancestry;
use commonware_cryptography::Digestible as _;
use commonware_glue::stateful::db::DatabaseSet;
use commonware_glue::stateful::{self, Finality, Input, Proposed};
use commonware_runtime::Handle;
use commonware_utils::sync::Mutex;
use futures::StreamExt as _;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// How far a block's time may be ahead of this node's clock before the node waits.
const SKEW_MS: u64 = 500;

/// Blocks executed and not yet finalised, by height and digest.
type Outcomes = BTreeMap<(u64, Digest), Done>;

/// What a block did.
struct Done {
    outcome: Arc<BlockEvents>,
    writes: Writes,
}

/// Parts of the application that its clones share.
pub struct Parts<E: Runtime> {
    /// The rules.
    pub rules: Rules,
    /// The block of height 0.
    pub genesis: Block,
    /// Transactions that wait.
    pub mempool: Mempool,
    /// Signatures that were verified.
    pub verifier: Verifier,
    /// Receipts and events.
    pub archive: Archive<E>,
    /// The tip.
    pub follow: Follow,
    /// Values at the tip.
    pub cache: TipCache,
    /// Who validates in which epoch.
    pub rosters: Rosters,
    /// What this node proposed.
    pub tray: Tray,
    /// Whom work is told.
    pub account: Account,
}

/// The ledger as the engine sees it.
pub struct Application<E: Runtime> {
    parts: Arc<Parts<E>>,
    outcomes: Arc<Mutex<Outcomes>>,
}

impl<E: Runtime> Clone for Application<E> {
    fn clone(&self) -> Self {
        Self {
            parts: self.parts.clone(),
            outcomes: self.outcomes.clone(),
        }
    }
}

/// Milliseconds since 1970 on `clock`.
pub fn now_ms(clock: &impl commonware_runtime::Clock) -> u64 {
    let since = clock.current().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

impl<E: Runtime> Application<E> {
    /// Joins the parts.
    pub fn new(parts: Parts<E>) -> Self {
        Self {
            parts: Arc::new(parts),
            outcomes: Arc::default(),
        }
    }

    fn remember(&self, digest: Digest, outcome: BlockEvents, writes: Writes) {
        let key = (outcome.height.get(), digest);
        let outcome = Arc::new(outcome);
        let done = Done { outcome, writes };
        self.outcomes.lock().insert(key, done);
    }

    /// Takes what waits, drops what may not stand in this block, and runs the rest.
    async fn build(
        &self,
        context: &mut E,
        env: &Env,
        batches: store::Batches<E>,
    ) -> Result<(Payload, Executed, store::Stage<E>), Fault> {
        let bytes = limits::block_bytes(env.protocol, self.parts.rosters.count(env.epoch));
        let mut picked = self.parts.mempool.take(bytes);
        self.drop_unsigned(context, &mut picked);
        let transactions: Vec<_> = picked.iter().map(|item| &item.transaction).collect();
        let rules = &self.parts.rules;
        let (loaded, stage) = rules.load(env.height, batches, &transactions).await?;
        if !transactions.is_empty() {
            self.parts.mempool.learn(Rules::quotas(&loaded)?);
        }
        let mut screened = Rules::screen(env, &loaded, &transactions)?.into_iter();
        let parent = Height::new(env.height.get().saturating_sub(1));
        let tip = self.parts.follow.tip().height;
        picked.retain(|item| match screened.next() {
            Some(Screened::Admitted) => true,
            Some(Screened::Refused(_)) => {
                self.parts.mempool.doubt(&item.id, parent, tip);
                false
            }
            Some(Screened::Later) | None => false,
        });
        let parcels = picked.iter().map(|item| Parcel::clone(item)).collect();
        let payload = Payload::new(parcels)
            .map_err(|error| Fault::Contract(format!("the block does not hold: {error}")))?;
        match rules.execute(env, loaded, payload.transactions())? {
            Ok(executed) => {
                self.executed(payload.transactions());
                Ok((payload, executed, stage))
            }
            Err(refusal) => Err(Fault::Contract(format!(
                "a screened transaction was refused: {}",
                refusal.name()
            ))),
        }
    }

    fn drop_unsigned(&self, context: &mut E, picked: &mut Vec<Arc<Parcel>>) {
        let subjects: Vec<Subject<'_>> = picked.iter().map(|item| Subject::from(&**item)).collect();
        let answers = self.parts.verifier.verify(context, &subjects);
        let mut answers = answers.into_iter();
        picked.retain(|item| match answers.next() {
            Some(Err(refusal)) => {
                self.parts.mempool.refuse(&item.id, refusal);
                false
            }
            _ => true,
        });
    }

    fn executed(&self, transactions: &[Transaction]) {
        let account = &self.parts.account;
        account.tell_with(|| Work::Executed(Load::of(transactions)));
    }

    /// Executes `block` on its parent's state; `None` if it holds what may not stand in a block.
    async fn run(
        &self,
        block: &Block,
        parent: &Header,
        batches: store::Batches<E>,
    ) -> Result<Option<(Executed, Sealed<E>, Roots)>, Fault> {
        let transactions = block.payload().transactions();
        let env = self.parts.rules.env(parent, block.header().time);
        let all: Vec<_> = transactions.iter().collect();
        let rules = &self.parts.rules;
        let (loaded, stage) = rules.load(env.height, batches, &all).await?;
        let Ok(executed) = rules.execute(&env, loaded, transactions)? else {
            return Ok(None);
        };
        self.executed(transactions);
        let (sealed, roots) = store::seal(stage, &executed.writes).await?;
        Ok(Some((executed, sealed, roots)))
    }
}

/// What `capture` hands to `finalized`: what the block did and the handle that resolves once it is durable.
pub struct Captured {
    done: Done,
    durable: Handle<()>,
}

impl<E: Runtime> stateful::Application<E> for Application<E> {
    type SigningScheme = Scheme;
    type Context = Context;
    type Block = Block;
    type Databases = Databases<E>;
    type Captured = Captured;
    type Provider = ();
    type Input = ();

    fn sync_targets(block: &Block) -> <Databases<E> as DatabaseSet<E>>::SyncTargets {
        let header = block.header();
        (header.records.clone(), header.bodies.clone())
    }

    async fn genesis(&mut self) -> Block {
        self.parts.genesis.clone()
    }

    async fn propose(
        &mut self,
        context: (E, Context),
        ancestry: impl Ancestry<Block>,
        batches: store::Batches<E>,
        _: Input<(), ()>,
    ) -> Option<Proposed<Self, E>> {
        let (mut runtime, context) = context;
        let mut ancestry = Box::pin(ancestry);
        let parent = ancestry.next().await?;
        let parent = parent.inner().header();
        let first = parent.height.get() == 0;
        let latest = parent.time.plus(limits::BLOCK_TIME_STEP_MS_MAX).get();
        let now = now_ms(&runtime).max(parent.time.plus(1).get());
        let time = TimestampMs::new(if first { now } else { now.min(latest) });
        let env = self.parts.rules.env(parent, time);
        let built = self.build(&mut runtime, &env, batches).await;
        let (payload, executed, stage) = built.unwrap_or_else(|fault| fault.stop());
        let sealed = store::seal(stage, &executed.writes).await;
        let (merkleized, roots) = sealed.unwrap_or_else(|fault| fault.stop());
        let header = Header {
            version: VERSION,
            context,
            parent: parent.digest(),
            height: env.height,
            time,
            protocol: env.protocol,
            transactions_root: payload.root(),
            receipts_root: executed.receipts_root,
            events_root: executed.events_root,
            state_root: roots.state,
            records: roots.records,
            bodies: roots.bodies,
            next: executed.next,
        };
        let block = Block::new(header, payload);
        let mempool = &self.parts.mempool;
        mempool.placed(env.height, block.payload().ids());
        self.parts.tray.keep(&block);
        self.remember(block.digest(), executed.outcome, executed.writes);
        Some(Proposed { block, merkleized })
    }

    async fn process(
        &mut self,
        context: (E, Context),
        ancestry: impl Ancestry<Block>,
        batches: store::Batches<E>,
        finality: Finality,
    ) -> Option<Sealed<E>> {
        let (mut runtime, _) = context;
        let mut ancestry = Box::pin(ancestry);
        let shared = ancestry.next().await?;
        let parent = ancestry.next().await?;
        let (block, parent) = (shared.inner(), parent.inner().header());
        let header = block.header();
        if finality == Finality::Candidate {
            let last = self.parts.rules.is_last(header.height);
            let validators = self.parts.rosters.count(header.epoch());
            if !follows(header, parent, last) || !fits(block, validators) {
                return None;
            }
            let ahead = header.time.get().saturating_sub(now_ms(&runtime));
            if ahead > SKEW_MS {
                runtime.sleep(Duration::from_millis(ahead - SKEW_MS)).await;
            }
            if !self.parts.verifier.signed(&mut runtime, block.payload()) {
                return None;
            }
        }
        let result = self.run(block, parent, batches).await;
        let (executed, sealed, roots) = result.unwrap_or_else(|fault| fault.stop())?;
        if !agrees(header, &executed, &roots) {
            if finality == Finality::Finalized {
                Fault::Diverged(header.height).stop();
            }
            return None;
        }
        let mempool = &self.parts.mempool;
        mempool.placed(header.height, block.payload().ids());
        self.remember(shared.digest(), executed.outcome, executed.writes);
        Some(sealed)
    }

    async fn capture(
        &mut self,
        _: (E, Context),
        block: &Block,
        _: &Sealed<E>,
        _: <Databases<E> as DatabaseSet<E>>::Readers,
    ) -> Captured {
        let height = block.header().height;
        let done = {
            let mut outcomes = self.outcomes.lock();
            let found = outcomes.remove(&(height.get(), block.digest()));
            // Nothing at or below this height can be finalised any more.
            *outcomes = outcomes.split_off(&(height.get() + 1, Digest::from([0; 32])));
            found
        };
        let done = done.unwrap_or_else(|| Fault::OutcomeMissing(height).stop());
        let put = self.parts.archive.put(block.digest(), &done.outcome).await;
        self.parts.follow.announce(Arc::new(block.header().clone()));
        Captured {
            done,
            durable: put.unwrap_or_else(|fault| fault.stop()),
        }
    }

    async fn finalized(
        &mut self,
        _: (E, Context),
        block: &Block,
        captured: Captured,
        _: <Databases<E> as DatabaseSet<E>>::Readers,
    ) {
        // The databases have the writes since a moment.
        let header = Arc::new(block.header().clone());
        let Captured { done, durable } = captured;
        self.parts.cache.advance(Arc::clone(&header), &done.writes);
        match durable.await {
            Ok(()) => {}
            // The runtime is stopping: nothing was acknowledged, the block comes again.
            Err(commonware_runtime::Error::Closed | commonware_runtime::Error::Aborted) => return,
            Err(error) => Fault::storage("outcomes", error).stop(),
        }
        let load = || Work::Finalised(Load::of(block.payload().transactions()));
        self.parts.account.tell_with(load);
        self.parts.follow.advance(header);
        self.parts.mempool.settle(&done.outcome);
    }
}
