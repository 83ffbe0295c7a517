//! Blocks that travel in brief and arrive whole.
use super::line::{Joiner, Shortener};
use super::tray::encoded;
use super::wire::{Ask, Message, Rest};
use super::{MESSAGE_SIZE_MAX, Recent, Tray, header};
use crate::mempool::tests::{anchor, parcel};
use crate::mempool::wire::Frame;
use crate::rosters::Rosters;
use crate::work::Account;
use amanat_types::Digest;
use amanat_types::TimestampMs;
use amanat_types::block::{Block, Header, Payload, Roster};
use amanat_types::codec::List;
use bytes::Bytes;
use commonware_actor::{Feedback, Unreliable};
use commonware_codec::{DecodeExt as _, Encode as _, EncodeSize as _};
use commonware_cryptography::ed25519::{PrivateKey, PublicKey};
use commonware_cryptography::{Digestible as _, Signer as _};
use commonware_p2p::{CheckedSender, LimitedSender, Recipients, Sender as _};
use commonware_runtime::{IoBuf, IoBufs};
use commonware_utils::sync::Mutex;
use std::sync::Arc;
use std::time::SystemTime;

type Sent = Vec<(Recipients<PublicKey>, IoBuf)>;

/// A line on which what is sent is kept.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<Sent>>);

struct Checked(Line, Recipients<PublicKey>);

impl LimitedSender for Line {
    type PublicKey = PublicKey;
    type Checked<'a> = Checked;

    fn check(&mut self, recipients: Recipients<PublicKey>) -> Result<Checked, SystemTime> {
        Ok(Checked(self.clone(), recipients))
    }
}

impl CheckedSender for Checked {
    type PublicKey = PublicKey;

    fn recipients(&self) -> Vec<PublicKey> {
        Vec::new()
    }

    fn send(self, message: impl Into<IoBufs> + Send, _: bool) -> Unreliable<Feedback> {
        let sent = (self.1, message.into().coalesce());
        self.0.0.lock().push(sent);
        Unreliable::new(Feedback::Ok)
    }
}

impl Line {
    fn last(&self) -> IoBuf {
        self.0.lock().last().expect("something was sent").1.clone()
    }

    fn count(&self) -> usize {
        self.0.lock().len()
    }
}

fn key(seed: u64) -> PublicKey {
    PrivateKey::from_seed(seed).public_key()
}

fn rosters() -> Rosters {
    let network = amanat_types::digest("test", &[]);
    let roster = Roster::new((0..4).map(key).collect()).expect("four");
    Rosters::new(network, PrivateKey::from_seed(1), roster)
}

/// A block of three transactions, and who leads its view.
fn block() -> (Block, PublicKey) {
    let roster = rosters().roster(0).expect("the first");
    let parcels = (1..=3).map(|sequence| (*parcel(1, sequence, anchor(1))).clone());
    let payload = Payload::new(parcels.collect()).expect("three");
    let mut header = Header::genesis(Digest::from([1; 32]), TimestampMs::new(5), 3, &roster);
    header.transactions_root = payload.root();
    let leader = header.context.leader.clone();
    (Block::new(header, payload), leader)
}

/// The proposer's end, with the block sent, and the message.
fn proposed(block: &Block, from: usize) -> (Tray, IoBuf) {
    let tray = Tray::new(rosters(), from);
    tray.keep(block);
    let line = Line::default();
    let mut sender = Shortener::new(line.clone(), tray.clone());
    sender.send(Recipients::All, block.encode(), true);
    (tray, line.last())
}

fn heard(block: &Block, positions: &[usize]) -> Recent {
    let recent = Recent::default();
    let (frames, prints) = (block.payload().frames(), block.payload().fingerprints());
    for position in positions {
        recent.keep(prints[*position], frames[*position].clone());
    }
    recent
}

fn peer(recent: Recent) -> (Joiner<Line, ()>, Line) {
    let line = Line::default();
    let tray = Tray::new(rosters(), 4);
    (joiner(&line, tray, recent), line)
}

fn joiner(line: &Line, tray: Tray, recent: Recent) -> Joiner<Line, ()> {
    Joiner::new((line.clone(), ()), (tray, recent), Account::default())
}

fn same(block: &Block, whole: &IoBuf) {
    assert_eq!(whole.as_ref(), block.encode().as_ref());
}

#[test]
fn a_block_is_put_together_from_what_was_heard() {
    let (block, leader) = block();
    let (_, message) = proposed(&block, 4);
    assert!(message.len() < block.encode_size());
    assert_eq!(header(&message).as_ref(), Some(block.header()));
    let (mut peer, line) = peer(heard(&block, &[2, 0, 1]));
    same(&block, &peer.take(&leader, message).expect("whole"));
    assert_eq!(line.count(), 0, "nothing is asked");
}

#[test]
fn what_was_not_heard_is_asked_of_the_proposer_once() {
    let (block, leader) = block();
    let (tray, message) = proposed(&block, 4);
    for known in [&[][..], &[1], &[0, 2]] {
        let (mut peer, line) = peer(heard(&block, known));
        assert!(peer.take(&leader, message.clone()).is_none());
        let asked = line.last();
        let (mut proposer, answers) = {
            let line = Line::default();
            (joiner(&line, tray.clone(), Recent::default()), line)
        };
        let me = key(40 + u64::try_from(known.len()).expect("few"));
        assert!(proposer.take(&me, asked.clone()).is_none());
        let answer = answers.last();
        assert!(proposer.take(&me, asked).is_none());
        assert_eq!(answers.count(), 1, "the same peer is answered once");
        assert!(
            peer.take(&key(3), answer.clone()).is_none(),
            "another peer's"
        );
        same(&block, &peer.take(&leader, answer.clone()).expect("whole"));
        assert!(peer.take(&leader, answer).is_none(), "it is closed");
    }
}

#[test]
fn a_question_for_what_is_not_there_has_no_answer() {
    let (block, _) = block();
    let (tray, _) = proposed(&block, 4);
    let ask = |block: Digest, positions: &[u16]| Ask {
        block,
        positions: List::new(positions.to_vec()).expect("few"),
    };
    let digest = block.digest();
    for wrong in [
        ask(Digest::from([9; 32]), &[0]),
        ask(digest, &[3]),
        ask(digest, &[1, 1]),
        ask(digest, &[2, 0]),
    ] {
        assert!(tray.answer(&key(2), &wrong).is_none(), "{wrong:?}");
    }
    assert!(tray.answer(&key(2), &ask(digest, &[0, 2])).is_some());
}

#[test]
fn only_who_leads_proposes_and_a_wrong_rest_makes_no_block() {
    let (block, leader) = block();
    let (_, message) = proposed(&block, 4);
    let (mut peer, line) = peer(heard(&block, &[0, 1]));
    assert!(peer.take(&key(9), message.clone()).is_none());
    assert_eq!(line.count(), 0);
    assert!(peer.take(&leader, message).is_none());
    let other = parcel(1, 77, anchor(1)).bytes.clone();
    let rest = Message::Rest(Rest {
        block: block.digest(),
        frames: List::new(vec![Frame(other)]).expect("one"),
    });
    let wrong = peer
        .take(&leader, IoBuf::from(encoded(&rest)))
        .expect("some bytes");
    assert!(Block::decode(wrong).is_err());
    // What is no message is nothing; what does not begin with the mark is passed on.
    assert!(
        peer.take(&leader, IoBuf::from(Bytes::from_static(&[0xb7, 9, 9])))
            .is_none()
    );
    assert!(
        peer.take(&leader, IoBuf::from(Bytes::from_static(&[0, 1])))
            .is_some()
    );
}

#[test]
fn a_small_roster_and_an_empty_block_travel_whole() {
    let (block, _) = block();
    let (_, message) = proposed(&block, 5);
    same(&block, &message);
    let mut header = block.header().clone();
    header.transactions_root = Payload::empty().root();
    let empty = Block::new(header, Payload::empty());
    same(&empty, &proposed(&empty, 4).1);
}

#[test]
fn blocks_travel_whole_under_rules_that_older_programs_know() {
    let (block, _) = block();
    let mut header = block.header().clone();
    header.protocol = 2;
    let older = Block::new(header, block.payload().clone());
    same(&older, &proposed(&older, 4).1);
}

/// A peer that names one large transaction again and again: what is kept of its block is bounded.
#[test]
fn what_is_more_than_a_block_holds_is_not_begun() {
    let (block, leader) = block();
    let large = amanat_types::digest("test", &[]);
    let recent = Recent::default();
    recent.keep(large, Bytes::from(vec![0; 512 * 1024]));
    let brief = |times: usize| {
        let mut fingerprints = vec![large; times];
        fingerprints.push(Digest::from([3; 32]));
        IoBuf::from(encoded(&Message::Brief(super::wire::Brief {
            header: block.header().clone(),
            fingerprints: List::new(fingerprints).expect("few"),
        })))
    };
    let (mut peer, line) = peer(recent);
    assert!(peer.take(&leader, brief(9)).is_none());
    assert_eq!(line.count(), 0, "nothing is asked for such a block");
    assert!(peer.take(&leader, brief(8)).is_none());
    assert_eq!(line.count(), 1);
}

#[test]
fn the_memory_of_transactions_is_bounded() {
    let recent = Recent::default();
    let of = |number: u64| amanat_types::digest("test", &[&number.to_be_bytes()]);
    let bytes = Bytes::from(vec![0; 512 * 1024]);
    for number in 0..60 {
        recent.keep(of(number), bytes.clone());
    }
    let kept = (0..60).filter(|number| recent.find(&of(*number)).is_some());
    let kept: Vec<u64> = kept.collect();
    assert!(
        kept.len() <= 48 && kept.contains(&59) && !kept.contains(&0),
        "{kept:?}"
    );
}

#[test]
fn the_largest_messages_are_within_the_bound() {
    let most = amanat_types::limits::BLOCK_TRANSACTIONS_MAX;
    let digests = vec![Digest::from([0; 32]); most];
    let (block, _) = block();
    let brief = super::wire::Brief {
        header: block.header().clone(),
        fingerprints: List::new(digests).expect("as many"),
    };
    assert!(encoded(&Message::Brief(brief)).len() <= MESSAGE_SIZE_MAX);
    let each = amanat_types::limits::BLOCK_BYTES_MAX / most;
    let frames = vec![Frame(Bytes::from(vec![0; each])); most];
    let rest = Rest {
        block: block.digest(),
        frames: List::new(frames).expect("as many"),
    };
    assert!(encoded(&Message::Rest(rest)).len() <= MESSAGE_SIZE_MAX);
}
