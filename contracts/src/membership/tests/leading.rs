//! Who led when, and who is inactive for it.
use crate::book::{Book, key, start_of};
use amanat_types::genesis::Genesis;
use amanat_types::limits::{INACTIVE_BLOCKS, LED_STEP};
use amanat_types::state::Led;
use amanat_types::{Height, PublicKey, StateKey};
use commonware_codec::DecodeExt as _;

/// For how many blocks one of four may lead none.
const LONG: u64 = 4 * INACTIVE_BLOCKS + LED_STEP;

fn noted(book: &Book, key: &PublicKey) -> Option<u64> {
    let value = book.state.get(&StateKey::led(key))?;
    Some(Led::decode(value.clone()).unwrap().height.get())
}

/// An empty block at `height`, led by `leader`.
fn block(book: &mut Book, height: u64, leader: &str) {
    book.env.height = Height::new(height);
    book.env.leader = Some(key(leader));
    book.block(&[]);
}

/// The last block of an epoch, at `height`, led by `leader`: who is inactive in the next one.
fn last(book: &mut Book, height: u64, leader: &str) -> Vec<PublicKey> {
    book.env.height = Height::new(height);
    book.env.leader = Some(key(leader));
    let next = book.last_block(&[]).next.unwrap();
    let named = next
        .inactive
        .iter()
        .map(|place| &next.validators[usize::from(*place)]);
    named.map(PublicKey::from).collect()
}

fn none() -> Vec<PublicKey> {
    Vec::new()
}

/// A note is written once it is 64 blocks old, and not before.
#[test]
fn a_leader_is_noted_now_and_then() {
    let mut book = Book::of(4, 4);
    let a = key("con:a");
    for (height, expected) in [(1, 1), (2, 1), (64, 1), (65, 65), (128, 65), (200, 200)] {
        block(&mut book, height, "con:a");
        assert_eq!(noted(&book, &a), Some(expected), "at {height}");
    }
    assert_eq!(noted(&book, &key("con:b")), None);
    // Who leads blocks that are judged before anybody leads them is nobody.
    book.env.leader = None;
    let before = book.state.clone();
    book.block(&[]);
    assert_eq!(book.state, before);
}

/// Who leads none for 192 blocks of four validators is inactive in the next epoch, until it leads one.
#[test]
fn who_leads_none_for_long_is_inactive() {
    let mut book = Book::of(4, 4);
    // Nothing is noted of three of them: they count from here on.
    assert_eq!(last(&mut book, 10, "con:a"), none());
    assert_eq!(noted(&book, &key("con:d")), Some(10));
    for leader in ["con:a", "con:b", "con:c"] {
        block(&mut book, 90, leader);
    }
    assert_eq!(last(&mut book, 10 + LONG, "con:a"), none());
    assert_eq!(last(&mut book, 11 + LONG, "con:b"), [key("con:d")]);
    // It stays so, and is not counted anew.
    assert_eq!(last(&mut book, 12 + LONG, "con:c"), [key("con:d")]);
    block(&mut book, 13 + LONG, "con:d");
    assert_eq!(last(&mut book, 14 + LONG, "con:a"), none());
}

/// At most f, those that led longest ago; of two that led equally long ago the first in the roster.
#[test]
fn no_more_than_f_are_inactive() {
    let mut book = Book::of(4, 4);
    assert_eq!(last(&mut book, 10, "con:a"), none());
    block(&mut book, 100, "con:b");
    assert_eq!(last(&mut book, 1000, "con:a").len(), 1);
    let mut two = [key("con:c"), key("con:d")];
    two.sort();
    assert_eq!(last(&mut book, 1001, "con:a"), two[..1]);
    block(
        &mut book,
        1002,
        if two[0] == key("con:c") {
            "con:c"
        } else {
            "con:d"
        },
    );
    assert_eq!(last(&mut book, 1003, "con:a"), two[1..]);
    // Seven have two.
    let mut book = Book::of(7, 7);
    assert_eq!(last(&mut book, 10, "con:a"), none());
    let two = last(&mut book, 1000, "con:a");
    assert_eq!(two.len(), 2);
    assert!(!two.contains(&key("con:a")));
}

/// They are named by their places in ascending order, whoever led longest ago.
#[test]
fn the_inactive_ascend() {
    let mut book = Book::of(7, 7);
    assert_eq!(last(&mut book, 10, "con:a"), none());
    let mut names = ["con:b", "con:c", "con:d", "con:e", "con:f", "con:g"];
    names.sort_by_key(|name| key(name));
    let [early, late] = [names[0], names[5]];
    // Who stands later in the roster led longer ago.
    block(&mut book, 100, early);
    for leader in &names[1..5] {
        block(&mut book, 900, leader);
    }
    assert_eq!(last(&mut book, 1000, "con:a"), [key(early), key(late)]);
}

/// Somebody who is admitted counts from the end of the epoch that admits it.
#[test]
fn a_newcomer_counts_from_its_first_epoch_on() {
    let mut book = Book::founded(&start_of(5, 5));
    book.check(
        "
        0 a+tx:f+vault:f+con:f+gov:f propose p admit f keys=tx,vault,con,gov => ok
        0 b vote a/p yes => ok
        0 c vote a/p yes => ok
        0 d vote a/p yes => ok",
    );
    assert_eq!(last(&mut book, 1000, "con:a"), none());
    assert_eq!(noted(&book, &key("con:f")), None);
    assert_eq!(last(&mut book, 1010, "con:a"), none());
    assert_eq!(noted(&book, &key("con:f")), Some(1010));
    for leader in ["con:a", "con:b", "con:c", "con:d", "con:e"] {
        block(&mut book, 1200, leader);
    }
    let six = 6 * INACTIVE_BLOCKS + LED_STEP;
    assert_eq!(last(&mut book, 1010 + six, "con:a"), none());
    assert_eq!(last(&mut book, 1011 + six, "con:a"), [key("con:f")]);
}

/// Before version 3 nothing is noted and nobody inactive.
#[test]
fn before_version_three() {
    let mut book = Book::founded(&Genesis {
        protocol: 2,
        ..start_of(4, 4)
    });
    let before = book.state.clone();
    assert_eq!(last(&mut book, 10, "con:a"), none());
    assert_eq!(last(&mut book, 10_000, "con:a"), none());
    assert_eq!(book.state, before);
}
