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
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one validator said in one view.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    notarized: Option<Digest>,
    finalized: Option<Digest>,
    nullified: bool,
}

/// Member, epoch, view.
type Place = (u16, u64, u64);

#[derive(Default)]
struct Heard {
    said: BTreeMap<Place, Said>,
    votes: usize,
    contradictions: Vec<String>,
}

/// All votes of honest validators; clones share them.
#[derive(Clone, Default)]
pub struct Watch(Arc<Mutex<Heard>>);

impl Watch {
    /// The tap of one honest validator.
    pub fn ear(&self, member: u16) -> Arc<dyn Tap> {
        let watch = self.clone();
        Arc::new(Ear { member, watch })
    }

    /// Votes that were heard.
    pub fn votes(&self) -> usize {
        self.0.lock().votes
    }

    /// Validators that contradicted themselves, in words.
    pub fn contradictions(&self) -> Vec<String> {
        self.0.lock().contradictions.clone()
    }

    /// Notes a vote of `member`, as it is sent.
    pub fn hear(&self, member: u16, vote: &Vote<Scheme, Digest>) {
        let round = match vote {
            Vote::Notarize(vote) => vote.proposal.round,
            Vote::Finalize(vote) => vote.proposal.round,
            Vote::Nullify(vote) => vote.round,
        };
        let (epoch, view) = (round.epoch().get(), round.view().get());
        let mut heard = self.0.lock();
        heard.votes += 1;
        let said = heard.said.entry((member, epoch, view)).or_default();
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
            let what = format!("validator {member} in view {view} of epoch {epoch}: {said:?}");
            heard.contradictions.push(what);
        }
    }
}

struct Ear {
    member: u16,
    watch: Watch,
}

impl Tap for Ear {
    fn pass(&self, channel: u64, _: usize, message: IoBuf) -> Option<IoBuf> {
        if channel == VOTES
            && let Ok((_, payload)) = mux::parse(message.clone())
            && let Ok(vote) = Vote::<Scheme, Digest>::decode(payload)
        {
            self.watch.hear(self.member, &vote);
        }
        Some(message)
    }
}
