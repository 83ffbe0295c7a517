//! A block's events stand beside its receipts; an epoch's end adds one list of its own, and nothing else may.
use crate::samples::list;
use amanat_types::call::Unit;
use amanat_types::receipt::{Outcome, Receipt, TransactionEvents};
use amanat_types::wire::BlockEvents;
use amanat_types::{Height, TimestampMs, TransactionId, digest};

fn id(number: u8) -> TransactionId {
    TransactionId::from(digest("test", &[&[number]]))
}

#[test]
fn events_match_their_receipts() {
    let end = TransactionId::BOUNDARY;
    let table: [(&str, &[TransactionId], &[TransactionId], bool); 9] = [
        ("nothing", &[], &[], true),
        ("two and two", &[id(1), id(2)], &[id(1), id(2)], true),
        (
            "and an epoch's end",
            &[id(1), id(2)],
            &[id(1), id(2), end],
            true,
        ),
        ("an epoch's end alone", &[], &[end], true),
        ("another order", &[id(1), id(2)], &[id(2), id(1)], false),
        ("one missing", &[id(1), id(2)], &[id(1)], false),
        (
            "an end in place of one",
            &[id(1), id(2)],
            &[id(1), end],
            false,
        ),
        ("one too many", &[id(1)], &[id(1), id(2)], false),
        ("two ends", &[id(1)], &[id(1), end, end], false),
    ];
    for (name, receipts, events, matched) in table {
        let receipts = receipts.iter().map(|transaction| Receipt {
            transaction: *transaction,
            outcome: Outcome::Accepted(Unit),
            units: 1,
        });
        let events = events.iter().map(|transaction| TransactionEvents {
            transaction: *transaction,
            events: list(Vec::new()),
        });
        let block = BlockEvents {
            height: Height::new(1),
            time_ms: TimestampMs::new(1),
            receipts: list(receipts.collect()),
            events: list(events.collect()),
        };
        assert_eq!(block.is_matched(), matched, "{name}");
    }
}
