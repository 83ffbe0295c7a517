//! An equivocator by twins (Bano et al., Twins: BFT Systems Made Robust, 2020): one consensus key, two real nodes.
//!
//! Each peer meets the first, the second or both. The twins have disks and mempools of their own, so they propose
//! different blocks in one view and vote for different ones; nothing of theirs is made up. What they contradict is
//! counted from the votes that they really send.
use crate::cluster::Channels;
use crate::party::address;
use crate::plan::Face;
use amanat_node::network::VOTES;
use amanat_types::Digest;
use amanat_types::block::Scheme;
use commonware_codec::DecodeExt as _;
use commonware_consensus::simplex::types::Vote;
use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::Recipients;
use commonware_p2p::simulated::{
    Receiver, Sender, SplitForwarder, SplitOrigin, SplitSender, SplitTarget,
};
use commonware_p2p::utils::mux;
use commonware_runtime::{IoBuf, Supervisor as _, deterministic::Context};
use commonware_utils::sync::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What each peer meets.
pub type Faces = BTreeMap<PublicKey, Face>;

/// Epoch, view and whether it finalises.
type Said = (u64, u64, bool);

/// Blocks that one key voted for; clones share it.
#[derive(Clone, Default)]
pub struct Contradictions(Arc<Mutex<BTreeMap<Said, BTreeSet<Digest>>>>);

impl Contradictions {
    /// Notes a vote as it is sent.
    fn hear(&self, message: &IoBuf) {
        let Ok((_, payload)) = mux::parse(message.clone()) else {
            return;
        };
        let Ok(vote) = Vote::<Scheme, Digest>::decode(payload) else {
            return;
        };
        let (proposal, finalises) = match vote {
            Vote::Notarize(vote) => (vote.proposal, false),
            Vote::Finalize(vote) => (vote.proposal, true),
            Vote::Nullify(_) => return,
        };
        let round = proposal.round;
        let said = (round.epoch().get(), round.view().get(), finalises);
        self.0
            .lock()
            .entry(said)
            .or_default()
            .insert(proposal.payload);
    }

    /// How many times two blocks of one view were voted for.
    pub fn count(&self) -> usize {
        let said = self.0.lock();
        said.values().filter(|blocks| blocks.len() > 1).count()
    }
}

/// A twin's end of a channel.
pub type TwinSender<F> = SplitSender<PublicKey, Context, F>;

/// The ends of all channels of both twins.
pub type Twins<F> = [Channels<TwinSender<F>, Receiver<PublicKey>>; 2];

/// The ends of all channels of an honest node, whom every one of so many members meets, in the type of a twin's.
pub fn alone(
    channels: Channels<Sender<PublicKey, Context>, Receiver<PublicKey>>,
    nodes: u16,
) -> Channels<TwinSender<impl SplitForwarder<PublicKey> + use<>>, Receiver<PublicKey>> {
    let everyone = (1..=nodes).map(|member| (address(member), Face::Both));
    let everyone: Arc<Faces> = Arc::new(everyone.collect());
    let channels = channels.into_iter();
    channels
        .map(|(number, (sender, receiver))| {
            let (sender, _) = sender.split_with(forwarder(everyone.clone(), None));
            (number, (sender, receiver))
        })
        .collect()
}

/// Splits every channel of one member in two.
pub fn split(
    context: &Context,
    channels: Channels<Sender<PublicKey, Context>, Receiver<PublicKey>>,
    faces: Faces,
    contradictions: &Contradictions,
) -> Twins<impl SplitForwarder<PublicKey> + use<>> {
    let faces = Arc::new(faces);
    let (mut first, mut second) = (BTreeMap::new(), BTreeMap::new());
    for (number, (sender, receiver)) in channels {
        let heard = (number == VOTES).then(|| contradictions.clone());
        let (one, other) = sender.split_with(forwarder(faces.clone(), heard));
        let routed = faces.clone();
        let context = context.child("face").with_attribute("channel", number);
        let (to_one, to_other) =
            receiver.split_with(context, move |(peer, _)| match routed.get(peer) {
                Some(Face::First) => SplitTarget::Primary,
                Some(Face::Second) => SplitTarget::Secondary,
                Some(Face::Both) => SplitTarget::Both,
                None => SplitTarget::None,
            });
        first.insert(number, (one, to_one));
        second.insert(number, (other, to_other));
    }
    [first, second]
}

/// Lets each twin reach only those who meet it.
fn forwarder(faces: Arc<Faces>, heard: Option<Contradictions>) -> impl SplitForwarder<PublicKey> {
    move |origin, recipients: &Recipients<PublicKey>, message: &IoBuf| {
        let meets = |peer: &PublicKey| {
            matches!(
                (faces.get(peer), origin),
                (Some(Face::Both), _)
                    | (Some(Face::First), SplitOrigin::Primary)
                    | (Some(Face::Second), SplitOrigin::Secondary)
            )
        };
        let wanted: Vec<PublicKey> = match recipients {
            Recipients::All => faces.keys().cloned().collect(),
            Recipients::Some(peers) => peers.clone(),
            Recipients::One(peer) => vec![peer.clone()],
        };
        let count = wanted.len();
        let reached: Vec<PublicKey> = wanted.into_iter().filter(meets).collect();
        if reached.is_empty() {
            return None;
        }
        if let Some(contradictions) = &heard {
            contradictions.hear(message);
        }
        if reached.len() == count {
            return Some(recipients.clone());
        }
        Some(Recipients::Some(reached))
    }
}
