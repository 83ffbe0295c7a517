//! The channel of proposed blocks, on which those of this node leave in brief and those of others arrive whole.
use super::recent::Recent;
use super::tray::{Tray, encoded};
use super::wire::{Ask, Brief, MARK, Message, Rest};
use crate::network::{Channel, Receives, Sends};
use crate::work::{Account, Work};
use amanat_types::block::Header;
use amanat_types::codec::List;
use amanat_types::{Digest, limits};
use bytes::{Bytes, BytesMut};
use commonware_actor::{Feedback, Unreliable};
use commonware_codec::{DecodeExt as _, EncodeSize as _, Write as _};
use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::{CheckedSender, LimitedSender, Receiver, Recipients};
use commonware_runtime::{IoBuf, IoBufs};
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::time::SystemTime;

/// Puts the two ends of the channel behind `tray` and `recent`; blocks that are put together are told `account`.
pub fn channel<S: Sends, R: Receives>(
    (sender, receiver): Channel<S, R>,
    (tray, recent): (Tray, Recent),
    account: Account,
) -> Channel<Shortener<S>, Joiner<S, R>> {
    let joiner = Joiner::new((sender.clone(), receiver), (tray.clone(), recent), account);
    (Shortener::new(sender, tray), joiner)
}

/// Sends in brief what this node proposed, and all else as it is.
#[derive(Clone)]
pub struct Shortener<S> {
    sender: S,
    tray: Tray,
}

impl<S> Shortener<S> {
    pub(super) const fn new(sender: S, tray: Tray) -> Self {
        Self { sender, tray }
    }
}

/// A message that passed the limit of the channel.
pub struct Checked<C> {
    inner: C,
    tray: Tray,
}

impl<S: LimitedSender<PublicKey = PublicKey>> LimitedSender for Shortener<S> {
    type PublicKey = PublicKey;
    type Checked<'a>
        = Checked<S::Checked<'a>>
    where
        Self: 'a;

    fn check(
        &mut self,
        recipients: Recipients<PublicKey>,
    ) -> Result<Self::Checked<'_>, SystemTime> {
        let inner = self.sender.check(recipients)?;
        let tray = self.tray.clone();
        Ok(Checked { inner, tray })
    }
}

impl<C: CheckedSender<PublicKey = PublicKey>> CheckedSender for Checked<C> {
    type PublicKey = PublicKey;

    fn recipients(&self) -> Vec<PublicKey> {
        self.inner.recipients()
    }

    fn send(self, message: impl Into<IoBufs> + Send, priority: bool) -> Unreliable<Feedback> {
        let whole = message.into().coalesce();
        let message = self.tray.brief(&whole).unwrap_or(whole);
        self.inner.send(message, priority)
    }
}

/// A block whose transactions are not all here.
struct Open {
    digest: Digest,
    header: Header,
    frames: Vec<Option<Bytes>>,
}

impl Open {
    /// What is here of a block; nothing if that is already more than a block holds. So one that stays open keeps no more than that in memory.
    fn of(brief: Brief, recent: &Recent) -> Option<Self> {
        let mut size = 0;
        let mut frames = Vec::with_capacity(brief.fingerprints.len());
        for fingerprint in brief.fingerprints.iter() {
            let frame = recent.find(fingerprint);
            size += frame.as_ref().map_or(0, Bytes::len);
            if size > limits::BLOCK_BYTES_MAX {
                return None;
            }
            frames.push(frame);
        }
        Some(Self {
            digest: brief.header.digest(),
            header: brief.header,
            frames,
        })
    }

    fn missing(&self) -> Vec<u16> {
        let frames = (0u16..).zip(&self.frames);
        let missing = frames.filter(|(_, frame)| frame.is_none());
        missing.map(|(position, _)| position).collect()
    }

    fn fill(&mut self, rest: Rest) {
        let missing = self.frames.iter_mut().filter(|frame| frame.is_none());
        for (empty, frame) in missing.zip(rest.frames.into_vec()) {
            *empty = Some(frame.0);
        }
    }

    /// The whole block, if nothing is missing. Whether it is what the header says is judged by whoever decodes it.
    fn whole(&self) -> Option<IoBuf> {
        let frames: Option<Vec<&Bytes>> = self.frames.iter().map(Option::as_ref).collect();
        let frames = frames?;
        let size: usize = frames.iter().map(|frame| frame.len()).sum();
        if size > limits::BLOCK_BYTES_MAX {
            return None;
        }
        let mut payload = BytesMut::with_capacity(size);
        frames
            .iter()
            .for_each(|frame| payload.extend_from_slice(frame));
        let payload = payload.freeze();
        let size = self.header.encode_size() + payload.encode_size();
        let mut whole = BytesMut::with_capacity(size);
        self.header.write(&mut whole);
        payload.write(&mut whole);
        Some(IoBuf::from(whole.freeze()))
    }
}

/// Puts together what others send in brief, and answers what they ask.
pub struct Joiner<S, R> {
    receiver: R,
    sender: S,
    tray: Tray,
    recent: Recent,
    account: Account,
    /// One block of each peer: a later one takes the place of one that never became whole.
    open: BTreeMap<PublicKey, Open>,
}

impl<S, R> Joiner<S, R> {
    pub(super) fn new(
        (sender, receiver): (S, R),
        (tray, recent): (Tray, Recent),
        account: Account,
    ) -> Self {
        Self {
            receiver,
            sender,
            tray,
            recent,
            account,
            open: BTreeMap::new(),
        }
    }
}

impl<S: Sends, R> Joiner<S, R> {
    /// The whole block that a message makes, if it makes one.
    ///
    /// What is malformed is dropped, as a block is that does not decode.
    pub(super) fn take(&mut self, peer: &PublicKey, bytes: IoBuf) -> Option<IoBuf> {
        if bytes.as_ref().first() != Some(&MARK) {
            return Some(bytes);
        }
        match Message::decode(bytes.slice(1..)).ok()? {
            Message::Brief(brief) => self.begin(peer, brief),
            Message::Ask(ask) => {
                let answer = self.tray.answer(peer, &ask)?;
                self.send(peer, answer);
                None
            }
            Message::Rest(rest) => {
                if self.open.get(peer)?.digest != rest.block {
                    return None;
                }
                let mut open = self.open.remove(peer)?;
                open.fill(rest);
                self.joined(&open)
            }
        }
    }

    fn begin(&mut self, peer: &PublicKey, brief: Brief) -> Option<IoBuf> {
        // Only who leads proposes. Whether it does lead that view is consensus' to judge; here it can only open a block in its own name.
        if brief.header.context.leader != *peer {
            return None;
        }
        let open = Open::of(brief, &self.recent)?;
        let missing = open.missing();
        if missing.is_empty() {
            return self.joined(&open);
        }
        let ask = encoded(&Message::Ask(Ask {
            block: open.digest,
            positions: List::new(missing).ok()?,
        }));
        self.open.insert(peer.clone(), open);
        self.send(peer, ask);
        None
    }

    fn joined(&self, open: &Open) -> Option<IoBuf> {
        let whole = open.whole()?;
        self.account.tell(Work::Joined(whole.len()));
        Some(whole)
    }

    /// What is lost on the way leaves a block that is fetched once it is certified, as one that never came.
    fn send(&mut self, peer: &PublicKey, message: Bytes) {
        let to = Recipients::One(peer.clone());
        let _ = commonware_p2p::Sender::send(&mut self.sender, to, message, false);
    }
}

impl<S, R: fmt::Debug> fmt::Debug for Joiner<S, R> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.receiver.fmt(to)
    }
}

impl<S: Sends, R: Receives> Receiver for Joiner<S, R> {
    type Error = R::Error;
    type PublicKey = PublicKey;

    async fn recv(&mut self) -> Result<commonware_p2p::Message<PublicKey>, R::Error> {
        loop {
            let (peer, bytes) = self.receiver.recv().await?;
            if let Some(whole) = self.take(&peer, bytes) {
                return Ok((peer, whole));
            }
        }
    }

    fn capacity(&self) -> NonZeroUsize {
        self.receiver.capacity()
    }
}
