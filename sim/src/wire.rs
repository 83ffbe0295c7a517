//! Channels that something listens to, and on which it may say something else than the node did.
use crate::cluster::Channels;
use commonware_actor::{Feedback, Unreliable};
use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::{CheckedSender, LimitedSender, Message, Receiver, Recipients};
use commonware_runtime::{IoBuf, IoBufs};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::SystemTime;

/// What stands between a node and its network.
pub trait Tap: Send + Sync {
    /// Sees a message on a channel to so many peers, and gives what is sent in its place; nothing if nothing is.
    fn pass(&self, channel: u64, peers: usize, message: IoBuf) -> Option<IoBuf>;

    /// Hears a message as the node takes it from a channel.
    fn hear(&self, _channel: u64, _message: &IoBuf) {}
}

/// Sends what the node sends.
pub struct Plain;

impl Tap for Plain {
    fn pass(&self, _: u64, _: usize, message: IoBuf) -> Option<IoBuf> {
        Some(message)
    }
}

/// A sender behind a tap.
#[derive(Clone)]
pub struct Wire<S> {
    inner: S,
    channel: u64,
    tap: Arc<dyn Tap>,
}

/// A message that passed the limit of its channel.
pub struct Passed<C> {
    inner: C,
    channel: u64,
    tap: Arc<dyn Tap>,
}

impl<S: LimitedSender<PublicKey = PublicKey>> LimitedSender for Wire<S> {
    type PublicKey = PublicKey;
    type Checked<'a>
        = Passed<S::Checked<'a>>
    where
        Self: 'a;

    fn check(
        &mut self,
        recipients: Recipients<PublicKey>,
    ) -> Result<Self::Checked<'_>, SystemTime> {
        let inner = self.inner.check(recipients)?;
        Ok(Passed {
            inner,
            channel: self.channel,
            tap: self.tap.clone(),
        })
    }
}

impl<C: CheckedSender<PublicKey = PublicKey>> CheckedSender for Passed<C> {
    type PublicKey = PublicKey;

    fn recipients(&self) -> Vec<PublicKey> {
        self.inner.recipients()
    }

    fn send(self, message: impl Into<IoBufs> + Send, priority: bool) -> Unreliable<Feedback> {
        let peers = self.inner.recipients().len();
        let message = message.into().coalesce();
        match self.tap.pass(self.channel, peers, message) {
            Some(message) => self.inner.send(message, priority),
            None => Unreliable::Rejected,
        }
    }
}

/// A receiver behind a tap.
pub struct Heard<R> {
    inner: R,
    channel: u64,
    tap: Arc<dyn Tap>,
}

impl<R: fmt::Debug> fmt::Debug for Heard<R> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(to)
    }
}

impl<R: Receiver<PublicKey = PublicKey>> Receiver for Heard<R> {
    type Error = R::Error;
    type PublicKey = PublicKey;

    async fn recv(&mut self) -> Result<Message<PublicKey>, R::Error> {
        let (peer, message) = self.inner.recv().await?;
        self.tap.hear(self.channel, &message);
        Ok((peer, message))
    }

    fn capacity(&self) -> NonZeroUsize {
        self.inner.capacity()
    }
}

/// Puts `tap` on every channel.
pub fn tapped<S, R>(channels: Channels<S, R>, tap: &Arc<dyn Tap>) -> Channels<Wire<S>, Heard<R>> {
    let wire = |(channel, (inner, receiver))| {
        let tap = tap.clone();
        let heard = Heard {
            inner: receiver,
            channel,
            tap: tap.clone(),
        };
        let wire = Wire {
            inner,
            channel,
            tap,
        };
        (channel, (wire, heard))
    };
    channels.into_iter().map(wire).collect()
}
