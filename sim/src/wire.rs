//! A sender that something listens to, and that may say something else than the node did.
use crate::cluster::Channels;
use commonware_actor::{Feedback, Unreliable};
use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::{CheckedSender, LimitedSender, Recipients};
use commonware_runtime::{IoBuf, IoBufs};
use std::sync::Arc;
use std::time::SystemTime;

/// What stands between a node and its network.
pub trait Tap: Send + Sync {
    /// Sees a message on a channel to so many peers, and gives what is sent in its place; nothing if nothing is.
    fn pass(&self, channel: u64, peers: usize, message: IoBuf) -> Option<IoBuf>;
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

/// Puts `tap` on every channel.
pub fn tapped<S, R>(channels: Channels<S, R>, tap: &Arc<dyn Tap>) -> Channels<Wire<S>, R> {
    let wire = |(channel, (inner, receiver))| {
        let tap = tap.clone();
        let wire = Wire {
            inner,
            channel,
            tap,
        };
        (channel, (wire, receiver))
    };
    channels.into_iter().map(wire).collect()
}
