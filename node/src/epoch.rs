//! One consensus engine an epoch.
//!
//! Votes, certificates and their resolver are muxed by epoch from epoch 0 on. When the last block of an epoch is
//! finalised the next engine starts from it and only then is the block acknowledged: a crash in between
//! meets the block again. A peer that speaks of a later epoch is asked for the boundary that is missing here, and again in each epoch up to
//! the one that it spoke of: who was away for many need not hear of them in each.
use crate::boundaries::Boundaries;
use crate::fault::Fault;
use crate::handle::sound;
use crate::network::{Blocks, Channel, Receives, Sends};
use crate::rosters::Rosters;
use crate::store::Runtime;
use crate::turns::{self, Turns};
use amanat_types::Digest;
use amanat_types::block::{Block, Context, Header, Scheme};
use amanat_types::codec::List;
use amanat_types::proof::{Finalization, FinalizedHeader};
use commonware_actor::Feedback;
use commonware_consensus::marshal::{Update, core, standard::Standard};
use commonware_consensus::simplex::{
    self, Engine, Floor, ForwardPolicy, Plan, SkipBudget, SkipPolicy, types::Activity,
};
use commonware_consensus::types::{Epoch, Epocher as _, FixedEpocher, Height, ViewDelta};
use commonware_consensus::{CertifiableAutomaton, Heightable as _, Relay, Reporter};
use commonware_cryptography::certificate::Scheme as _;
use commonware_cryptography::ed25519;
use commonware_macros::select;
use commonware_p2p::utils::mux::{Builder as _, MuxHandle, Muxer};
use commonware_parallel::Sequential;
use commonware_runtime::{ContextCell, Handle, buffer::paged::CacheRef, spawn_cell};
use commonware_utils::acknowledgement::{Acknowledgement as _, Exact};
use commonware_utils::channel::mpsc;
use commonware_utils::vec::NonEmptyVec;
use commonware_utils::{NZDuration, NZUsize};
use std::time::Duration;

/// How often a boundary's certificate is looked for that is still being stored.
const CERTIFICATE: Duration = Duration::from_millis(50);

type Marshal = core::Mailbox<Scheme, Standard<Block>>;
type Backup = mpsc::Receiver<(u64, commonware_p2p::Message<ed25519::PublicKey>)>;

/// A finalised block and what must be acknowledged once it is dealt with.
pub struct Finalised {
    height: Height,
    acknowledgement: Exact,
}

/// Receives finalised blocks for the [`Actor`]. A boundary block's roster is known before anything else hears of the block.
#[derive(Clone)]
pub struct Mailbox {
    sender: mpsc::UnboundedSender<Finalised>,
    rosters: Rosters,
}

impl Reporter for Mailbox {
    type Activity = Update<Block>;

    fn report(&mut self, update: Update<Block>) -> Feedback {
        let Update::Block(block, acknowledgement) = update else {
            return Feedback::Ok;
        };
        let header = block.inner().header();
        if let Some(next) = &header.next {
            let epoch = header.epoch().saturating_add(1);
            self.rosters.learn(epoch, next.roster.clone());
        }
        let finalised = Finalised {
            height: block.height(),
            acknowledgement,
        };
        match self.sender.send(finalised) {
            Ok(()) => Feedback::Ok,
            Err(_) => Feedback::Closed,
        }
    }
}

/// Makes the actor's mailbox, which is one of marshal's reporters.
///
/// Marshal hands out a bounded number of blocks ahead of their acknowledgements, which bounds this channel.
#[expect(
    clippy::disallowed_methods,
    reason = "marshal bounds what is under way; a full bounded channel would drop a finalised block"
)]
pub fn mailbox(rosters: Rosters) -> (Mailbox, mpsc::UnboundedReceiver<Finalised>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Mailbox { sender, rosters }, receiver)
}

/// What an engine of any epoch is made of.
pub struct Settings<E: Runtime, A, B> {
    /// Automaton, relay and reporter.
    pub application: A,
    /// Cuts peers off.
    pub blocker: B,
    /// Who votes in which epoch.
    pub rosters: Rosters,
    /// The last header of each epoch.
    pub boundaries: Boundaries<E>,
    /// Delivers and finds blocks.
    pub marshal: Marshal,
    /// Which heights belong to which epoch.
    pub epocher: FixedEpocher,
    /// Header of the block of height 0.
    pub genesis: Header,
    /// Prefix of partitions.
    pub prefix: String,
    /// Cache of journals.
    pub cache: CacheRef,
}

struct Muxes<S: Sends> {
    votes: MuxHandle<S>,
    certificates: MuxHandle<S>,
    resolver: MuxHandle<S>,
}

/// The engine that runs; it is stopped when this is dropped.
struct Active {
    epoch: Epoch,
    handle: Handle<()>,
}

impl Drop for Active {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

/// Runs the engines one after the other.
pub struct Actor<E: Runtime, A, B> {
    context: ContextCell<E>,
    settings: Settings<E, A, B>,
    mailbox: mpsc::UnboundedReceiver<Finalised>,
    /// Who spoke of a later epoch last, and of which.
    ahead: Option<(u64, ed25519::PublicKey)>,
}

impl<E, A, B> Actor<E, A, B>
where
    E: Runtime,
    A: CertifiableAutomaton<Context = Context, Digest = Digest>
        + Relay<Digest = Digest, PublicKey = ed25519::PublicKey, Plan = Plan<ed25519::PublicKey>>
        + Reporter<Activity = Activity<Scheme, Digest>>,
    B: Blocks,
{
    /// Joins the parts.
    pub fn new(
        context: E,
        settings: Settings<E, A, B>,
        mailbox: mpsc::UnboundedReceiver<Finalised>,
    ) -> Self {
        Self {
            context: ContextCell::new(context),
            settings,
            mailbox,
            ahead: None,
        }
    }

    /// Runs until the node stops.
    pub fn start<S: Sends, R: Receives>(
        mut self,
        votes: Channel<S, R>,
        certificates: Channel<S, R>,
        resolver: Channel<S, R>,
    ) -> Handle<()> {
        spawn_cell!(self.context, self.run(votes, certificates, resolver))
    }

    async fn run<S: Sends, R: Receives>(
        mut self,
        votes: Channel<S, R>,
        certificates: Channel<S, R>,
        resolver: Channel<S, R>,
    ) {
        let runtime = self.context.as_present();
        let (mux, votes, mut late_votes) =
            Muxer::builder(runtime.child("vote_mux"), votes.0, votes.1)
                .with_backup()
                .build();
        mux.start();
        let (mux, certificates, mut late_certificates) = Muxer::builder(
            runtime.child("certificate_mux"),
            certificates.0,
            certificates.1,
        )
        .with_backup()
        .build();
        mux.start();
        let (mux, resolver) = Muxer::new(runtime.child("resolver_mux"), resolver.0, resolver.1);
        mux.start();
        let mut muxes = Muxes {
            votes,
            certificates,
            resolver,
        };
        let processed = self.settings.marshal.get_processed().await;
        let height = processed.map_or(Height::zero(), |processed| processed.height());
        let Some(epoch) = self.settings.epocher.containing(height.next()) else {
            return;
        };
        let entered = self.enter(epoch.epoch(), &mut muxes).await;
        let Ok(mut active) = entered else { return };
        self.serve(
            &mut muxes,
            &mut active,
            &mut late_votes,
            &mut late_certificates,
        )
        .await;
    }

    async fn serve<S: Sends>(
        &mut self,
        muxes: &mut Muxes<S>,
        active: &mut Active,
        late_votes: &mut Backup,
        late_certificates: &mut Backup,
    ) {
        let mut stopped = self.context.as_present().stopped();
        loop {
            select! {
                _ = &mut stopped => return,
                late = late_votes.recv() => match late {
                    Some((theirs, (peer, _))) => self.heard(active.epoch, theirs, peer),
                    None => return,
                },
                late = late_certificates.recv() => match late {
                    Some((theirs, (peer, _))) => self.heard(active.epoch, theirs, peer),
                    None => return,
                },
                ended = &mut active.handle => match ended {
                    Ok(()) | Err(commonware_runtime::Error::Closed | commonware_runtime::Error::Aborted) => return,
                    Err(_) => Fault::Epoch(active.epoch.get(), "the engine ended").stop(),
                },
                finalised = self.mailbox.recv() => {
                    let Some(finalised) = finalised else { return };
                    if !self.finalised(finalised, muxes, active).await {
                        return;
                    }
                },
            }
        }
    }

    /// Heeds that a peer spoke of another epoch.
    fn heard(&mut self, ours: Epoch, theirs: u64, peer: ed25519::PublicKey) {
        if theirs > ours.get() {
            self.ahead = Some((theirs, peer));
            self.ask(ours);
        }
    }

    /// Asks whoever is ahead for the boundary that this node has not seen.
    fn ask(&self, ours: Epoch) {
        if let Some((theirs, peer)) = self.ahead.clone()
            && theirs > ours.get()
            && let Some(boundary) = self.settings.epocher.last(ours)
        {
            self.settings
                .marshal
                .hint_finalized(boundary, NonEmptyVec::new(peer));
        }
    }

    /// Enters the next epoch at a boundary. Whether to go on.
    async fn finalised<S: Sends>(
        &mut self,
        finalised: Finalised,
        muxes: &mut Muxes<S>,
        active: &mut Active,
    ) -> bool {
        let last = self.settings.epocher.last(active.epoch);
        if last == Some(finalised.height) {
            let next = active.epoch.next();
            let clock = self.context.as_present().child("boundary");
            let settings = &self.settings;
            let parts = (settings.marshal.clone(), settings.boundaries.clone());
            keep_boundary(clock, parts, finalised.height).await;
            match self.enter(next, muxes).await {
                Ok(entered) => *active = entered,
                Err(_) => return false,
            }
            self.ask(next);
        }
        finalised.acknowledgement.acknowledge();
        true
    }

    async fn enter<S: Sends>(
        &mut self,
        epoch: Epoch,
        muxes: &mut Muxes<S>,
    ) -> Result<Active, commonware_p2p::utils::mux::Error> {
        let settings = &self.settings;
        let (floor, protocol) =
            start_of(epoch, &settings.genesis, settings.boundaries.clone()).await;
        let rosters = &self.settings.rosters;
        let Some(scheme) = rosters.scheme(epoch.get()) else {
            Fault::Epoch(epoch.get(), "its validators are not known").stop()
        };
        rosters.enter(epoch.get(), protocol);
        let votes_here = rosters.votes(epoch.get());
        let votes = muxes.votes.register(epoch.get()).await?;
        let certificates = muxes.certificates.register(epoch.get()).await?;
        let resolver = muxes.resolver.register(epoch.get()).await?;
        let context = self
            .context
            .as_present()
            .child("engine")
            .with_attribute("epoch", epoch);
        let engine = Engine::new(
            context,
            self.engine(epoch, floor, scheme, turns::of(protocol)),
        );
        let handle = engine.start(votes, certificates, resolver);
        tracing::info!(epoch = epoch.get(), votes = votes_here, "entered epoch");
        Ok(Active { epoch, handle })
    }

    fn engine(
        &self,
        epoch: Epoch,
        floor: Digest,
        scheme: Scheme,
        turns: Turns,
    ) -> simplex::Config<Scheme, Turns, B, Digest, A, A, A, Sequential> {
        let settings = &self.settings;
        // An engine that votes and one that follows do not read each other's journals: those of a copied disk may hold votes.
        let role = match scheme.me() {
            Some(_) => "",
            None => "-follow",
        };
        simplex::Config {
            scheme,
            elector: turns,
            blocker: settings.blocker.clone(),
            automaton: settings.application.clone(),
            relay: settings.application.clone(),
            reporter: settings.application.clone(),
            track_historical_votes: false,
            strategy: Sequential,
            partition: format!("{}-simplex-{epoch}{role}", settings.prefix),
            mailbox_size: NZUsize!(256),
            epoch,
            floor: Floor::Genesis(floor),
            replay_buffer: NZUsize!(256 * 1024),
            write_buffer: NZUsize!(32 * 1024),
            page_cache: settings.cache.clone(),
            leader_timeout: Duration::from_millis(1_500),
            certification_timeout: Duration::from_millis(2_200),
            timeout_retry: Duration::from_secs(2),
            view_retention: ViewDelta::new(64),
            skip: SkipPolicy::Enabled {
                timeout: Duration::from_secs(3),
                budget: SkipBudget::Participants,
            },
            fetch_timeout: NZDuration!(Duration::from_secs(1)),
            fetch_retry_delay: Duration::from_millis(250),
            forward: ForwardPolicy::Disabled,
        }
    }
}

/// The block that an epoch starts from, and its protocol version, as that block says.
async fn start_of<E: Runtime>(
    epoch: Epoch,
    genesis: &Header,
    boundaries: Boundaries<E>,
) -> (Digest, u16) {
    let Some(previous) = epoch.previous() else {
        return (genesis.digest(), genesis.protocol);
    };
    let boundary = sound(boundaries.get(previous.get()).await);
    match boundary.map(|boundary| (boundary.header.digest(), boundary.header.next)) {
        Some((digest, Some(next))) => (digest, next.protocol),
        _ => Fault::Epoch(epoch.get(), "its boundary header is missing").stop(),
    }
}

/// Keeps the last header of an epoch with its certificate, which only it can have: nothing of its epoch comes after it.
async fn keep_boundary<E: Runtime>(
    clock: E,
    (marshal, boundaries): (Marshal, Boundaries<E>),
    height: Height,
) {
    let found = loop {
        let block = marshal.get_block(height).await;
        let finalization = marshal.get_finalization(height).await;
        if let (Some(block), Some(finalization)) = (block, finalization) {
            break FinalizedHeader {
                header: block.inner().header().clone(),
                links: List::empty(),
                finalization: Finalization(finalization),
            };
        }
        clock.sleep(CERTIFICATE).await;
    };
    if sound(boundaries.add(vec![found]).await).is_err() {
        let epoch = boundaries.epochs();
        Fault::Epoch(epoch, "its last header does not follow from the one before").stop()
    }
}
