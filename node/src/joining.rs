//! How a node begins: from genesis, from what is on its disk, or from where the ledger stands at its peers.
//!
//! A validator never votes twice. Its votes are in its journals, so a disk that has them may go on with them. A disk that does not
//! have them - a new one under an old key, or one that came back from a copy - follows the ledger, and votes again two epochs
//! after the newest that its peers know: by then the epochs in which it may have voted are over.
//!
//! Why two, of n = 3f + 1 validators that stay the same, this one among them (other n leave more room): it voted at most in the epoch after a last header that n - f
//! validators signed, so n - f - 1 of the others knew its epoch. Of any 2f + 1 of the others at least f + 1 are among those, and one of these is
//! honest. What that one knows is the epoch before the last one in which this key may have voted, or a later one.
use crate::boundaries::Boundaries;
use crate::config::{Config, Frame, PastVotes};
use crate::fault::Fault;
use crate::history::{Ask, History, Standing, Tell};
use crate::network::Blocks;
use crate::rosters::Rosters;
use crate::store::Runtime;
use amanat_types::proof::FinalizedHeader;
use commonware_cryptography::ed25519;
use commonware_macros::select;
use commonware_storage::metadata::{self, Metadata};
use commonware_utils::sequence::U64;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use std::time::Duration;

/// How long peers may take to answer.
const ANSWERS: Duration = Duration::from_secs(2);
/// Pause before asking again.
const PAUSE: Duration = Duration::from_millis(250);
/// Rounds between two lines in the log.
const PATIENCE: u64 = 8;
/// Epochs after the newest that peers know before a key votes whose votes this disk does not have: the second one for a last header that its
/// signers did not see finalised yet.
const EPOCHS: u64 = 2;
/// Key of the one value.
const FROM: U64 = U64::new(0);

/// The first epoch in which this disk may vote.
struct VoteFrom<E: Runtime>(Metadata<E, U64, u64>);

impl<E: Runtime> VoteFrom<E> {
    async fn open(context: E, prefix: &str) -> Result<Self, Fault> {
        let config = metadata::Config {
            partition: format!("{prefix}-votes"),
            codec_config: (),
        };
        let store = Metadata::init(context, config).await;
        let store = store.map_err(|error| Fault::storage("first epoch to vote in", error))?;
        Ok(Self(store))
    }

    fn get(&self) -> Option<u64> {
        self.0.get(&FROM).copied()
    }

    /// Durable when it returns.
    async fn set(self, epoch: u64) -> Result<(), Fault> {
        let set = self.0.put_sync(FROM, epoch).await;
        set.map_err(|error| Fault::storage("first epoch to vote in", error))?;
        Ok(())
    }
}

/// Where the ledger stands at as many peers as were needed.
struct Place {
    /// The newest epoch that any of them knows.
    epoch: u64,
    /// The newest header that any of them has.
    tip: Option<FinalizedHeader>,
}

/// Decides in which epochs this node votes, and from which finalised block it starts if not from what it has.
///
/// `fresh` says that no state is on this disk. Waits for f + 1 peers where it must know what they know, for 2f + 1 where votes may be
/// forgotten; says so in the log.
pub async fn begin<E: Runtime, B: Blocks>(
    context: &E,
    (config, frame): (&Config, &Frame),
    (history, boundaries): (&History, &Boundaries<E>),
    blocker: &mut B,
    fresh: bool,
) -> Result<Option<FinalizedHeader>, Fault> {
    let votes = VoteFrom::open(context.child("votes"), &frame.prefix).await?;
    let known = match config.past_votes {
        PastVotes::Elsewhere => None,
        PastVotes::None => Some(votes.get().unwrap_or(0)),
        PastVotes::Here => votes.get(),
    };
    let founder = config.past_votes == PastVotes::None && frame.rosters.stands_in(0);
    let place = match known.is_none() || (fresh && !founder) {
        true => {
            let parts = (history, boundaries, &frame.rosters);
            Some(ask(context, parts, blocker, known.is_none()).await?)
        }
        false => None,
    };
    let newest = place.as_ref().map_or(0, |place| place.epoch);
    let from = known.unwrap_or_else(|| newest.saturating_add(EPOCHS));
    if votes.get() != Some(from) {
        votes.set(from).await?;
    }
    frame.rosters.vote_from(from);
    (config.settled)();
    if known.is_none() {
        tracing::warn!(
            votes_from_epoch = from,
            newest_epoch = newest,
            "this disk does not have all votes of its key: the node follows without voting until then"
        );
    }
    let tip = place.filter(|_| fresh).and_then(|place| place.tip);
    Ok(tip.filter(|tip| tip.header.height.get() >= config.sync_above.unwrap_or(u64::MAX)))
}

/// Asks the validators until f + 1 of them said where the ledger stands, or 2f + 1 if votes of this key are `elsewhere`, fetching the boundary
/// headers up to there.
async fn ask<E: Runtime, B: Blocks>(
    context: &E,
    (history, boundaries, rosters): (&History, &Boundaries<E>, &Rosters),
    blocker: &mut B,
    elsewhere: bool,
) -> Result<Place, Fault> {
    for round in 0u64.. {
        let epochs = boundaries.epochs();
        let roster = rosters.roster(epochs);
        let roster = roster.ok_or(Fault::Epoch(epochs, "its validators are not known"))?;
        let me = rosters.me();
        let peers = roster.keys().iter().filter(|key| **key != me);
        let answers = gather(context, history, peers, epochs).await;
        let faulty = roster.keys().len().saturating_sub(1) / 3;
        let needed = match elsewhere {
            true => 2 * faulty + 1,
            false => faulty + 1,
        };
        let mut told = 0usize;
        let mut tips: Vec<FinalizedHeader> = Vec::new();
        for (peer, answer) in answers {
            match heed(boundaries, rosters, answer).await? {
                Ok(tip) => {
                    told += 1;
                    tips.extend(tip);
                }
                Err(reason) => {
                    commonware_p2p::block!(blocker, peer, reason, "false standing");
                }
            }
        }
        if boundaries.epochs() > epochs {
            // There may be more, and other validators to ask.
            continue;
        }
        if told >= needed {
            let tip = tips.into_iter().max_by_key(|tip| tip.header.height);
            return Ok(Place { epoch: epochs, tip });
        }
        if round % PATIENCE == 0 {
            tracing::info!(
                told,
                needed,
                "asking the validators where the ledger stands"
            );
        }
        context.sleep(PAUSE).await;
    }
    Err(Fault::Epoch(0, "nobody said where the ledger stands"))
}

/// What the peers answer in time.
async fn gather<'a, E: Runtime>(
    context: &E,
    history: &History,
    peers: impl Iterator<Item = &'a ed25519::PublicKey>,
    from: u64,
) -> Vec<(ed25519::PublicKey, Standing)> {
    let asked: FuturesUnordered<_> = peers
        .map(|peer| {
            let answer = history.ask(peer.clone(), Ask::Standing(from));
            async move { (peer.clone(), answer.await) }
        })
        .collect();
    let mut asked = asked;
    let mut late = Box::pin(context.sleep(ANSWERS));
    let mut answers = Vec::new();
    loop {
        select! {
            answer = asked.next() => match answer {
                Some((peer, Ok(Tell::Standing(standing)))) => answers.push((peer, standing)),
                Some(_) => {}
                None => return answers,
            },
            _ = &mut late => return answers,
        }
    }
}

/// Takes the boundaries of one answer and gives its tip, if it is of the newest epoch known now.
///
/// A tip of an epoch whose boundary was not sent is no lie: more boundaries are asked for first.
async fn heed<E: Runtime>(
    boundaries: &Boundaries<E>,
    rosters: &Rosters,
    standing: Standing,
) -> Result<Result<Option<FinalizedHeader>, &'static str>, Fault> {
    let added = boundaries.add(standing.boundaries.into_vec()).await?;
    if added.is_err() {
        return Ok(Err("a boundary header does not hold"));
    }
    let Some(tip) = standing.tip.into_vec().pop() else {
        return Ok(Ok(None));
    };
    let Some(roster) = rosters.roster(tip.header.epoch()) else {
        return Ok(Ok(None));
    };
    match tip.verify(&boundaries.network(), &roster) {
        Ok(_) if tip.links.is_empty() => Ok(Ok(Some(tip))),
        _ => Ok(Err("the certificate of the tip does not hold")),
    }
}
