//! Listens to the votes of honest validators: none may contradict itself, not even across a crash.
use crate::wire::Tap;
use amanat_node::network::VOTES;
use amanat_types::Digest;
use amanat_types::block::Scheme;
use commonware_codec::DecodeExt as _;
use commonware_consensus::simplex::types::Vote;
use commonware_p2p::utils::mux;
use commonware_runtime::IoBuf;
use commonware_utils::sync::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What one validator said in one view.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    notarized: Option<Digest>,
    finalized: Option<Digest>,
    nullified: bool,
}

/// Number of the key, epoch, view.
type Place = (u16, u64, u64);

/// A key whose votes were lost with its disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Number of the key.
    pub number: u16,
    /// Newest epoch in which it was heard before.
    pub before: Option<u64>,
    /// Epochs in which it was heard afterwards.
    pub after: BTreeSet<u64>,
}

/// Epochs in which each key was heard, by its number.
pub type Voted = BTreeMap<u16, BTreeSet<u64>>;

#[derive(Default)]
struct Heard {
    said: BTreeMap<Place, Said>,
    voted: Voted,
    lost: Vec<Lost>,
    votes: usize,
    contradictions: Vec<String>,
}

/// All votes of honest validators; clones share them.
#[derive(Clone, Default)]
pub struct Watch(Arc<Mutex<Heard>>);

impl Watch {
    /// The tap of an honest node that votes with the key of this number.
    pub fn ear(&self, number: u16) -> Arc<dyn Tap> {
        let watch = self.clone();
        Arc::new(Ear { number, watch })
    }

    /// Notes that the disk is gone on which the votes of a key were.
    pub fn lose(&self, number: u16) {
        let mut heard = self.0.lock();
        let epochs = heard.voted.get(&number);
        let before = epochs.and_then(|epochs| epochs.last().copied());
        let after = BTreeSet::new();
        heard.lost.push(Lost {
            number,
            before,
            after,
        });
    }

    /// Epochs in which each key was heard.
    pub fn voted(&self) -> Voted {
        self.0.lock().voted.clone()
    }

    /// Keys whose votes were lost.
    pub fn lost(&self) -> Vec<Lost> {
        self.0.lock().lost.clone()
    }

    /// Whether a key was heard in an epoch from this one on.
    pub fn heard_since(&self, number: u16, epoch: u64) -> bool {
        let heard = self.0.lock();
        let epochs = heard.voted.get(&number);
        epochs.is_some_and(|epochs| epochs.range(epoch..).next().is_some())
    }

    /// Votes that were heard.
    pub fn votes(&self) -> usize {
        self.0.lock().votes
    }

    /// Validators that contradicted themselves, in words.
    pub fn contradictions(&self) -> Vec<String> {
        self.0.lock().contradictions.clone()
    }

    /// Notes a vote by the key of `number`, as it is sent.
    pub fn hear(&self, number: u16, vote: &Vote<Scheme, Digest>) {
        let round = match vote {
            Vote::Notarize(vote) => vote.proposal.round,
            Vote::Finalize(vote) => vote.proposal.round,
            Vote::Nullify(vote) => vote.round,
        };
        let (epoch, view) = (round.epoch().get(), round.view().get());
        let mut heard = self.0.lock();
        heard.votes += 1;
        heard.voted.entry(number).or_default().insert(epoch);
        for lost in heard.lost.iter_mut().filter(|lost| lost.number == number) {
            lost.after.insert(epoch);
        }
        let said = heard.said.entry((number, epoch, view)).or_default();
        let other = |before: &mut Option<Digest>, now| *before.get_or_insert(now) != now;
        let wrong = match vote {
            Vote::Notarize(vote) => other(&mut said.notarized, vote.proposal.payload),
            Vote::Finalize(vote) => {
                other(&mut said.finalized, vote.proposal.payload) || said.nullified
            }
            Vote::Nullify(_) => {
                said.nullified = true;
                said.finalized.is_some()
            }
        };
        if wrong {
            let what = format!("validator {number} in view {view} of epoch {epoch}: {said:?}");
            heard.contradictions.push(what);
        }
    }
}

struct Ear {
    number: u16,
    watch: Watch,
}

impl Tap for Ear {
    fn pass(&self, channel: u64, _: usize, message: IoBuf) -> Option<IoBuf> {
        if channel == VOTES
            && let Ok((_, payload)) = mux::parse(message.clone())
            && let Ok(vote) = Vote::<Scheme, Digest>::decode(payload)
        {
            self.watch.hear(self.number, &vote);
        }
        Some(message)
    }
}
