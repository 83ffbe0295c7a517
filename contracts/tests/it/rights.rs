//! Numbered properties of who may open what, over random histories of the calls of protocol version 3 among the older ones.
//!
//! - M1: `keys` and `more_keys` cover everything that is read and written, also when transactions share a block.
//! - M2: adding a restriction lets no request, write or release through that was refused before.
//! - M3: revoking and ending let none through either.
//! - M4: time never re-opens what ended.
//! - M5: no ticket without a basis: what a ticket stands on was in force and covers it, by rules written again and plainly.
mod stands;

use self::stands::{stands, value};
use super::book::{Book, START_MS, member, printed};
use super::properties::{ENDING, OPENING, WORLD, filled};
use amanat_contracts::{Loaded, keys, more_keys};
use amanat_types::call::{PermitGrantee, Scope, Work};
use amanat_types::code::DisclosureCause;
use amanat_types::state::{
    BasisRef, DisclosureState, Encounter, EnrolmentState, MandateState, OrderState, Patient,
    PermitState, Person, Practitioner, Record, Results, StudyState, TeamState, Ticket,
};
use amanat_types::{
    Event, Jurisdiction, MemberKind, Purpose, Refusal, StateKey, TimestampMs, Transaction,
};
use commonware_codec::DecodeExt as _;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// And who speaks beside the patient's card: a guardian, by an own card, and two clinicians who record incapacity; and the officers of an
/// authority.
const GUARDED: &str = "
    0 b+cm    patient mum card=cm                           => ok
    0 a+d9    practitioner d9                               => ok
    0 c+rr    practitioner rr role=registrar                => ok
    0 c+c1+rr+k1 second p1 k1                               => ok
    0 a+c1+cm+k1 link p1 mum proxy until=850                => ok
    0 e+f1    practitioner f1 role=officer                  => ok
    0 e+f2    practitioner f2 role=officer                  => ok
    0 c       study g0 until=850                            => ok
    0 e+f1+f2 approve c/g0                                  => ok
    0 a+c1    enrol e0 c/g0 p1 open=x1,x2                   => ok
";

fn world() -> Book {
    let mut book = Book::of_kinds(&format!("{WORLD}{GUARDED}"));
    // In Sindh, in Pakistan, and abroad; the rest are nowhere.
    book.placed("a=PK-SD b=PK c=IN");
    book
}

/// Calls that open or add something.
const OPENING_3: &[&str] = &[
    "{m}+{c} permit {n} {p} to={m2} access=read-write open={x} until=800",
    "{m}+{c} permit {n} {p} to=nurse@hospital open={x} until=800",
    "{m}+{c} permit {n} {p} to=clinician@hospital:PK access=read-write open={x} until=800",
    "{m}+{c} permit {n} {p} to=nurse@hospital:PK-SD open={x} until=800",
    "{m}+{c} permit {n} {p} to=clinician@{m2} access=read-write open={x} until=800",
    "{m}+{c} permit {n} {p} to=a/dr open={x} records={m2}/{r} until=800",
    "{m}+{c} permit {n} {p} to={m2} open={x} heights=1-9 from=300 until=600",
    "{m}+{k} team {m}/{n} seats={m}/{k}",
    "{m}+{k} team {m}/{n} strict seats={m}/{k},icu:nurse",
    "{m}+{k} order {n} {m2}/v0 to={m2} indexes={x} until=800",
    "{m}+{k} order {n} {m}/{n} to={m2} indexes={x} refer write until=600",
    "{m}+{k} order {n} {m}/v0 to=b indexes={x} refer records={m2}/{r} until=800",
    "a+dr order g0 a/v0 to=b indexes=x1 until=800",
    "b deposit r2 x1 by=order:a/g0",
    "a request {n} by=order:a/g0 records=b/r2 until=800",
    "a+c1 permit e0 p1 to=b access=read-write open=x1,x2 until=800",
    "b deposit {r} x1 by=permit:a/e0",
    "b request {n} by=permit:a/e0 indexes=x1 until=800",
    "a+dr order n1 a/v0 to=b indexes=x1,x2 refer write until=800",
    "b request {n} by=order:a/n1 indexes={x} until=800",
    "{m} deposit {r} {x} by=order:{m2}/{n}",
    "{m}+{k} deposit {r} {x} by=permit:{m2}/{n}",
    "{m} request {n} by=permit:{m2}/{n} indexes={x} until=800",
    "{m}+{k} request {n} by=permit:{m2}/{n} indexes={x} until=800",
    "{m} request {n} by=order:{m2}/{n} indexes={x} until=800",
    "{m} request {n} by=order:{m2}/{n} records={m}/{r} until=800",
    "{m} request {n} by=care:{m}/v0:ann:nurse:icu indexes={x} until=800",
    "{m}+{k} request {n} by=visit:{m2}/v0 indexes={x} until=800",
    "{m}+cm permit {n} p1 to={m2} access=read-write open=x1,x2 until=800",
    "{m}+cm request {n} by=card:p1 for=PATRQT indexes=x1 open=x1 until=800",
    "{m}+cm request {n} by=card:{p} for=PATRQT indexes={x} open={x} until=800",
    "{m}+cm checkin {n} p1 open=x1,x2 write until=800 ticket=700",
    "c study {n} until=800",
    "c study n1 until=600",
    "e+f1+f2 approve c/{n}",
    "e+f1+f2 approve c/n1",
    "{m}+{c} enrol {n} c/g0 {p} open={x}",
    "a+c1 enrol n1 c/g0 p1 open=x1,x2",
    "c request {n} by=study:c/{n}:{m2}/{n} indexes={x} for=HRESCH until=800",
    "c request n1 by=study:c/g0:a/n1 indexes={x} for=HRESCH until=800",
    "c request n1 by=study:c/g0:a/e0 indexes={x} for=HRESCH until=800",
    "e+f1+f2 mandate {n} {p} open={x} until=800",
    "{m}+f1+f2 mandate {n} {p} open={x} until=800",
    "e+f1+f2 mandate g0 p1 open=x1 until=600",
    "e request {n} by=mandate:e/g0 indexes={x} for=HLEGAL until=800",
    "{m} request {n} by=mandate:e/{n} indexes={x} for=HLEGAL until=800",
    "{m} disclose {n} {p} open={x} records={m2}/{r} until=700",
    "a disclose g0 p1 open=x1 records=a/r0 until=800",
    "a disclose n1 p1 to=e open=x1 records=a/r0 report until=600",
    "d request {n} by=pay:a/{n} records=a/r0 for=HPAYMT until=800",
    "d request n1 by=pay:a/g0 records=a/r0 for=HPAYMT until=800",
    "e request {n} by=report:a/n1 records=a/{r} for=PUBHLTH until=800",
    "a+c1+cm+k1 link p1 mum proxy until=850",
    "c+c1+k1 resume p1 c1",
    "a+c1+dr capable p1",
];

/// Calls that restrict.
const RESTRICTING: &[&str] = &[
    "{m}+{c} restrict {n} {p} until=700",
    "{m}+{c} restrict {n} {p} access=read-write who={m2} indexes={x} until=700",
    "{m}+{c} restrict {n} {p} who=nurse until=700",
    "{m}+{c} restrict {n} {p} who=outside:PK access=read-write until=700",
    "{m}+{c} restrict {n} {p} who=within:PK-SD indexes={x} until=700",
    "{m}+{c} restrict {n} {p} access=read-write who=clinician@{m2} until=700",
    "{m}+{c} restrict {n} {p} who=a/dr records={m2}/{r} until=700",
    "{m}+{c} restrict {n} {p} access=write for=TREAT indexes={x} until=700",
    "{m}+cm restrict {n} p1 access=read-write indexes={x} until=700",
];

/// Calls that end something.
const ENDING_3: &[&str] = &[
    "{m}+{c} unpermit {m2}/{n}",
    "{m} endorder {m2}/{n}",
    "{m}+{c} endorder {m2}/{n}",
    "c endstudy c/{n}",
    "a+c1 withdraw a/e0",
    "a+c1 withdraw a/n1",
    "a enddisclosure a/g0",
    "a enddisclosure a/n1",
    "e+f1+f2 endstudy c/{n}",
    "{m}+{c} withdraw {m2}/{n}",
    "e+f1+f2 endmandate e/{n}",
    "a enddisclosure a/{n}",
    "{m} close {m}/{n} grace=50",
    "{m} close a/v0 grace=50",
    "{m}+cm unpermit {m2}/{n}",
    "{m}+cm endorder {m2}/{n}",
    "a+c1 unpermit a/e0",
    "a+c1 unpermit {m}/{n}",
];

/// Calls that take somebody's word away.
const SILENCING: &[&str] = &[
    "{m}+c1 unlink p1 mum proxy",
    "{m}+cm unlink p1 mum proxy",
    "c+k1 suspend p1 c1",
    "b+cm block mum cm",
    "a+dr+d9 incapable p1 until=400",
    "a+dr+d9 incapable mum until=400",
];

/// A line of any kind.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => filled(OPENING),
        16 => filled(OPENING_3),
        2 => filled(RESTRICTING),
        2 => filled(ENDING),
        3 => filled(ENDING_3),
        1 => filled(SILENCING),
    ]
}

/// A history: lines with times that go on.
fn history(length: usize) -> impl Strategy<Value = Vec<(u64, String)>> {
    prop::collection::vec((0u64..40, line()), 0..length).prop_map(|lines| {
        let mut at = 1;
        let advance = |(step, line)| {
            at += step;
            (at, line)
        };
        lines.into_iter().map(advance).collect()
    })
}

/// What asks for something: requests, writes.
fn ask() -> impl Strategy<Value = String> {
    let asks = |line: &String| line.contains("request") || line.contains("deposit");
    prop_oneof![filled(OPENING), filled(OPENING_3)].prop_filter("asks", asks)
}

/// The ledger after a history.
fn after(lines: &[(u64, String)]) -> Book {
    let mut book = world();
    for (at, line) in lines {
        book.at(*at);
        let tx = book.tx(&format!("0 {line}"));
        book.block(&[tx]);
    }
    book
}

const TICKETS: &[&str] = &[
    "a/v0", "a/n1", "b/n1", "a/n2", "b/n2", "b/g0", "c/n1", "d/n1", "e/n1", "e/g0",
];

/// What a releaser says of the records of the small world, one by one, `more_ms` after the tip.
fn releases(book: &Book, more_ms: u64) -> Vec<(String, Result<(), Refusal>)> {
    let at = TimestampMs::new(book.env.time_ms.get() + more_ms);
    let mut said = Vec::new();
    for ticket in TICKETS {
        for record in ["a/r0", "a/r1", "b/r1", "b/r2"] {
            let outcome = book.released(&ticket[..1], ticket, record, at);
            said.push((format!("{ticket} {record}"), outcome));
        }
    }
    said
}

/// Whether something was refused because it has ended.
fn ended(said: &str) -> bool {
    let ends = [
        "GrantExpired",
        "GrantRevoked",
        "PermitExpired",
        "PermitRevoked",
        "EncounterEnded",
        "OrderExpired",
        "OrderEnded",
        "MandateExpired",
        "MandateEnded",
        "DisclosureExpired",
        "DisclosureEnded",
        "StudyExpired",
        "StudyEnded",
        "EnrolmentWithdrawn",
    ];
    ends.contains(&said)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn m1_keys_cover_everything(lines in history(32)) {
        let mut book = world();
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
    fn m2_a_restriction_never_opens(lines in history(32), deny in filled(RESTRICTING), ask in ask()) {
        never_opens(&lines, &deny, &ask)?;
    }

    #[test]
    fn m3_an_end_never_opens(
        lines in history(32), deny in prop_oneof![filled(ENDING), filled(ENDING_3), filled(SILENCING)],
        ask in ask(),
    ) {
        never_opens(&lines, &deny, &ask)?;
    }

    #[test]
    fn m4_time_never_reopens(lines in history(32), ask in ask(), one in 0u64..600, more in 0u64..600) {
        let mut book = after(&lines);
        let now = book.env.time_ms.get() - START_MS;
        let tx = book.tx(&format!("0 {ask}"));
        book.at(now + one);
        let first = printed(&book.try_block(std::slice::from_ref(&tx)).unwrap()).0;
        book.at(now + one + more);
        let later = printed(&book.try_block(&[tx]).unwrap()).0;
        prop_assert!(!ended(&first) || later != "ok", "{} became ok", first);
        book.at(now);
        let over = |said: &Result<(), Refusal>| {
            matches!(said, Err(Refusal::TicketEnded | Refusal::BasisEnded))
        };
        for ((what, before), (_, then)) in releases(&book, one).iter().zip(releases(&book, one + more)) {
            prop_assert!(!over(before) || over(&then), "{what}: {before:?} became {then:?}");
        }
    }

    #[test]
    fn m5_no_ticket_without_basis(lines in history(40)) {
        let mut book = world();
        for (at, line) in &lines {
            book.at(*at);
            let tx = book.tx(&format!("0 {line}"));
            let execution = book.block(&[tx]);
            for event in &execution.events[0].events {
                if let Event::TicketIssued(issued) = event {
                    let ticket: Ticket = value(&book, StateKey::ticket(&issued.ticket)).unwrap();
                    prop_assert!(stands(&book, &ticket), "{:?}", ticket);
                }
            }
        }
    }
}

/// What was refused before `deny` is refused after it.
fn never_opens(lines: &[(u64, String)], deny: &str, ask: &str) -> Result<(), TestCaseError> {
    let mut book = after(lines);
    let ask = book.tx(&format!("0 {ask}"));
    let before = printed(&book.try_block(std::slice::from_ref(&ask)).unwrap()).0;
    let releases_before = releases(&book, 0);
    let deny = book.tx(&format!("0 {deny}"));
    book.block(&[deny]);
    let after = printed(&book.try_block(&[ask]).unwrap()).0;
    prop_assert!(before == "ok" || after != "ok", "{} became ok", before);
    for ((what, before), (_, after)) in releases_before.iter().zip(releases(&book, 0)) {
        prop_assert!(before.is_ok() || after.is_err(), "{what} became ok");
    }
    Ok(())
}

/// How often the random calls are accepted: too seldom, and the properties above would say little.
#[test]
fn histories_meet() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut by_name = std::collections::BTreeMap::<String, (u32, u32)>::new();
    for _ in 0..600 {
        let lines = history(32).new_tree(&mut runner).unwrap().current();
        let mut book = world();
        for (at, line) in &lines {
            book.at(*at);
            let tx = book.tx(&format!("0 {line}"));
            let ok = printed(&book.block(&[tx])).0 == "ok";
            let words: Vec<&str> = line.split_whitespace().collect();
            let by = words.iter().find_map(|word| word.strip_prefix("by="));
            let by = by.and_then(|by| by.split(':').next()).unwrap_or("");
            let who = if words[0].ends_with("+cm") {
                "guardian "
            } else {
                ""
            };
            let entry = by_name
                .entry(format!("{who}{} {by}", words[1]))
                .or_default();
            entry.0 += u32::from(ok);
            entry.1 += 1;
        }
    }
    let of_version_3 = [
        "close ",
        "deposit order",
        "disclose ",
        "enddisclosure ",
        "endmandate ",
        "deposit permit",
        "endorder ",
        "guardian checkin ",
        "guardian permit ",
        "guardian request card",
        "guardian restrict ",
        "guardian unpermit ",
        "incapable ",
        "link ",
        "approve ",
        "enrol ",
        "mandate ",
        "order ",
        "permit ",
        "request care",
        "request mandate",
        "request order",
        "request pay",
        "request permit",
        "request report",
        "request study",
        "restrict ",
        "suspend ",
        "team ",
        "unlink ",
        "unpermit ",
    ];
    let met = |name: &&str| {
        by_name
            .get(*name)
            .is_some_and(|(accepted, _)| *accepted > 0)
    };
    let never: Vec<&str> = of_version_3.into_iter().filter(|name| !met(name)).collect();
    assert!(never.is_empty(), "{never:?} of {by_name:?}");
}
