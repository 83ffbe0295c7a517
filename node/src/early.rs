//! What peers say in an epoch before this node has entered it.
//!
//! Nodes enter an epoch within milliseconds of each other, and votes and certificates are sent once: a node that lost those of the first views
//! would wait for a time-out, and the others with it. So the last few of each peer are kept, of the epoch that comes next and of no other.
use crate::network::{Channel, Receives, Sends};
use crate::store::Runtime;
use amanat_types::Digest;
use amanat_types::block::Scheme;
use amanat_types::limits;
use commonware_consensus::simplex;
use commonware_consensus::types::Epoch;
use commonware_cryptography::ed25519;
use commonware_p2p::utils::mux::{Builder as _, Error, MuxHandle, Muxer, SubReceiver, SubSender};
use commonware_p2p::{Message, Receiver};
use commonware_utils::channel::mpsc;
use std::collections::VecDeque;
use std::num::NonZeroUsize;

type Heard = Message<ed25519::PublicKey>;

/// Messages of one peer that are kept: those of the first views.
const OF_PEER: usize = 8;

/// The messages that are kept of one epoch.
#[derive(Default)]
struct Early {
    epoch: u64,
    messages: VecDeque<Heard>,
}

impl Early {
    /// Keeps a message of the epoch that comes next; the oldest of its peer makes room.
    fn keep(&mut self, epoch: u64, message: Heard) {
        let validators = u32::try_from(limits::MEMBERS_MAX).unwrap_or(u32::MAX);
        if message.1.len() > simplex::max_payload_size::<Scheme, Digest>(validators) {
            return;
        }
        if epoch != self.epoch {
            *self = Self {
                epoch,
                ..Self::default()
            };
        }
        let places = self.messages.iter().enumerate();
        let mut of_peer = places.filter(|(_, (peer, _))| *peer == message.0);
        let oldest = of_peer.next().map(|(place, _)| place);
        if of_peer.count() + 1 >= OF_PEER
            && let Some(oldest) = oldest
        {
            self.messages.remove(oldest);
        }
        self.messages.push_back(message);
    }

    /// Those of `epoch`, in the order in which they came; none is kept afterwards.
    fn take(&mut self, epoch: u64) -> VecDeque<Heard> {
        let kept = std::mem::take(self);
        match kept.epoch == epoch {
            true => kept.messages,
            false => VecDeque::new(),
        }
    }
}

/// A channel that is muxed by epoch.
pub struct Line<S: Sends> {
    mux: MuxHandle<S>,
    late: mpsc::Receiver<(u64, Heard)>,
    early: Early,
}

impl<S: Sends> Line<S> {
    /// Begins to sort what comes by its epoch.
    pub fn start<E: Runtime, R: Receives>(context: E, channel: Channel<S, R>) -> Self {
        let mux = Muxer::builder(context, channel.0, channel.1).with_backup();
        let (mux, handle, late) = mux.build();
        mux.start();
        Self {
            mux: handle,
            late,
            early: Early::default(),
        }
    }

    /// The next peer that speaks in an epoch which is not registered, with that epoch: what it says is kept if that is the one after `running`.
    /// Nothing once the node stops.
    pub async fn elsewhere(&mut self, running: Epoch) -> Option<(u64, ed25519::PublicKey)> {
        let (epoch, message) = self.late.recv().await?;
        let peer = message.0.clone();
        if epoch == running.next().get() {
            self.early.keep(epoch, message);
        }
        Some((epoch, peer))
    }

    /// The channel's two ends in `epoch`, with what came before.
    pub async fn register(
        &mut self,
        epoch: Epoch,
    ) -> Result<(SubSender<S>, After<SubReceiver<ed25519::PublicKey>>), Error> {
        let epoch = epoch.get();
        let (sender, receiver) = self.mux.register(epoch).await?;
        // What came until now and was not looked at yet.
        while let Ok((theirs, message)) = self.late.try_recv() {
            if theirs == epoch {
                self.early.keep(epoch, message);
            }
        }
        let early = self.early.take(epoch);
        Ok((sender, After { early, receiver }))
    }
}

/// A receiver that first gives what came before it.
#[derive(Debug)]
pub struct After<R: Receiver> {
    early: VecDeque<Message<R::PublicKey>>,
    receiver: R,
}

impl<R: Receiver> Receiver for After<R> {
    type Error = R::Error;
    type PublicKey = R::PublicKey;

    async fn recv(&mut self) -> Result<Message<R::PublicKey>, R::Error> {
        match self.early.pop_front() {
            Some(message) => Ok(message),
            None => self.receiver.recv().await,
        }
    }

    fn capacity(&self) -> NonZeroUsize {
        self.receiver.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::{Early, OF_PEER};
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};

    /// A peer that says much pushes out what it said itself, and nothing of the others.
    #[test]
    fn the_last_few_of_each_peer_are_kept_of_one_epoch() {
        let [one, two] = [1, 2].map(|seed| PrivateKey::from_seed(seed).public_key());
        let said = |bytes: &[u8]| bytes.to_vec().into();
        let mut early = Early::default();
        early.keep(4, (one.clone(), said(&[0])));
        early.keep(5, (two.clone(), said(&[1])));
        for number in 2..=12 {
            early.keep(5, (one.clone(), said(&[number])));
        }
        // Longer than any vote or certificate.
        early.keep(5, (two.clone(), said(&vec![0; 1 << 20])));
        assert!(early.take(4).is_empty());
        early.keep(5, (two.clone(), said(&[1])));
        for number in 2..=12 {
            early.keep(5, (one.clone(), said(&[number])));
        }
        let kept = early.take(5);
        let kept: Vec<_> = kept
            .into_iter()
            .map(|(peer, bytes)| (peer == one, bytes.as_ref()[0]))
            .collect();
        let of_one = (5..=12).map(|number| (true, number));
        let expected: Vec<_> = std::iter::once((false, 1)).chain(of_one).collect();
        assert_eq!(kept, expected);
        assert_eq!(kept.len(), OF_PEER + 1);
        assert!(early.take(5).is_empty());
    }
}
