//! Who speaks for a patient, over random histories of calls about persons, against a small and obvious model that knows events alone.
//!
//! - S1: contract and model agree on every card of the world, now and later. In particular a blocked, suspended, expired or replaced
//!   card, one whose reissue is pending, and that of a minor, an incapable or a dead patient never speaks.
//! - S2: ending a link never lets anybody speak who did not.
//! - S3: time never opens a release again that was refused for an end.
//! - S4: `keys` and `more_keys` cover everything, also when all transactions share a block, and a block of all is the blocks of each.
//! - S5: what takes a word away (suspending, blocking, unlinking) never lets a release through that was refused.
mod history;
mod model;

use super::book::{Book, START_MS, member, printed, record};
use amanat_contracts::release::Tip;
use amanat_contracts::{Loaded, Stop, keys, more_keys};
use amanat_types::codec::List;
use amanat_types::release::ReleaseRequest;
use amanat_types::{Height, Refusal, StateKey, TimestampMs, Transaction};
use history::{DAY, ENDING, HOUR, WORLD, drawn, history};
use model::{Model, pairs};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn run(book: &mut Book, model: &mut Model, lines: &[(u64, String)]) {
    for (at, line) in lines {
        book.at(*at);
        let tx = book.tx(&format!("0 {line}"));
        let execution = book.block(&[tx]);
        for event in &execution.events[0].events {
            model.fold(event, *at);
        }
    }
}

/// The same, asked of the contract: a grant without indexes is refused for that alone once somebody speaks.
fn decided(book: &Book, at: u64) -> BTreeSet<(&'static str, &'static str)> {
    let mut book = book.clone();
    book.at(at);
    let mut speaks = |p: &str, c: &str| {
        let until = at + 1;
        let tx = book.tx(&format!("0 c+{c} grant q {p} to=b until={until}"));
        printed(&book.try_block(&[tx]).unwrap()).0 == "NoIndexes"
    };
    pairs().filter(|(p, c)| speaks(p, c)).collect()
}

/// What a releaser says at `at` of a ticket.
fn released(book: &Book, name: &str, held: &str, at: u64) -> Result<(), Refusal> {
    let request = ReleaseRequest {
        ticket: super::book::ticket(name),
        seen: Height::new(0),
        records: List::new(vec![record(held)]).unwrap(),
    };
    let time_ms = TimestampMs::new(START_MS + at);
    let tip = Tip {
        height: book.env.height,
        time_ms,
    };
    match book.judged(&request, member("b"), tip, time_ms) {
        Ok(_) => Ok(()),
        Err(Stop::Refused(refusal)) => Err(refusal),
        Err(Stop::Fault(fault)) => panic!("{fault}"),
    }
}

fn over(said: Result<(), Refusal>) -> bool {
    matches!(said, Err(Refusal::TicketEnded | Refusal::BasisEnded))
}

fn last(lines: &[(u64, String)]) -> u64 {
    lines.last().map_or(1, |(at, _)| *at)
}

fn later() -> impl Strategy<Value = u64> {
    prop::sample::select(&[0, 1, HOUR, 23 * HOUR, DAY, 3 * DAY, 60 * DAY, 300 * DAY][..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn s1_contract_and_model_agree(lines in history(32), later in later()) {
        let (mut book, mut model) = (Book::after(WORLD), Model::new());
        run(&mut book, &mut model, &lines);
        for at in [last(&lines), last(&lines) + later] {
            prop_assert_eq!(decided(&book, at), model.all(at));
        }
    }

    #[test]
    fn s2_an_end_lets_nobody_speak(lines in history(32), end in drawn(ENDING), later in later()) {
        let (mut book, mut model) = (Book::after(WORLD), Model::new());
        run(&mut book, &mut model, &lines);
        let at = last(&lines);
        let (before, before_later) = (decided(&book, at), decided(&book, at + later));
        run(&mut book, &mut model, &[(at, end.line(at))]);
        prop_assert!(decided(&book, at).is_subset(&before));
        prop_assert!(decided(&book, at + later).is_subset(&before_later));
    }

    #[test]
    fn s3_time_opens_nothing_again(
        lines in history(32), first in later(), then in later(),
        name in prop::sample::select(&["b/t1", "b/t2", "b/t3"]), held in prop::sample::select(&["a/r1", "a/r2"]),
    ) {
        let (mut book, mut model) = (Book::after(WORLD), Model::new());
        run(&mut book, &mut model, &lines);
        let at = last(&lines) + first;
        let (before, after) = (released(&book, name, held, at), released(&book, name, held, at + then));
        prop_assert!(!over(before) || over(after), "{:?} {:?}", before, after);
    }

    #[test]
    fn s4_keys_cover_everything(lines in history(24)) {
        let mut book = Book::after(WORLD);
        book.at(last(&lines));
        let txs: Vec<Transaction> = lines.iter().map(|(_, line)| book.tx(&format!("0 {line}"))).collect();
        let together = book.try_block(&txs).unwrap();
        let mut named: BTreeSet<StateKey> = BTreeSet::new();
        for tx in &txs {
            let mut loaded = Loaded::new();
            let first = keys(tx);
            book.load(first.clone(), &mut loaded);
            named.extend(first);
            named.extend(more_keys(&loaded, tx).unwrap());
        }
        prop_assert!(together.writes.keys().all(|key| named.contains(key)));
        let mut apart = book.clone();
        for tx in &txs {
            let height = apart.env.height;
            apart.block(std::slice::from_ref(tx));
            apart.env.height = height;
        }
        book.block(&txs);
        prop_assert_eq!(book.state, apart.state);
    }

    #[test]
    fn s5_an_end_releases_nothing(
        lines in history(32), end in drawn(ENDING),
        name in prop::sample::select(&["b/t1", "b/t2", "b/t3"]), held in prop::sample::select(&["a/r1", "a/r2"]),
    ) {
        let (mut book, mut model) = (Book::after(WORLD), Model::new());
        run(&mut book, &mut model, &lines);
        let at = last(&lines);
        let before = released(&book, name, held, at);
        run(&mut book, &mut model, &[(at, end.line(at))]);
        let after = released(&book, name, held, at);
        prop_assert!(before.is_ok() || after.is_err(), "{:?} {:?}", before, after);
    }
}

/// The random calls meet: each kind is accepted, somebody speaks beside the own cards, and tickets are released and ended.
#[test]
fn histories_meet() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut by_name = BTreeMap::<String, (u32, u32)>::new();
    let (mut guardians, mut open, mut ended) = (0, 0, 0);
    for _ in 0..1200 {
        let lines = history(32).new_tree(&mut runner).unwrap().current();
        let (mut book, mut model) = (Book::after(WORLD), Model::new());
        for (at, line) in &lines {
            book.at(*at);
            let tx = book.tx(&format!("0 {line}"));
            let execution = book.block(&[tx]);
            let ok = printed(&execution).0 == "ok";
            let words: Vec<&str> = line.split_whitespace().collect();
            let kind = match words[1] {
                "link" => format!("link {}", words[4]),
                other => other.to_owned(),
            };
            let entry = by_name.entry(kind).or_default();
            entry.0 += u32::from(ok);
            entry.1 += 1;
            for event in &execution.events[0].events {
                model.fold(event, *at);
            }
        }
        let at = last(&lines);
        let own = [
            ("p1", "c1"),
            ("p2", "c2"),
            ("mum", "cm"),
            ("dad", "cd"),
            ("kid", "ck"),
        ];
        guardians += model
            .all(at)
            .iter()
            .filter(|pair| !own.contains(pair))
            .count();
        for name in ["b/t1", "b/t2", "b/t3"] {
            open += u32::from(released(&book, name, "a/r1", at).is_ok());
            ended += u32::from(released(&book, name, "a/r1", at) == Err(Refusal::BasisEnded));
        }
    }
    for (name, (accepted, total)) in &by_name {
        assert!(*accepted > 0, "no {name} of {total} was accepted");
    }
    println!("{by_name:?} guardians {guardians} open {open} ended {ended}");
    assert!(
        guardians > 20 && open > 20 && ended > 10,
        "{guardians} {open} {ended}"
    );
}
