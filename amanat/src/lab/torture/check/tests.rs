//! One honest history, and for each rule one that differs in one thing and is found.
use super::super::history::{Heard, History, Ledger, Line, Place};
use super::{Finding, Rule, TOLD_MAX, check};
use amanat_types::id::RecordId;
use amanat_types::{Digest, TransactionId, digest};

fn id(number: u8) -> TransactionId {
    digest("test/id", &[&[number]]).into()
}

fn root(height: u64) -> Digest {
    digest("test/root", &[&height.to_be_bytes()])
}

/// Transaction `number` stands at height `number`, at position 1.
fn place(number: u8) -> Place {
    Place {
        height: number.into(),
        position: Some(1),
        outcome: digest("test/outcome", &[&[number]]),
        accepted: true,
    }
}

/// As the answer to a submission says it.
fn answer(number: u8) -> Heard {
    let position = None;
    let place = Place {
        position,
        ..place(number)
    };
    Heard::Final(id(number), place)
}

fn tip(height: u64) -> Heard {
    let root = root(height);
    Heard::Tip { height, root }
}

/// Asked at `at`, answered 5 us later.
fn line(client: usize, member: u16, at: u64, heard: Heard) -> Line {
    Line {
        client,
        member,
        asked_us: at,
        answered_us: at + 5,
        heard,
    }
}

/// Two clients, four members, transactions 1 to 3, and 4 that expired.
fn honest() -> History {
    let ledger = |member| Ledger {
        member,
        height: 9,
        root: root(9),
        entries: (1..=3).map(|number| (id(number), place(number))).collect(),
    };
    History {
        members: vec![1, 2, 3, 4],
        records: [(1, 1), (2, 2), (3, 3), (4, 3)]
            .map(|(number, record)| (id(number), RecordId::new([record; 16])))
            .into(),
        lines: vec![
            line(0, 1, 10, answer(1)),
            line(0, 1, 20, tip(2)),
            line(1, 2, 20, answer(2)),
            line(1, 2, 30, Heard::Proof(id(2), Ok(place(2)))),
            // Asked before the next was answered: neither bounds the other.
            line(1, 3, 40, tip(6)),
            line(0, 3, 42, tip(5)),
            line(0, 1, 50, answer(1)),
            line(0, 4, 60, Heard::Dead(id(4))),
        ],
        ledgers: (1..=4).map(ledger).collect(),
    }
}

fn rules(history: &History) -> Vec<Rule> {
    let mut rules: Vec<Rule> = check(history).iter().map(|f| f.rule).collect();
    rules.dedup();
    rules
}

fn place_of(history: &mut History, member: usize, at: usize) -> &mut Place {
    &mut history.ledgers[member].entries[at].1
}

#[test]
fn an_honest_history_holds() {
    assert_eq!(check(&honest()), []);
}

#[test]
fn a_transaction_that_a_member_does_not_have_is_lost() {
    let mut history = honest();
    history.ledgers[2].entries.remove(0);
    assert_eq!(rules(&history), [Rule::Lost]);
    // Nobody was told of the third: it must be everywhere all the same.
    let mut history = honest();
    history.ledgers[3].entries.remove(2);
    assert_eq!(rules(&history), [Rule::Lost]);
    // What only a client knows of is lost at all four.
    let mut history = honest();
    history.lines.push(line(0, 1, 70, answer(5)));
    let found = check(&history);
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|f| f.rule == Rule::Lost), "{found:?}");
}

#[test]
fn a_transaction_that_is_final_twice_is_doubled() {
    let mut history = honest();
    let entry = history.ledgers[1].entries[0];
    history.ledgers[1].entries.push(entry);
    assert_eq!(rules(&history), [Rule::Doubled]);
    let last = history.ledgers[1].entries.len() - 1;
    place_of(&mut history, 1, last).height = 8;
    assert_eq!(rules(&history), [Rule::Doubled, Rule::ReceiptChanged]);
}

#[test]
fn a_record_that_two_transactions_deposited_is_doubled() {
    let mut history = honest();
    history.records.insert(id(3), RecordId::new([2; 16]));
    assert_eq!(rules(&history), [Rule::RecordDoubled]);
    for member in 0..4 {
        place_of(&mut history, member, 2).accepted = false;
    }
    assert_eq!(check(&history), []);
}

#[test]
fn a_changed_receipt_is_found_whoever_says_it() {
    let changes: [fn(&mut Place); 4] = [
        |place| place.height += 1,
        |place| place.position = Some(2),
        |place| place.outcome = root(77),
        |place| place.accepted = false,
    ];
    for change in changes {
        let mut history = honest();
        change(place_of(&mut history, 3, 1));
        assert_eq!(rules(&history), [Rule::ReceiptChanged]);
        // At every member, so that only what a client was told differs.
        let mut history = honest();
        for member in 0..4 {
            change(place_of(&mut history, member, 1));
        }
        assert_eq!(rules(&history), [Rule::ReceiptChanged]);
    }
    // Two answers to one client; the position in a proof.
    for at in [6, 3] {
        let mut history = honest();
        match &mut history.lines[at].heard {
            Heard::Final(_, place) => place.outcome = root(78),
            Heard::Proof(_, Ok(place)) => place.position = Some(0),
            other => panic!("{other:?}"),
        }
        assert_eq!(rules(&history), [Rule::ReceiptChanged]);
    }
}

#[test]
fn states_that_differ_have_diverged() {
    let mut history = honest();
    history.ledgers[2].root = root(8);
    assert_eq!(rules(&history), [Rule::RootDiverged]);
    let mut history = honest();
    history.ledgers[2].height = 8;
    history.ledgers[2].root = root(8);
    assert_eq!(rules(&history), [Rule::RootDiverged]);
    // During the run.
    let mut history = honest();
    let (height, root) = (5, root(99));
    let other = line(0, 4, 55, Heard::Tip { height, root });
    history.lines.push(other);
    assert_eq!(rules(&history), [Rule::RootDiverged]);
}

#[test]
fn a_height_that_goes_back_is_found() {
    let mut history = honest();
    history.lines.push(line(0, 3, 47, tip(5)));
    assert_eq!(rules(&history), [Rule::WentBack]);
    // The same at another member is nothing.
    let mut history = honest();
    history.lines.push(line(0, 2, 47, tip(5)));
    assert_eq!(check(&history), []);
    // What it called final is a height, too.
    let mut history = honest();
    history.lines.push(line(0, 2, 47, tip(1)));
    assert_eq!(rules(&history), [Rule::WentBack]);
}

#[test]
fn what_had_expired_may_not_become_final() {
    let mut history = honest();
    for ledger in &mut history.ledgers {
        ledger.entries.push((
            id(4),
            Place {
                accepted: false,
                ..place(4)
            },
        ));
    }
    assert_eq!(rules(&history), [Rule::Risen]);
}

#[test]
fn a_proof_that_fails_and_a_ledger_that_is_not_there_are_found() {
    let mut history = honest();
    let failed = Heard::Proof(id(1), Err("the path does not lead there".to_owned()));
    history.lines.push(line(0, 1, 70, failed));
    assert_eq!(rules(&history), [Rule::ProofFailed]);
    let mut history = honest();
    history.ledgers.pop();
    assert_eq!(rules(&history), [Rule::Missing]);
    // Nor does a run of which nothing is known hold.
    history.ledgers.clear();
    history.lines.clear();
    assert_eq!(rules(&history), [Rule::Missing]);
}

#[test]
fn many_findings_of_a_rule_are_counted() {
    let mut history = honest();
    for number in 10..30 {
        history.lines.push(line(0, 1, 100, answer(number)));
    }
    let found: Vec<Finding> = check(&history);
    assert_eq!(found.len(), TOLD_MAX + 1);
    assert_eq!(found[TOLD_MAX].what, format!("and {} more", 80 - TOLD_MAX));
}
