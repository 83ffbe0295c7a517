//! Transactions between nodes: queues what peers forward, forwards again what still waits, says that it is there.
use crate::brief::{Recent, Tray};
use crate::follow::Follow;
use crate::mempool::intake::Intake;
use crate::mempool::wire::{self, Message};
use crate::mempool::{Dropped, Mempool};
use crate::store::Runtime;
use amanat_types::Height;
use amanat_types::block::Parcel;
use bytes::Bytes;
use commonware_codec::{DecodeExt as _, Encode as _};
use commonware_cryptography::ed25519;
use commonware_macros::select_loop;
use commonware_p2p::{Blocker, Receiver, Recipients, Sender};
use commonware_runtime::{ContextCell, Handle, spawn_cell};
use commonware_utils::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How often a node says that it is there and forwards again what waits.
const TICK: Duration = Duration::from_secs(2);
/// How long a forwarded transaction may wait before it is forwarded to everyone.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a peer that says nothing counts as there.
const SILENCE: Duration = Duration::from_secs(5);

/// A peer as last heard.
#[derive(Clone, Copy, Debug)]
struct Heard {
    at: SystemTime,
    height: Height,
}

/// Which peers are there, and how high they are; clones share it.
#[derive(Clone, Default)]
pub struct Peers(Arc<Mutex<BTreeMap<ed25519::PublicKey, Heard>>>);

impl Peers {
    /// Peers heard of lately and their heights.
    pub fn present(&self, now: SystemTime) -> Vec<(ed25519::PublicKey, Height)> {
        let heard = self.0.lock();
        let present = heard.iter().filter(|(_, heard)| {
            now.duration_since(heard.at)
                .is_ok_and(|since| since < SILENCE)
        });
        present
            .map(|(key, heard)| (key.clone(), heard.height))
            .collect()
    }
}

/// Gossip of one node.
pub struct Actor<E: Runtime, S, R, B> {
    context: ContextCell<E>,
    mempool: Mempool,
    intake: Intake,
    follow: Follow,
    peers: Peers,
    tray: Tray,
    recent: Recent,
    sender: S,
    receiver: R,
    blocker: B,
}

impl<E, S, R, B> Actor<E, S, R, B>
where
    E: Runtime,
    S: Sender<PublicKey = ed25519::PublicKey>,
    R: Receiver<PublicKey = ed25519::PublicKey>,
    B: Blocker<PublicKey = ed25519::PublicKey>,
{
    /// Joins the parts.
    pub fn new(
        context: E,
        (mempool, intake, follow, peers): (Mempool, Intake, Follow, Peers),
        (tray, recent): (Tray, Recent),
        (sender, receiver): (S, R),
        blocker: B,
    ) -> Self {
        Self {
            context: ContextCell::new(context),
            mempool,
            intake,
            follow,
            peers,
            tray,
            recent,
            sender,
            receiver,
            blocker,
        }
    }

    /// Runs until the node stops.
    pub fn start(mut self) -> Handle<()> {
        spawn_cell!(self.context, self.run())
    }

    async fn run(mut self) {
        let mut tick = self.context.as_present().current();
        select_loop! {
            self.context,
            on_stopped => {},
            _ = self.context.sleep_until(tick) => {
                tick = self.context.as_present().current() + TICK;
                self.tick();
            },
            Ok((peer, bytes)) = self.receiver.recv() else break => {
                match Message::decode(bytes) {
                    Ok(message) => self.hear(peer, message),
                    Err(error) => {
                        commonware_p2p::block!(self.blocker, peer, %error, "bad mempool message");
                    }
                }
            },
        }
    }

    fn hear(&mut self, peer: ed25519::PublicKey, message: Message) {
        let now = self.context.as_present().current();
        match message {
            Message::Here(height) => {
                self.peers.0.lock().insert(peer, Heard { at: now, height });
            }
            Message::Transactions(frames) => {
                let brief = self.tray.applies(&self.follow.tip());
                for frame in frames.into_vec() {
                    // A copy: a slice would keep the whole message in memory for as long as this one waits.
                    let Ok(parcel) = Parcel::decode(Bytes::copy_from_slice(&frame.0)) else {
                        commonware_p2p::block!(self.blocker, peer, "forwarded a non-transaction");
                        return;
                    };
                    if brief {
                        let bytes = parcel.bytes.clone();
                        self.recent.keep(parcel.fingerprint, bytes);
                    }
                    if !self.intake.offer(&peer, parcel) {
                        self.mempool.note(Dropped::Intake);
                    }
                }
            }
        }
    }

    fn tick(&mut self) {
        let here = Message::Here(self.follow.tip().height);
        let _ = self.sender.send(Recipients::All, here.encode(), false);
        let now = self.context.as_present().current();
        let stale = self.mempool.stale(now - PATIENCE, now);
        for message in wire::pack(stale.into_iter().map(|item| item.bytes.clone())) {
            let _ = self.sender.send(Recipients::All, message.encode(), false);
        }
    }
}
