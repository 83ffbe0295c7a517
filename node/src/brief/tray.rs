//! Blocks that this node proposed last: what peers may ask for.
use super::wire::{Ask, Brief, MARK, Message, Rest};
use crate::mempool::wire::Frame;
use crate::rosters::Rosters;
use amanat_types::Digest;
use amanat_types::block::{Block, Header};
use amanat_types::codec::List;
use amanat_types::limits;
use bytes::{BufMut as _, Bytes, BytesMut};
use commonware_codec::{EncodeSize as _, ReadExt as _, Write as _};
use commonware_cryptography::{Digestible as _, ed25519::PublicKey};
use commonware_runtime::IoBuf;
use commonware_utils::sync::Mutex;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// Blocks that are kept.
const BLOCKS: usize = 4;

struct Proposed {
    digest: Digest,
    brief: Bytes,
    frames: Vec<Bytes>,
    /// Who was answered: each once a block.
    answered: BTreeSet<PublicKey>,
}

/// The blocks; clones share them.
#[derive(Clone)]
pub struct Tray {
    blocks: Arc<Mutex<VecDeque<Proposed>>>,
    rosters: Rosters,
    from: usize,
}

/// A message as it travels.
pub(super) fn encoded(message: &Message) -> Bytes {
    let mut bytes = BytesMut::with_capacity(1 + message.encode_size());
    bytes.put_u8(MARK);
    message.write(&mut bytes);
    bytes.freeze()
}

impl Tray {
    /// An empty tray. Blocks are sent in brief if at least `from` validators take part.
    pub fn new(rosters: Rosters, from: usize) -> Self {
        let blocks = Arc::default();
        Self {
            blocks,
            rosters,
            from,
        }
    }

    /// Whether blocks beside that of `header` are sent in brief, and transactions to every validator: under rules that older programs
    /// know neither, as peers may run one.
    pub fn applies(&self, header: &Header) -> bool {
        header.protocol >= limits::BRIEF_SINCE && self.rosters.count(header.epoch()) >= self.from
    }

    /// Keeps a block that this node proposes, unless it is as short whole.
    pub fn keep(&self, block: &Block) {
        let (header, payload) = (block.header(), block.payload());
        if payload.ids().is_empty() || !self.applies(header) {
            return;
        }
        let Ok(fingerprints) = List::new(payload.fingerprints().to_vec()) else {
            return;
        };
        let header = header.clone();
        let brief = encoded(&Message::Brief(Brief {
            header,
            fingerprints,
        }));
        let mut blocks = self.blocks.lock();
        if blocks.len() == BLOCKS {
            blocks.pop_front();
        }
        blocks.push_back(Proposed {
            digest: block.digest(),
            brief,
            frames: payload.frames(),
            answered: BTreeSet::new(),
        });
    }

    /// What is sent in place of a whole block.
    pub(super) fn brief(&self, whole: &IoBuf) -> Option<IoBuf> {
        let mut blocks = self.blocks.lock();
        if blocks.is_empty() {
            return None;
        }
        let digest = Header::read(&mut whole.clone()).ok()?.digest();
        let block = blocks.iter_mut().find(|block| block.digest == digest)?;
        Some(IoBuf::from(block.brief.clone()))
    }

    /// The answer to a peer's question; nothing if the block is not here, or it was answered, or it asks for what is not there.
    pub(super) fn answer(&self, peer: &PublicKey, ask: &Ask) -> Option<Bytes> {
        let mut blocks = self.blocks.lock();
        let mut blocks = blocks.iter_mut();
        let block = blocks.find(|block| block.digest == ask.block)?;
        let mut last = None;
        let mut frames = Vec::with_capacity(ask.positions.len());
        for position in ask.positions.iter() {
            if last.is_some_and(|last| last >= *position) {
                return None;
            }
            last = Some(*position);
            frames.push(Frame(block.frames.get(usize::from(*position))?.clone()));
        }
        if !block.answered.insert(peer.clone()) {
            return None;
        }
        Some(encoded(&Message::Rest(Rest {
            block: ask.block,
            frames: List::new(frames).ok()?,
        })))
    }
}
