//! Quotas and the emergency lane: a table of blocks, each boundary with its twin, and what is read.
use crate::admission::quota::{Quotas, is_emergency};
use crate::book::Book;
use crate::{Failure, Fault, Inadmissible, Loaded, screen};
use amanat_types::limits::{
    BLOCK_UNITS_MAX, EMERGENCY_UNITS_MIN, EMERGENCY_UNITS_START, MEMBER_UNITS_START, MEMBERS_MAX,
};
use amanat_types::state::NetworkLimits;
use amanat_types::{Refusal, StateKey, Transaction};
use commonware_codec::Encode as _;

/// A ledger under these limits: five members, so a fifth of the lane each.
fn under(member_units: u64, emergency_units: u64) -> Book {
    let mut book = Book::new();
    let limits = NetworkLimits {
        member_units_per_block: member_units,
        emergency_units_per_block: emergency_units,
    };
    let bytes = limits.encode().to_vec();
    book.state.insert(StateKey::limits(), bytes);
    book
}

/// The transaction of a word: `a10` is an ordinary one of member `a` for 10 units, `a!20` an emergency, `a+23` both in one.
fn tx(book: &mut Book, word: &str) -> Transaction {
    let (member, rest) = word.split_at(1);
    let anchors = |count: usize| vec!["anchor vault 1"; count].join(" ; ");
    let (units, line) = match rest.split_at(1) {
        ("!", units) => {
            let units: u64 = units.parse().unwrap();
            let glass = |at| format!("glass {}{at} p1 until=900", book.sequence);
            let calls: Vec<String> = (0..(units - 12) / 8).map(glass).collect();
            (units, format!("0 {member}+dr {}", calls.join(" ; ")))
        }
        ("+", units) => {
            let line = format!("0 {member}+dr glass e p1 until=900 ; anchor vault 1");
            (units.parse().unwrap(), line)
        }
        _ => {
            let units: u64 = rest.parse().unwrap();
            let count = usize::try_from((units - 7) / 3).unwrap();
            (units, format!("0 {member} {}", anchors(count)))
        }
    };
    let tx = book.tx(&line);
    assert_eq!(crate::units(&tx), units, "units of {word}");
    tx
}

/// Screens the words of `block`, compares the answers, and executes exactly what was admitted.
fn check(limits: (u64, u64), block: &str) {
    let mut book = under(limits.0, limits.1);
    let (words, expected): (Vec<&str>, Vec<Option<&str>>) = block
        .split_whitespace()
        .map(|word| match word.split_once('=') {
            Some((word, refusal)) => (word, Some(refusal)),
            None => (word, None),
        })
        .unzip();
    let txs: Vec<Transaction> = words.iter().map(|word| tx(&mut book, word)).collect();
    let answers = screen(&book.env, &book.loaded(&txs), &txs).unwrap();
    let said: Vec<Option<&str>> = answers
        .iter()
        .map(|answer| answer.err().map(Refusal::name))
        .collect();
    assert_eq!(said, expected, "{limits:?}: {block}");
    let outcome = book.try_block(&txs);
    match answers.iter().enumerate().find(|(_, one)| one.is_err()) {
        Some((index, answer)) => {
            let refusal = answer.unwrap_err();
            let invalid = Failure::Inadmissible(Inadmissible { index, refusal });
            assert_eq!(outcome, Err(invalid), "{limits:?}: {block}");
        }
        None => assert!(outcome.is_ok()),
    }
    let mut admitted = answers.iter();
    let mut good = txs;
    good.retain(|_| admitted.next().unwrap().is_ok());
    let execution = book.try_block(&good).unwrap();
    assert_eq!(execution.units, good.iter().map(crate::units).sum::<u64>());
}

#[test]
fn a_member_spends_its_quota_and_no_more() {
    check(
        (100, 5_000),
        "a100 a10=QuotaExceeded b100 c97 c10=QuotaExceeded",
    );
    check((100, 5_000), "a103=QuotaExceeded a100");
    check((100, 5_000), "a88 a13=QuotaExceeded a10 a10=QuotaExceeded");
}

#[test]
fn ordinary_transactions_leave_the_lane_alone() {
    let lane = BLOCK_UNITS_MAX - 100;
    check((100_000, lane), "a100 b10=TooCostly a!20 b!20");
    check((100_000, lane), "a88 b13=TooCostly c10 c10=TooCostly");
    check((100_000, lane), "a103=TooCostly b!20");
    check((100_000, BLOCK_UNITS_MAX - 103), "a103 b10=TooCostly");
    // Both rules are broken: the block's comes first.
    check((100, lane), "a103=TooCostly");
}

#[test]
fn an_emergency_passes_whatever_others_and_the_member_itself_spent() {
    // A fifth of 200 is 40: two glasses a member, then its quota.
    check((10, 200), "a10 a!20 a!20 a!20=QuotaExceeded b!20 b!20 b10");
    check((10, 200), "a!36 a!20=QuotaExceeded a10");
    check((20, 200), "a!20 a!20 a!20 a10=QuotaExceeded");
    check((20, 200), "a!20 a!20 a10 a10 a!20=QuotaExceeded");
    // One that is larger than its member's part of the lane is ordinary, and leaves the part as it was.
    check((44, 200), "a!44 a!20 a!20 a10=QuotaExceeded");
    // The lane of one is full; those of four others are not.
    check(
        (10, 200),
        "a!20 a!20 a!20=QuotaExceeded b!36 c!20 c!20 d!36 e!36",
    );
}

#[test]
fn a_batch_with_any_other_call_is_ordinary() {
    check((23, 5_000), "a+23 a+23=QuotaExceeded a!20");
    let mut book = Book::new();
    let mut is = |line: &str| is_emergency(&book.tx(line));
    assert!(is("0 a+dr glass e p1 until=9"));
    assert!(is("0 a+dr glass e p1 until=9 ; glass f p2 until=9"));
    assert!(!is("0 a+dr glass e p1 until=9 ; anchor vault 1"));
    assert!(!is("0 a+dr anchor vault 1 ; glass e p1 until=9"));
    assert!(!is("0 a+dr justify a/e"));
    let mut empty = book.tx("0 a anchor vault 1");
    empty.body.calls = amanat_types::codec::List::empty();
    assert!(!is_emergency(&empty));
}

/// What a network starts with: one member may take all that the lane leaves, unit by unit.
#[test]
fn limits_at_the_start() {
    let mut book = Book::new();
    let txs = [book.tx("0 a anchor vault 1")];
    let quotas = Quotas::read(&book.loaded(&txs)).unwrap();
    let ordinary = BLOCK_UNITS_MAX - EMERGENCY_UNITS_START;
    let expected = Quotas {
        member_units: MEMBER_UNITS_START,
        ordinary_units: ordinary,
        lane_units: EMERGENCY_UNITS_START / 5,
    };
    assert_eq!(quotas, expected);
    // Fifty-nine of 3,007 and one of 2,587 are 180,000.
    let full = ["a3007"; 59].join(" ");
    let start = (MEMBER_UNITS_START, EMERGENCY_UNITS_START);
    check(start, &format!("{full} a2587 b10=TooCostly b!20 a!20"));
    check(start, &format!("{full} a2590=TooCostly"));
    // Whatever members vote, each of as many as there may be breaks the glass once a block.
    let most = u64::try_from(MEMBERS_MAX).unwrap();
    assert!(EMERGENCY_UNITS_MIN / most >= crate::units(&tx(&mut book, "a!20")));
}

#[test]
fn without_limits_or_roster_it_stops() {
    let mut book = Book::new();
    let tx = book.tx("0 a anchor vault 1");
    let loaded = book.loaded(std::slice::from_ref(&tx));
    for (key, what) in [
        (StateKey::limits(), "limits"),
        (StateKey::roster(), "roster"),
    ] {
        let with = |value: Option<Vec<u8>>| {
            let mut loaded: Loaded = loaded.clone();
            loaded.insert(key, value);
            screen(&book.env, &loaded, [&tx])
        };
        assert_eq!(with(None), Err(Fault::Absent { what }));
        assert_eq!(with(Some(vec![1])), Err(Fault::Corrupt { what, key }));
        let mut less = loaded.clone();
        less.remove(&key);
        let missing = screen(&book.env, &less, [&tx]);
        assert_eq!(missing, Err(Fault::NotLoaded { what, key }));
    }
    // A block of nothing reads neither.
    assert_eq!(screen(&book.env, &Loaded::new(), []), Ok(Vec::new()));
}
