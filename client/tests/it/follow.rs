//! Goal: a follower takes consecutive blocks or nothing.
use crate::fake::FakeLedger;
use amanat_client::{Fault, Follower};
use amanat_types::codec::List;
use amanat_types::receipt::TransactionEvents;
use amanat_types::wire::{BlockEvents, EventPage};
use amanat_types::{Height, TimestampMs, TransactionId};

fn page(next: u64, heights: &[u64]) -> EventPage {
    let blocks = heights.iter().map(|height| BlockEvents {
        height: Height::new(*height),
        time_ms: TimestampMs::new(*height),
        receipts: List::empty(),
        events: List::empty(),
    });
    EventPage {
        tip: Height::new(9),
        time_ms: TimestampMs::new(9),
        next: Height::new(next),
        blocks: List::new(blocks.collect()).expect("few"),
    }
}

#[tokio::test]
async fn blocks_follow_one_another() {
    let ledger = FakeLedger::new(1);
    let pages = [page(6, &[3, 5]), page(8, &[]), page(10, &[9])];
    ledger.script().pages.extend(pages);
    let mut follower = Follower::new(ledger, Height::new(3));
    assert_eq!(follower.wait().await.expect("two").len(), 2);
    assert_eq!(follower.next_height(), Height::new(6));
    assert_eq!(follower.wait().await.expect("one").len(), 1);
    assert_eq!(follower.next_height(), Height::new(10));
    assert_eq!(follower.tip(), Height::new(9));
}

#[tokio::test]
async fn a_page_out_of_order_or_with_stray_events_is_a_fault_and_nothing_is_taken() {
    let mut stray = page(4, &[3]);
    let mut block = stray.blocks.into_vec().remove(0);
    block.events = List::new(vec![TransactionEvents {
        transaction: TransactionId::new([1; 32]),
        events: List::empty(),
    }])
    .expect("one");
    stray.blocks = List::new(vec![block]).expect("one");
    let bad = [
        page(4, &[2]),
        page(5, &[3, 3]),
        page(5, &[4, 3]),
        page(4, &[4]),
        page(2, &[]),
        page(11, &[]),
        stray,
    ];
    for bad in bad {
        let ledger = FakeLedger::new(1);
        ledger.script().pages.push_back(bad);
        let mut follower = Follower::new(ledger, Height::new(3));
        let fault = follower.page(0).await;
        assert!(matches!(fault, Err(Fault::Protocol { .. })));
        assert_eq!(follower.next_height(), Height::new(3));
    }
}
