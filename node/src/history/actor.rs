//! Answers peers' questions about what lies behind the tip, and carries this node's own questions and their answers.
use super::wire::{ANSWER_BYTES, BLOCKS_MAX};
use super::wire::{Ask, Asked, MESSAGE_SIZE_MAX, Message, PastBlock, Room, Standing, Tell, Told};
use crate::archive::Archive;
use crate::boundaries::Boundaries;
use crate::fault::Fault;
use crate::handle::sound;
use crate::network::{Blocks, Receives, Sends};
use crate::past::Headers;
use crate::store::Runtime;
use amanat_types::Height;
use amanat_types::codec::List;
use amanat_types::proof::FinalizedHeader;
use commonware_codec::{DecodeExt as _, Encode as _};
use commonware_cryptography::ed25519;
use commonware_macros::select_loop;
use commonware_p2p::Recipients;
use commonware_runtime::{ContextCell, Handle, spawn_cell};
use commonware_utils::channel::{mpsc, oneshot};
use commonware_utils::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Questions of this node that wait to be sent.
const QUESTIONS: usize = 256;

struct Question {
    peer: ed25519::PublicKey,
    ask: Ask,
    reply: oneshot::Sender<Tell>,
}

/// Asks peers; clones share the line.
#[derive(Clone)]
pub struct History(mpsc::Sender<Question>);

impl History {
    /// Sends a question to a peer. The receiver ends without an answer if the peer cannot be reached or the node stops; else bound
    /// the wait outside, and drop it to give up.
    pub fn ask(&self, peer: ed25519::PublicKey, ask: Ask) -> oneshot::Receiver<Tell> {
        let (reply, answer) = oneshot::channel();
        // A full line drops the question, which ends its receiver.
        let _ = self.0.try_send(Question { peer, ask, reply });
        answer
    }
}

/// What old blocks are served from, once it is open.
pub struct Serving<E: Runtime> {
    pub(crate) headers: Headers<E>,
    pub(crate) archive: Archive<E>,
}

impl<E: Runtime> Clone for Serving<E> {
    fn clone(&self) -> Self {
        Self {
            headers: self.headers.clone(),
            archive: self.archive.clone(),
        }
    }
}

/// Where [`Serving`] stands once there is something to serve; clones share it.
pub type Shelf<E> = Arc<Mutex<Option<Serving<E>>>>;

/// The parts that an actor needs; `serving` is filled when there is something to serve.
pub struct Actor<E: Runtime, S, R, B> {
    context: ContextCell<E>,
    boundaries: Boundaries<E>,
    serving: Shelf<E>,
    questions: mpsc::Receiver<Question>,
    waiting: BTreeMap<u64, (ed25519::PublicKey, oneshot::Sender<Tell>)>,
    next: u64,
    sender: S,
    receiver: R,
    blocker: B,
}

impl<E: Runtime, S: Sends, R: Receives, B: Blocks> Actor<E, S, R, B> {
    /// Joins the parts. What is put into `serving` later is served from then on.
    pub fn new(
        context: E,
        (boundaries, serving): (Boundaries<E>, Shelf<E>),
        (sender, receiver): (S, R),
        blocker: B,
    ) -> (Self, History) {
        let (ask, questions) = mpsc::channel(QUESTIONS);
        let actor = Self {
            context: ContextCell::new(context),
            boundaries,
            serving,
            questions,
            waiting: BTreeMap::new(),
            next: 0,
            sender,
            receiver,
            blocker,
        };
        (actor, History(ask))
    }

    /// Runs until the node stops.
    pub fn start(mut self) -> Handle<()> {
        spawn_cell!(self.context, self.run())
    }

    async fn run(mut self) {
        select_loop! {
            self.context,
            on_stopped => {},
            Some(question) = self.questions.recv() else break => self.send(question),
            Ok((peer, bytes)) = self.receiver.recv() else break => {
                match Message::decode(bytes) {
                    Ok(Message::Ask(asked)) => self.answer(peer, asked).await,
                    Ok(Message::Tell(told)) => self.told(&peer, told),
                    Err(error) => {
                        commonware_p2p::block!(self.blocker, peer, %error, "bad history message");
                    }
                }
            },
        }
    }

    fn send(&mut self, question: Question) {
        self.waiting.retain(|_, (_, reply)| !reply.is_closed());
        let number = self.next;
        self.next = number.wrapping_add(1);
        let message = Message::Ask(Asked {
            number,
            ask: question.ask,
        });
        let peer = Recipients::One(question.peer.clone());
        let _ = self.sender.send(peer, message.encode(), false);
        self.waiting.insert(number, (question.peer, question.reply));
    }

    fn told(&mut self, peer: &ed25519::PublicKey, told: Told) {
        // Answers that come too late, or from another than who was asked, are passed over.
        if self
            .waiting
            .get(&told.number)
            .is_some_and(|(asked, _)| asked == peer)
            && let Some((_, reply)) = self.waiting.remove(&told.number)
        {
            let _ = reply.send(told.tell);
        }
    }

    async fn answer(&mut self, peer: ed25519::PublicKey, asked: Asked) {
        let serving = self.serving.lock().clone();
        let tell = match asked.ask {
            Ask::Standing(from) => Tell::Standing(standing(&self.boundaries, from, serving).await),
            Ask::Blocks(from) => {
                let blocks = match serving {
                    Some(serving) => sound(serving.blocks(from).await),
                    None => Vec::new(),
                };
                Tell::Blocks(List::new(blocks).unwrap_or_else(|_| List::empty()))
            }
        };
        let number = asked.number;
        let message = Message::Tell(Told { number, tell }).encode();
        if message.len() <= MESSAGE_SIZE_MAX {
            let _ = self.sender.send(Recipients::One(peer), message, false);
        }
    }
}

async fn standing<E: Runtime>(
    boundaries: &Boundaries<E>,
    from: u64,
    serving: Option<Serving<E>>,
) -> Standing {
    let boundaries = sound(boundaries.from(from, ANSWER_BYTES).await);
    let tip = match serving {
        Some(serving) => serving.headers.newest().await,
        None => None,
    };
    let tip: Vec<FinalizedHeader> = tip.into_iter().collect();
    Standing {
        boundaries: List::new(boundaries).unwrap_or_else(|_| List::empty()),
        tip: List::new(tip).unwrap_or_else(|_| List::empty()),
    }
}

impl<E: Runtime> Serving<E> {
    /// Old blocks from `from` downwards, as many as fit and are here without a gap.
    async fn blocks(&self, from: Height) -> Result<Vec<PastBlock>, Fault> {
        let mut blocks = Vec::new();
        let mut room = Room::default();
        let mut at = from.get();
        while at > 0 && blocks.len() < BLOCKS_MAX {
            let height = Height::new(at);
            let Some(outcome) = self.archive.outcome(height).await? else {
                break;
            };
            let Some((header, finalization)) = self.headers.get(height).await? else {
                break;
            };
            let block = PastBlock {
                header,
                finalization,
                outcome,
            };
            if !room.takes(&block) {
                break;
            }
            blocks.push(block);
            at -= 1;
        }
        Ok(blocks)
    }
}
