//! A validator that lies when it proposes.
//!
//! It runs the real node, which builds a lawful block; what leaves it is another block, with one thing wrong, and a vote for that
//! one under the liar's own key. So a lie has all that an honest proposal has: its place, its signature, its vote. A vote leaves
//! the node before the block does, so it is kept until the block shows what to vote for; for blocks of others the liar does not vote.
//! Whoever joins it tells lies about what lies behind the tip ([`past`]).
mod past;

pub use past::PastLie;

use crate::dice::Dice;
use crate::party::{NODES, address, consensus_key, members, numbers};
use crate::wire::Tap;
use amanat_node::network::{BROADCAST, HISTORY, SYNC, VOTES};
use amanat_types::block::{Block, Header, Parcel, Payload, Roster, Scheme};
use amanat_types::{Digest, TimestampMs, Transaction, digest, limits};
use bytes::{BufMut as _, BytesMut};
use commonware_codec::{DecodeExt as _, Encode as _, EncodeSize as _, Write as _};
use commonware_consensus::simplex::types::{Notarize, Proposal, Vote};
use commonware_cryptography::certificate::Attestation;
use commonware_p2p::utils::mux;
use commonware_runtime::IoBuf;
use commonware_utils::sync::Mutex;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// What is wrong with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lie {
    /// Another root of the state.
    StateRoot,
    /// Further above its parent's time than any block may be.
    FarAhead,
    /// Not above its parent's time.
    NotAbove,
    /// Another parent.
    Parent,
    /// At an epoch's end a validator is left out; elsewhere an epoch ends.
    Validators,
    /// A transaction with the signature of another.
    Signature,
    /// A transaction that stands in an earlier block.
    Replay,
    /// Transactions that cost more together than a block holds.
    Units,
    /// More bytes than a block holds.
    Size,
}

/// All of them.
pub const LIES: [Lie; 9] = [
    Lie::StateRoot,
    Lie::FarAhead,
    Lie::NotAbove,
    Lie::Parent,
    Lie::Validators,
    Lie::Signature,
    Lie::Replay,
    Lie::Units,
    Lie::Size,
];

/// What was told; clones share it.
#[derive(Clone, Default)]
pub struct Told {
    blocks: Arc<Mutex<BTreeMap<Digest, Lie>>>,
    past: Arc<Mutex<BTreeMap<PastLie, usize>>>,
}

impl Told {
    /// Digests of the blocks that are lies, with what is wrong with each. Only those that were voted for.
    pub fn all(&self) -> BTreeMap<Digest, Lie> {
        self.blocks.lock().clone()
    }

    /// Lies about what lies behind the tip, and how many of each kind.
    pub fn past(&self) -> BTreeMap<PastLie, usize> {
        self.past.lock().clone()
    }
}

/// Sends a vote to everybody.
pub type Voice = Box<dyn FnMut(IoBuf) + Send>;

struct Mind {
    dice: Dice,
    voice: Voice,
    /// Of the node's own block, what is sent in its place; nothing if it is sent as it is.
    instead: BTreeMap<Digest, Option<(Digest, Lie)>>,
    /// Votes that wait for their block, each with its epoch.
    kept: BTreeMap<Digest, (u64, Notarize<Scheme, Digest>)>,
    /// Every lie, the next one first.
    next: VecDeque<Lie>,
    /// Transactions of its own lawful blocks.
    seen: Vec<Transaction>,
    /// Transactions that cost more together than a block holds.
    costly: Vec<Transaction>,
}

/// The tap of a lying validator.
pub struct Liar {
    member: u16,
    network: Digest,
    told: Told,
    mind: Mutex<Mind>,
}

impl Liar {
    /// A liar that draws from `seed`; `costly` cost more units together than a block holds.
    pub fn new(
        (seed, member): (u64, u16),
        network: Digest,
        costly: Vec<Transaction>,
        (told, voice): (Told, Voice),
    ) -> Self {
        let mind = Mind {
            dice: Dice::new(seed, 88),
            voice,
            kept: BTreeMap::new(),
            instead: BTreeMap::new(),
            next: order(seed),
            seen: Vec::new(),
            costly,
        };
        Self {
            member,
            network,
            told,
            mind: Mutex::new(mind),
        }
    }

    /// What is sent in place of a block.
    fn block(&self, message: IoBuf) -> IoBuf {
        let Ok(block) = Block::decode(message.clone()) else {
            return message;
        };
        let header = block.header();
        let own = header.digest();
        let mut mind = self.mind.lock();
        if header.context.leader != address(self.member) || mind.instead.contains_key(&own) {
            return message;
        }
        let told = if mind.dice.percent(25) {
            None
        } else {
            let lie = mind.choose(&block);
            mind.tell(&block, lie)
        };
        mind.remember(&block);
        let instead = told.as_ref().map(|(lie, digest, _)| (*digest, *lie));
        mind.instead.insert(own, instead);
        if let Some((epoch, vote)) = mind.kept.remove(&own)
            && let Some(vote) = self.vote_instead(epoch, vote, instead)
        {
            (mind.voice)(vote);
        }
        told.map_or(message, |(_, _, bytes)| bytes)
    }

    /// What is sent in place of an answer to whoever joins.
    fn past(&self, channel: u64, message: IoBuf) -> Option<IoBuf> {
        let told = {
            let mut mind = self.mind.lock();
            let dice = &mut mind.dice;
            match channel {
                HISTORY => past::answer(dice, &message),
                _ => past::piece(dice, &message),
            }
        };
        let Some((lie, instead)) = told else {
            return Some(message);
        };
        *self.told.past.lock().entry(lie).or_default() += 1;
        instead
    }

    /// What is sent in place of a vote, if the block was sent already.
    fn vote(&self, message: IoBuf) -> Option<IoBuf> {
        let Ok((epoch, payload)) = mux::parse(message.clone()) else {
            return Some(message);
        };
        let Ok(Vote::<Scheme, Digest>::Notarize(vote)) = Vote::decode(payload) else {
            return Some(message);
        };
        let block = vote.proposal.payload;
        let mut mind = self.mind.lock();
        match mind.instead.get(&block).copied() {
            Some(instead) => self.vote_instead(epoch, vote, instead),
            None => {
                mind.kept.insert(block, (epoch, vote));
                None
            }
        }
    }

    fn vote_instead(
        &self,
        epoch: u64,
        vote: Notarize<Scheme, Digest>,
        instead: Option<(Digest, Lie)>,
    ) -> Option<IoBuf> {
        let vote = match instead {
            None => vote,
            Some((digest, lie)) => {
                let proposal = Proposal::new(vote.proposal.round, vote.proposal.parent, digest);
                let vote = Notarize::sign(&self.scheme(&vote.attestation)?, proposal)?;
                self.told.blocks.lock().insert(digest, lie);
                vote
            }
        };
        let vote = Vote::<Scheme, Digest>::Notarize(vote);
        let mut bytes = BytesMut::new();
        commonware_codec::varint::UInt(epoch).write(&mut bytes);
        vote.write(&mut bytes);
        Some(bytes.freeze().into())
    }

    /// A scheme in which the liar has the place that it voted from: the signature says no more.
    fn scheme(&self, attestation: &Attestation<Scheme>) -> Option<Scheme> {
        let fixed = members().filter(|member| *member != NODES);
        let others: Vec<u16> = numbers().filter(|number| *number >= NODES).collect();
        let some = 0..1u16 << others.len();
        some.rev().find_map(|some| {
            let more = others.iter().zip(0..);
            let more = more.filter(|(_, place)| some >> place & 1 == 1);
            let keys = fixed.clone().chain(more.map(|(number, _)| *number));
            let roster = Roster::new(keys.map(address).collect()).ok()?;
            let place = roster
                .keys()
                .iter()
                .position(|key| *key == address(self.member))?;
            let same = usize::try_from(attestation.signer.get()).ok()? == place;
            let scheme = || roster.signer(&self.network, consensus_key(self.member));
            same.then(scheme).flatten()
        })
    }
}

/// Those that not every block can tell come first; with which of the others a liar begins follows from the seed.
fn order(seed: u64) -> VecDeque<Lie> {
    let rare = [Lie::Signature, Lie::Replay];
    let mut others = LIES.to_vec();
    others.retain(|lie| !rare.contains(lie));
    let first = usize::try_from(seed).unwrap_or(0) % others.len();
    others.rotate_left(first);
    rare.into_iter().chain(others).collect()
}

impl Mind {
    fn remember(&mut self, block: &Block) {
        let transactions = block.payload().transactions();
        self.seen.extend(transactions.iter().take(1).cloned());
    }

    /// The next that this block can tell. A lie ends the liar's term, so there are few, and drawn ones would often be the same.
    fn choose(&mut self, block: &Block) -> Lie {
        let can = |lie: &Lie| match lie {
            Lie::Signature => !block.payload().transactions().is_empty(),
            Lie::Replay => !self.seen.is_empty(),
            _ => true,
        };
        let at = self.next.iter().position(can).unwrap_or(0);
        let lie = self.next.remove(at).unwrap_or(Lie::StateRoot);
        self.next.push_back(lie);
        lie
    }

    /// The block with something wrong, its digest and its bytes.
    fn tell(&mut self, block: &Block, lie: Lie) -> Option<(Lie, Digest, IoBuf)> {
        let mut header = block.header().clone();
        let mut transactions = block.payload().transactions().to_vec();
        match lie {
            Lie::StateRoot => header.state_root = digest("amanat/sim/lie", &[]),
            Lie::FarAhead => header.time = header.time.plus(limits::BLOCK_TIME_STEP_MS_MAX + 1),
            Lie::NotAbove => header.time = TimestampMs::new(0),
            Lie::Parent => header.parent = digest("amanat/sim/lie", &[]),
            Lie::Validators => validators(&mut header)?,
            Lie::Signature => {
                let first = transactions.first_mut()?;
                first.signatures = self.costly.first()?.signatures.clone();
            }
            Lie::Replay => transactions.push(self.dice.pick(&self.seen).clone()),
            Lie::Units => transactions.extend(self.costly.iter().cloned()),
            Lie::Size => {
                let len = limits::BLOCK_BYTES_MAX + 1;
                let mut bytes = BytesMut::with_capacity(header.encode_size() + len + 8);
                header.transactions_root = digest("amanat/sim/lie", &[]);
                header.write(&mut bytes);
                len.write(&mut bytes);
                bytes.put_bytes(0, len);
                return Some((lie, header.digest(), bytes.freeze().into()));
            }
        }
        let parcels = transactions.into_iter().map(Parcel::new).collect();
        let payload = Payload::new(parcels).ok()?;
        header.transactions_root = payload.root();
        let block = Block::new(header, payload);
        Some((lie, block.header().digest(), block.encode().into()))
    }
}

fn validators(header: &mut Header) -> Option<()> {
    match &mut header.next {
        Some(next) => {
            let keys = next.roster.keys().iter().skip(1).cloned().collect();
            next.roster = Roster::new(keys).ok()?;
        }
        none => {
            *none = Some(amanat_types::block::NextEpoch {
                roster: Roster::new(members().map(address).collect()).ok()?,
                protocol: header.protocol,
            });
        }
    }
    Some(())
}

impl Tap for Liar {
    fn pass(&self, channel: u64, _: usize, message: IoBuf) -> Option<IoBuf> {
        match channel {
            BROADCAST => Some(self.block(message)),
            VOTES => self.vote(message),
            HISTORY | SYNC => self.past(channel, message),
            _ => Some(message),
        }
    }
}

/// Blocks that are lies and stand in a chain.
pub fn believed<'a>(
    told: &BTreeMap<Digest, Lie>,
    chain: impl Iterator<Item = &'a Digest>,
) -> BTreeSet<Lie> {
    chain
        .filter_map(|digest| told.get(digest))
        .copied()
        .collect()
}
