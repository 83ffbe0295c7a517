//! Properties of quotas, over random blocks of five members under tight limits.
//!
//! - Q1: ordinary units of a member never exceed its quota, those of all never what the lane leaves.
//! - Q2: the lane's units of a member never exceed its part, so those of all never the lane; an emergency for which the part has
//!   room is admitted, whatever others sent and in whatever order they are mixed.
//! - Q3: the rest is ordinary.
//! - Q4: a block of exactly the admitted is never inadmissible, and never above what a block holds.
use super::book::Book;
use amanat_contracts::{is_emergency, screen, units};
use amanat_types::limits::BLOCK_UNITS_MAX;
use amanat_types::state::NetworkLimits;
use amanat_types::{MemberId, StateKey, Transaction};
use commonware_codec::Encode as _;
use proptest::prelude::*;
use std::collections::BTreeMap;

const MEMBERS: u64 = 5;

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

fn line() -> impl Strategy<Value = String> {
    let member = prop::sample::select(&["a", "a", "a", "b", "c"]);
    let calls = prop_oneof![
        3 => (1usize..20).prop_map(|count| (false, vec!["anchor vault 1"; count].join(" ; "))),
        3 => (1usize..4).prop_map(|count| (true, vec!["glass e p1 until=900"; count].join(" ; "))),
        1 => Just((true, "glass e p1 until=900 ; anchor vault 1".to_owned())),
    ];
    (member, calls).prop_map(|(member, (practitioner, calls))| {
        let signer = if practitioner { "+dr" } else { "" };
        format!("0 {member}{signer} {calls}")
    })
}

/// Which of `txs` are admitted.
fn admitted(book: &Book, txs: &[Transaction]) -> Vec<bool> {
    let answers = screen(&book.env, &book.loaded(txs), txs).unwrap();
    answers.iter().map(Result::is_ok).collect()
}

/// Which of `txs` the lane takes: a slow and obvious judgement, of each member by itself.
fn in_lane(txs: &[Transaction], part: u64) -> Vec<bool> {
    let mut spent: BTreeMap<MemberId, u64> = BTreeMap::new();
    let takes = |tx: &Transaction| {
        let spent = spent.entry(tx.body.sponsor).or_default();
        let takes = is_emergency(tx) && *spent + units(tx) <= part;
        *spent += if takes { units(tx) } else { 0 };
        takes
    };
    txs.iter().map(takes).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn quotas_hold_and_emergencies_pass(
        lines in prop::collection::vec(line(), 0..60),
        member_units in 10u64..200,
        lane in prop_oneof![0u64..500, BLOCK_UNITS_MAX - 300..=BLOCK_UNITS_MAX],
        order in prop::collection::vec(any::<u8>(), 60),
    ) {
        let mut book = under(member_units, lane);
        let txs: Vec<Transaction> = lines.iter().map(|line| book.tx(line)).collect();
        let (said, by_lane) = (admitted(&book, &txs), in_lane(&txs, lane / MEMBERS));
        let mut ordinary: BTreeMap<MemberId, u64> = BTreeMap::new();
        let mut all = 0;
        for ((tx, said), by_lane) in txs.iter().zip(&said).zip(&by_lane) {
            prop_assert!(*said || !by_lane, "an emergency was refused");
            if *said {
                all += units(tx);
                *ordinary.entry(tx.body.sponsor).or_default() += if *by_lane { 0 } else { units(tx) };
            }
        }
        prop_assert!(ordinary.values().all(|units| *units <= member_units));
        prop_assert!(ordinary.values().sum::<u64>() <= BLOCK_UNITS_MAX - lane);
        prop_assert!(all <= BLOCK_UNITS_MAX);
        // A block of exactly the admitted is lawful.
        let mut answers = said.iter();
        let mut good = txs.clone();
        good.retain(|_| *answers.next().unwrap());
        prop_assert_eq!(book.try_block(&good).unwrap().units, all);
        // Mixed in another way, each member's own in their order: the lane takes the same.
        let mut places: Vec<usize> = (0..txs.len()).collect();
        places.sort_by_key(|at| order[*at] % 4);
        let mut queues: BTreeMap<MemberId, Vec<&Transaction>> = BTreeMap::new();
        txs.iter().rev().for_each(|tx| queues.entry(tx.body.sponsor).or_default().push(tx));
        let next = |at: &usize| queues.get_mut(&txs[*at].body.sponsor).unwrap().pop().unwrap().clone();
        let mixed: Vec<Transaction> = places.iter().map(next).collect();
        let again = admitted(&book, &mixed);
        for (tx, by_lane) in txs.iter().zip(by_lane).filter(|(_, by_lane)| *by_lane) {
            let at = mixed.iter().position(|one| one.id() == tx.id()).unwrap();
            prop_assert!(again[at] && by_lane);
        }
    }
}
