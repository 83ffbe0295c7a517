//! How much of old blocks this node sends to each other one.
//!
//! The channel counts messages, and an answer above its quota is dropped: whoever asked waits for a time-out. So the quota of messages is more
//! than a node needs, and this counts bytes: of a peer that was sent more than its allowance, questions are passed over until it is less again.
//! A node that catches up asks 32 blocks at a time and executes them, which takes longer than its allowance lasts.
use crate::network::{Channel, Receives, Sends};
use amanat_types::Digest;
use commonware_actor::{Feedback, Unreliable};
use commonware_codec::MaxEncodeSize as _;
use commonware_consensus::marshal::resolver::handler::Key;
use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::{CheckedSender, LimitedSender, Receiver, Recipients};
use commonware_resolver::p2p::REQUEST_OVERHEAD;
use commonware_runtime::{Clock, IoBufs};
use commonware_utils::sync::Mutex;
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::SystemTime;

/// Bytes a second that a peer is sent in the long run.
const BYTES_A_SECOND: u64 = 32 * 1024 * 1024;
/// Bytes that it is sent at once: 32 of the largest blocks.
const BYTES_AT_ONCE: u64 = 128 * 1024 * 1024;
/// Longest message that is a question. An answer with a block is longer.
const QUESTION_BYTES_MAX: usize = REQUEST_OVERHEAD + Key::<Digest>::MAX_ENCODE_SIZE;

/// Puts the two ends of a channel behind an allowance for each peer.
pub fn channel<E: Clock, S: Sends, R: Receives>(
    clock: E,
    (sender, receiver): Channel<S, R>,
) -> Channel<Counted<E, S>, Allowed<E, R>> {
    let sent = Arc::new(Sent {
        clock,
        bytes: Mutex::default(),
    });
    let counted = Counted {
        sender,
        sent: sent.clone(),
    };
    (counted, Allowed { receiver, sent })
}

/// What each peer was sent, less what time has made up for.
struct Sent<E> {
    clock: E,
    bytes: Mutex<BTreeMap<PublicKey, (u64, SystemTime)>>,
}

impl<E: Clock> Sent<E> {
    /// Bytes that count now; nothing is kept of a peer of which none do. A clock that went back makes up for nothing.
    fn with(&self, peer: &PublicKey, more: usize) -> u64 {
        let now = self.clock.current();
        let mut bytes = self.bytes.lock();
        let (before, since) = bytes.get(peer).copied().unwrap_or((0, now));
        let passed = now.duration_since(since).unwrap_or_default().as_millis();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        let made_up = passed.saturating_mul(BYTES_A_SECOND / 1_000);
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        let left = before.saturating_sub(made_up).saturating_add(more);
        match left {
            0 => drop(bytes.remove(peer)),
            left => drop(bytes.insert(peer.clone(), (left, now))),
        }
        left
    }
}

/// Counts what is sent.
pub struct Counted<E, S> {
    sender: S,
    sent: Arc<Sent<E>>,
}

impl<E, S: Clone> Clone for Counted<E, S> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            sent: self.sent.clone(),
        }
    }
}

/// A message that passed the limit of the channel.
pub struct Checked<E, C> {
    inner: C,
    sent: Arc<Sent<E>>,
}

impl<E: Clock, S: LimitedSender<PublicKey = PublicKey>> LimitedSender for Counted<E, S> {
    type PublicKey = PublicKey;
    type Checked<'a>
        = Checked<E, S::Checked<'a>>
    where
        Self: 'a;

    fn check(
        &mut self,
        recipients: Recipients<PublicKey>,
    ) -> Result<Self::Checked<'_>, SystemTime> {
        let inner = self.sender.check(recipients)?;
        let sent = self.sent.clone();
        Ok(Checked { inner, sent })
    }
}

impl<E: Clock, C: CheckedSender<PublicKey = PublicKey>> CheckedSender for Checked<E, C> {
    type PublicKey = PublicKey;

    fn recipients(&self) -> Vec<PublicKey> {
        self.inner.recipients()
    }

    fn send(self, message: impl Into<IoBufs> + Send, priority: bool) -> Unreliable<Feedback> {
        let message = message.into();
        for peer in self.inner.recipients() {
            self.sent.with(&peer, message.len());
        }
        self.inner.send(message, priority)
    }
}

/// Passes over questions of who was sent its allowance.
pub struct Allowed<E, R> {
    receiver: R,
    sent: Arc<Sent<E>>,
}

impl<E, R: fmt::Debug> fmt::Debug for Allowed<E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.receiver.fmt(f)
    }
}

impl<E: Clock, R: Receives> Receiver for Allowed<E, R> {
    type Error = R::Error;
    type PublicKey = PublicKey;

    async fn recv(&mut self) -> Result<commonware_p2p::Message<PublicKey>, R::Error> {
        loop {
            let (peer, message) = self.receiver.recv().await?;
            let asks = message.len() <= QUESTION_BYTES_MAX;
            if asks && self.sent.with(&peer, 0) > BYTES_AT_ONCE {
                tracing::debug!(%peer, "was sent its allowance of old blocks");
                continue;
            }
            return Ok((peer, message));
        }
    }

    fn capacity(&self) -> NonZeroUsize {
        self.receiver.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES_A_SECOND, BYTES_AT_ONCE, QUESTION_BYTES_MAX, Sent, channel};
    use commonware_actor::{Feedback, Unreliable};
    use commonware_cryptography::{Signer as _, ed25519};
    use commonware_p2p::{CheckedSender, LimitedSender, Receiver, Recipients, Sender as _};
    use commonware_runtime::{Clock as _, IoBuf, IoBufs, Runner as _, deterministic};
    use commonware_utils::{NZUsize, sync::Mutex};
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::num::NonZeroUsize;
    use std::time::{Duration, SystemTime};

    type Key = ed25519::PublicKey;

    /// Takes whatever is sent.
    #[derive(Clone)]
    struct Open;
    struct To(Recipients<Key>);

    impl LimitedSender for Open {
        type PublicKey = Key;
        type Checked<'a> = To;

        fn check(&mut self, recipients: Recipients<Key>) -> Result<To, SystemTime> {
            Ok(To(recipients))
        }
    }

    impl CheckedSender for To {
        type PublicKey = Key;

        fn recipients(&self) -> Vec<Key> {
            match &self.0 {
                Recipients::One(peer) => vec![peer.clone()],
                _ => Vec::new(),
            }
        }

        fn send(self, _: impl Into<IoBufs> + Send, _: bool) -> Unreliable<Feedback> {
            Unreliable::new(Feedback::Ok)
        }
    }

    /// What has arrived.
    #[derive(Debug)]
    struct Arrived(VecDeque<(Key, IoBuf)>);

    impl Receiver for Arrived {
        type Error = Infallible;
        type PublicKey = Key;

        async fn recv(&mut self) -> Result<commonware_p2p::Message<Key>, Infallible> {
            Ok(self.0.pop_front().expect("a message"))
        }

        fn capacity(&self) -> NonZeroUsize {
            NZUsize!(1)
        }
    }

    fn keys() -> [Key; 2] {
        [1, 2].map(|seed| ed25519::PrivateKey::from_seed(seed).public_key())
    }

    /// What is sent counts, for each peer by itself, and time makes up for it.
    #[test]
    fn an_allowance_is_a_peers_own_and_comes_back_with_time() {
        deterministic::Runner::default().start(|clock| async move {
            let [greedy, other] = keys();
            let bytes = Mutex::default();
            let sent = Sent { clock, bytes };
            assert_eq!(sent.with(&greedy, 0), 0);
            let most = usize::try_from(BYTES_AT_ONCE).expect("64 bits");
            assert_eq!(sent.with(&greedy, most), BYTES_AT_ONCE);
            assert_eq!(sent.with(&greedy, 1), BYTES_AT_ONCE + 1);
            assert_eq!(sent.with(&other, 7), 7);
            sent.clock.sleep(Duration::from_secs(1)).await;
            let left = sent.with(&greedy, 0);
            let expected = BYTES_AT_ONCE - BYTES_A_SECOND;
            assert!(left.abs_diff(expected) < BYTES_A_SECOND / 100, "{left}");
            sent.clock.sleep(Duration::from_secs(4)).await;
            assert_eq!((sent.with(&greedy, 0), sent.with(&other, 0)), (0, 0));
            assert!(sent.bytes.lock().is_empty());
        });
    }

    /// Questions of who was sent too much are passed over; its answers are not, nor is anything of others.
    #[test]
    fn who_was_sent_more_than_its_allowance_asks_in_vain_for_a_while() {
        deterministic::Runner::default().start(|clock| async move {
            let [greedy, other] = keys();
            let of = |len: usize| IoBuf::from(vec![0u8; len]);
            let (question, answer) = (of(QUESTION_BYTES_MAX), of(QUESTION_BYTES_MAX + 1));
            let arrived = [
                (&greedy, &question),
                (&greedy, &question),
                (&other, &question),
                (&greedy, &answer),
                (&greedy, &question),
            ];
            let arrived = arrived.map(|(peer, message)| (peer.clone(), message.clone()));
            let arrived = Arrived(arrived.into());
            let (mut sender, mut receiver) = channel(clock, (Open, arrived));
            let half = of(usize::try_from(BYTES_AT_ONCE / 2).expect("64 bits"));
            let to = || Recipients::One(greedy.clone());
            sender.send(to(), half.clone(), false);
            sender.send(to(), half, false);
            let got = receiver.recv().await.expect("the first");
            assert_eq!(got, (greedy.clone(), question.clone()));
            sender.send(to(), of(1), false);
            let got = receiver.recv().await.expect("the third");
            assert_eq!(got, (other.clone(), question.clone()));
            let got = receiver.recv().await.expect("the fourth");
            assert_eq!(got, (greedy.clone(), answer));
            sender.sent.clock.sleep(Duration::from_secs(1)).await;
            let got = receiver.recv().await.expect("the fifth");
            assert_eq!(got, (greedy.clone(), question));
        });
    }
}
