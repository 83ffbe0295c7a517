//! Numbered properties of the state transition, over random histories of calls.
//!
//! A history is a list of lines in the language of tables, drawn from a small world (two patients, three members, few names), so
//! that calls meet one another; `histories_meet` counts how many are accepted.
//!
//! - T1: the same inputs give the same bytes.
//! - T2: a refused transaction changes nothing but the sequence window of its first signer.
//! - T3: `keys` and `more_keys` cover everything that is read and written, also when transactions share a block.
//! - T4: nothing is accepted twice.
//! - T5: revoking, discharging, blocking, ending and retracting never let a request or deposit through that was refused before.
//! - T6: no ticket without a basis: what a ticket stands on was open and covers it.
//! - T7: the sequence window agrees with a set that remembers everything.
//! - T8: a release that time, or an act of T5, has ended stays ended.
//! - T9: a record has one custodian at every height: who deposited it, until a successor that the custodian has named then keeps it.
use super::book::{Book, START_MS, member, printed};
use amanat_contracts::release::Tip;
use amanat_contracts::{Failure, Loaded, Stop, admit, keys, more_keys, screen};
use amanat_types::call::Scope;
use amanat_types::codec::List;
use amanat_types::release::ReleaseRequest;
use amanat_types::state::{BasisRef, Encounter, GrantState, Patient, Record, Ticket};
use amanat_types::{
    Event, Height, MemberId, PublicKey, Refusal, StateKey, TimestampMs, Transaction,
};
use commonware_codec::DecodeExt as _;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What every history starts from.
pub const WORLD: &str = "
    0 a       declare x1/p1 x2/p1 y1/p2 y2/p2               => ok
    0 a+c1    patient p1 card=c1 emergency=x1               => ok
    0 b+c2    patient p2 card=c2 emergency=y1               => ok
    0 a+dr    practitioner dr                               => ok
    0 b+d2    practitioner d2 role=nurse                    => ok
    0 c+rg    practitioner rg role=registrar                => ok
    0 a+c1    checkin v0 p1 open=x1,x2 write until=900      => ok
    0 a       deposit r0 x1 by=visit:a/v0                   => ok
    0 a+c1    grant g0 p1 to=b access=read-write open=x1,x2 until=900 => ok
    0 a+dr    glass e0 p1 until=900                         => ok
";

/// Calls that open or add something.
pub const OPENING: &[&str] = &[
    "{m}+{c} checkin {n} {p} open={x} write until=800 ticket=700",
    "{m}+{k} nocard {n} {p} open={x} reason=unconscious until=800",
    "{m}+{c} grant {n} {p} to={m2} access=read-write open={x} until=800",
    "{m}+{c} grant {n} {p} to=a/dr access=read-write open={x} until=800",
    "{m} deposit {r} {x} by=visit:{m2}/{n}",
    "{m} deposit {r} {x} by=grant:{m2}/{n}",
    "{m}+{k} deposit {r} {x} by=grant:{m2}/{n}",
    "{m} deposit {r} dir:{m} by=dir",
    "{m} amend {r}2 over={m2}/{r} {x} by=visit:{m}/{n}",
    "{m} request {n} by=grant:{m2}/{n} indexes={x} until=800",
    "{m}+{k} request {n} by=grant:{m2}/{n} indexes={x} until=800",
    "{m} request {n} by=visit:{m2}/{n} records={m2}/{r} until=800",
    "{m}+{c} request {n} by=card:{p} for=PATRQT indexes={x} open={x} until=800",
    "{m} request {n} by=dir indexes=dir:{m2} until=800",
    "{m} request {n} by=none indexes={x}",
    "{m}+{k} glass {n} {p} until=800",
    "{m}+{k} justify {m2}/{n}",
    "{m}+{k}n practitioner {n} key={k}n",
    "{m} anchor vault 1",
    "{m} deposit {r} dir:{m} by=dir ; deposit {n} {x} by=visit:{m2}/{n}",
];

/// Calls that end something.
pub const ENDING: &[&str] = &[
    "{m}+{c} revoke {m2}/{n}",
    "{m} discharge {m2}/{n}",
    "{m}+{c} discharge {m2}/{n}",
    "{m}+{c} block {p} {c}",
    "c+rg block {p} {c}",
    "{m} end {m2}/{k}",
    "{m} retract {m2}/{r}",
];

/// Calls by which records get another custodian, or other holders.
const MOVING: &[&str] = &[
    "a+tx:b name to=b",
    "a+tx:c name to=c",
    "b+tx:a name to=a",
    "b+tx:c name to=c",
    "{m} keep from={m2} records={m2}/{r} held=c,d",
    "{m} keep from={m2} records=a/r0,{m2}/{r} held=d,e",
];

/// One of the templates, its holes filled with words of the small world.
pub fn filled(templates: &'static [&'static str]) -> impl Strategy<Value = String> {
    let pick = |words: &'static [&'static str]| prop::sample::select(words);
    (
        pick(templates),
        pick(&["a", "a", "b", "c"]),
        pick(&["a", "a", "b"]),
        pick(&["p1/c1", "p1/c1", "p2/c2", "p1/c2"]),
        pick(&["x1", "x1", "x1,x2", "x2", "y1"]),
        pick(&["v0", "g0", "e0", "n1", "n2"]),
        pick(&["r0", "r1", "r2"]),
        pick(&["dr", "dr", "d2", "rg"]),
    )
        .prop_map(|(template, m, m2, pc, x, n, r, k)| {
            let (p, c) = pc.split_once('/').unwrap();
            // A deposit has one index.
            let x = match template.contains("deposit") || template.contains("amend") {
                true => x.split(',').next().unwrap(),
                false => x,
            };
            let words = [("{m2}", m2), ("{m}", m), ("{p}", p), ("{c}", c), ("{x}", x)];
            let more = [("{n}", n), ("{r}", r), ("{k}", k)];
            let filled = words.iter().chain(&more);
            filled.fold(template.to_string(), |text, (hole, word)| {
                text.replace(hole, word)
            })
        })
}

/// A history: lines with times that go on.
fn history(length: usize) -> impl Strategy<Value = Vec<(u64, String)>> {
    let line = prop_oneof![4 => filled(OPENING), 1 => filled(ENDING)];
    prop::collection::vec((0u64..60, line), 0..length).prop_map(|lines| {
        let mut at = 1;
        let advance = |(step, line)| {
            at += step;
            (at, line)
        };
        lines.into_iter().map(advance).collect()
    })
}

/// A history in which records change hands.
fn moving(length: usize) -> impl Strategy<Value = Vec<(u64, String)>> {
    let line = prop_oneof![4 => filled(OPENING), 1 => filled(ENDING), 4 => filled(MOVING)];
    prop::collection::vec(line, 0..length).prop_map(|lines| (1u64..).zip(lines).collect())
}

fn run(book: &mut Book, lines: &[(u64, String)]) {
    for (at, line) in lines {
        book.at(*at);
        let tx = book.tx(&format!("0 {line}"));
        book.block(&[tx]);
    }
}

fn world() -> Book {
    Book::after(WORLD)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn t1_same_inputs_same_bytes(lines in history(24)) {
        let (mut one, mut two) = (world(), world());
        run(&mut one, &lines);
        run(&mut two, &lines);
        prop_assert_eq!(&one.state, &two.state);
        let txs: Vec<Transaction> = lines.iter().map(|(_, line)| one.tx(&format!("0 {line}"))).collect();
        prop_assert_eq!(one.try_block(&txs), one.try_block(&txs));
    }

    #[test]
    fn t2_all_or_none(lines in history(24), at in 0u64..1000, line in filled(OPENING)) {
        let mut book = world();
        run(&mut book, &lines);
        book.at(at);
        let tx = book.tx(&format!("0 {line}"));
        let execution = book.try_block(std::slice::from_ref(&tx)).unwrap();
        if printed(&execution).0 != "ok" {
            let sequence = StateKey::sequence(&tx.body.signers[0]);
            let written: Vec<StateKey> = execution.writes.keys().copied().collect();
            prop_assert_eq!(written, vec![sequence]);
            prop_assert_eq!(execution.events[0].events.len(), 1);
        }
    }

    #[test]
    fn t3_keys_cover_everything(lines in history(24)) {
        let mut book = world();
        let txs: Vec<Transaction> = lines.iter().map(|(_, line)| book.tx(&format!("0 {line}"))).collect();
        // One block of all: a forgotten key would be a fault here.
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
        // A block of all is the blocks of each, one after the other.
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
    fn t4_nothing_twice(lines in history(12)) {
        let mut book = world();
        let mut sent = Vec::new();
        for (at, line) in &lines {
            book.at(*at);
            let tx = book.tx(&format!("0 {line}"));
            book.block(std::slice::from_ref(&tx));
            sent.push(tx);
        }
        for tx in &sent {
            let loaded = book.loaded(std::slice::from_ref(tx));
            prop_assert_eq!(admit(&book.env, &loaded, tx), Err(Stop::Refused(Refusal::SequenceUsed)));
            let block = book.try_block(std::slice::from_ref(tx));
            prop_assert!(matches!(block, Err(Failure::Inadmissible(_))));
        }
    }

    #[test]
    fn t5_a_deny_never_opens(lines in history(24), deny in filled(ENDING), ask in filled(OPENING)) {
        // Registering without a card is what an end of the card is for, and a justification wants its emergency: both aside.
        prop_assume!(!ask.contains("nocard"));
        let mut book = world();
        run(&mut book, &lines);
        let ask = book.tx(&format!("0 {ask}"));
        let before = printed(&book.try_block(std::slice::from_ref(&ask)).unwrap()).0;
        let deny = book.tx(&format!("0 {deny}"));
        book.block(&[deny]);
        let after = printed(&book.try_block(&[ask]).unwrap()).0;
        prop_assert!(before == "ok" || after != "ok", "{} became ok", before);
    }

    #[test]
    fn t6_no_ticket_without_basis(lines in history(32)) {
        let mut book = world();
        for (at, line) in &lines {
            book.at(*at);
            let tx = book.tx(&format!("0 {line}"));
            let execution = book.block(&[tx]);
            for event in &execution.events[0].events {
                if let Event::TicketIssued(issued) = event {
                    let key = StateKey::ticket(&issued.ticket);
                    let ticket = Ticket::decode(book.state[&key].clone()).unwrap();
                    prop_assert!(stands(&book, &ticket), "{:?}", ticket);
                }
            }
        }
    }

    #[test]
    fn t7_window_agrees_with_a_set(numbers in prop::collection::vec(prop_oneof![0u64..64, 4000u64..4200, 8000u64..8400], 0..60)) {
        let mut book = Book::new();
        let (mut seen, mut top) = (BTreeSet::new(), None);
        for number in numbers {
            let mut tx = book.tx("0 a anchor vault 0");
            tx.body.sequence = number;
            let expected = match top {
                Some(top) if number + 4096 <= top => Err(Refusal::SequenceOutsideWindow),
                _ if seen.contains(&number) => Err(Refusal::SequenceUsed),
                _ => Ok(()),
            };
            let loaded = book.loaded(std::slice::from_ref(&tx));
            prop_assert_eq!(&screen(&book.env, &loaded, [&tx]).unwrap()[0], &expected);
            if expected.is_ok() {
                book.block(&[tx]);
                seen.insert(number);
                top = top.max(Some(number));
            }
        }
    }

    #[test]
    fn t8_what_ended_stays_ended(
        lines in history(24), deny in filled(ENDING),
        at in 0u64..1000, later in 0u64..1000, name in prop::sample::select(&["a/v0", "b/n1", "a/n1", "a/n2", "b/g0"]),
    ) {
        let mut book = world();
        run(&mut book, &lines);
        let before = released(&book, name, at);
        let after_time = released(&book, name, at + later);
        prop_assert!(!over(before) || over(after_time), "by time");
        let deny = book.tx(&format!("0 {deny}"));
        book.block(&[deny]);
        let after_deny = released(&book, name, at);
        prop_assert!(before.is_ok() || after_deny.is_err(), "by an end");
        prop_assert!(!over(before) || over(after_deny), "by an end");
    }

    #[test]
    fn t9_one_custodian(lines in moving(32)) {
        let mut book = world();
        let mut named = BTreeMap::<MemberId, Option<MemberId>>::new();
        let mut custodian = BTreeMap::from([(super::book::record("a/r0"), member("a"))]);
        for (at, line) in &lines {
            book.at(*at);
            let tx = book.tx(&format!("0 {line}"));
            let execution = book.block(&[tx]);
            for event in &execution.events[0].events {
                match event {
                    Event::RecordDeposited(new) => {
                        prop_assert_eq!(custodian.insert(new.record, new.member), None);
                    }
                    Event::RecordAmended(new) => {
                        prop_assert_eq!(custodian.insert(new.record, new.member), None);
                    }
                    Event::SuccessorNamed(event) => {
                        named.insert(event.member, event.successor);
                    }
                    Event::RecordsKept(kept) => {
                        let agreed = named.get(&kept.from) == Some(&Some(kept.member));
                        prop_assert!(agreed || kept.from == kept.member, "{:?}", kept);
                        for record in &kept.records {
                            prop_assert_eq!(custodian.insert(*record, kept.member), Some(kept.from));
                        }
                    }
                    _ => {}
                }
            }
            for (record, member) in &custodian {
                let bytes = book.state[&StateKey::record(record)].clone();
                prop_assert_eq!(Record::decode(bytes).unwrap().member, *member);
            }
        }
    }
}

/// Whether a release was refused because something has ended.
fn over(said: Result<(), Refusal>) -> bool {
    matches!(said, Err(Refusal::TicketEnded | Refusal::BasisEnded))
}

/// What a releaser says at `at` by both clocks, of a ticket and record `a/r0`.
fn released(book: &Book, name: &str, at: u64) -> Result<(), Refusal> {
    let request = ReleaseRequest {
        ticket: super::book::ticket(name),
        seen: Height::new(0),
        records: List::new(vec![super::book::record("a/r0")]).unwrap(),
    };
    let time_ms = TimestampMs::new(START_MS + at);
    let tip = Tip {
        height: book.env.height,
        time_ms,
    };
    match book.judged(&request, member(&name[..1]), tip, time_ms) {
        Ok(_) => Ok(()),
        Err(Stop::Refused(refusal)) => Err(refusal),
        Err(Stop::Fault(fault)) => panic!("{fault}"),
    }
}

/// A slow and obvious judgement of what a fresh ticket stands on.
fn stands(book: &Book, ticket: &Ticket) -> bool {
    let now = book.env.time_ms;
    let get = |key: StateKey| book.state.get(&key).cloned();
    let within = |indexes: &[_]| match &ticket.scope {
        Scope::Indexes(asked) => asked.iter().all(|index| indexes.contains(index)),
        Scope::Records(asked) => asked.iter().all(|id| {
            let bytes = get(StateKey::record(id)).unwrap();
            let record = Record::decode(bytes).unwrap();
            indexes.contains(&record.index)
        }),
    };
    let patient = |id| Patient::decode(get(StateKey::patient(id)).unwrap()).unwrap();
    match &ticket.basis {
        BasisRef::Grant(id) => {
            let grant = GrantState::decode(get(StateKey::grant(id)).unwrap()).unwrap();
            let purpose = grant.purposes.contains(&ticket.purpose);
            grant.is_open(now) && grant.access.reads() && purpose && within(&grant.indexes)
        }
        BasisRef::Encounter(id) => {
            let visit = Encounter::decode(get(StateKey::encounter(id)).unwrap()).unwrap();
            let yours = visit.member == ticket.member && visit.registration.is_none();
            visit.is_open(now) && yours && within(&visit.indexes)
        }
        BasisRef::Emergency(_) => within(&patient(&ticket.patient.unwrap()).emergency),
        BasisRef::Patient(id) => {
            let card = patient(id).card.unwrap();
            card.blocked_ms.is_none() && matches!(card.key, PublicKey::P256(_))
        }
        BasisRef::Directory(_) => ticket.patient.is_none(),
        // Nobody is linked in these histories: `persons` has them.
        BasisRef::Guardian(_) => false,
        // Not in these histories either: `rights` has them.
        BasisRef::Permit(_)
        | BasisRef::Care(_)
        | BasisRef::Order(_)
        | BasisRef::Mandate(_)
        | BasisRef::Study(_)
        | BasisRef::Disclosure(_) => false,
    }
}

/// How often the random calls are accepted: too seldom, and the properties above would say little.
#[test]
fn histories_meet() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut accepted, mut total) = (0u32, 0u32);
    let mut by_name = BTreeMap::<String, (u32, u32)>::new();
    for _ in 0..200 {
        let lines = history(24).new_tree(&mut runner).unwrap().current();
        let mut book = world();
        for (at, line) in &lines {
            book.at(*at);
            let tx = book.tx(&format!("0 {line}"));
            let ok = printed(&book.block(&[tx])).0 == "ok";
            let words: Vec<&str> = line.split_whitespace().collect();
            let entry = by_name.entry(words[1].to_owned()).or_default();
            entry.0 += u32::from(ok);
            entry.1 += 1;
            accepted += u32::from(ok);
            total += 1;
        }
    }
    assert!(accepted * 5 > total, "{accepted} of {total}: {by_name:?}");
    for (name, (accepted, total)) in &by_name {
        assert!(*accepted > 0, "no {name} of {total} was accepted");
    }
    println!("{accepted} of {total}: {by_name:?}");
}
