//! Goal: P1 at the vault: no open ticket, no bytes; the journal entry is durable before them.
use crate::fake::{member, signer};
use crate::world::{DEPOSITOR, READER, World, item, key, refused, request, ticket};
use amanat_client::fault::Failure;
use amanat_client::wire::{self, CopyRequest, PutItem};
use amanat_types::code::JournalKind;
use amanat_types::codec::List;
use amanat_types::release::JournalRequest;
use amanat_types::{Height, RecordId, Refusal, TicketId, limits};
use std::sync::atomic::Ordering;

#[tokio::test]
async fn a_ticket_opens_its_records_in_their_order_and_is_journalled() {
    let world = World::filled(3).await;
    let items = [item(2, 512), item(0, 512)];
    let released = world
        .vault()
        .get(world.ask(&items))
        .await
        .expect("released");
    assert_eq!(released.answer.height, Height::new(10));
    let got = &released.answer.items;
    assert_eq!(got.len(), 2);
    for (got, put) in got.iter().zip(&items) {
        assert_eq!(got.record, put.record);
        assert_eq!((&got.bytes, &got.wrap), (&put.bytes, &put.wrap));
    }
    let page = world.vault().journal().page(0, 10).await.expect("page");
    assert_eq!(page.entries.len(), 1);
    let entry = &page.entries[0];
    assert_eq!(entry.journal, JournalKind::Vault);
    assert_eq!((entry.releaser, entry.reader), (member(1), member(READER)));
    assert_eq!((entry.ticket, entry.height), (ticket(), Height::new(10)));
    assert_eq!(entry.time_ms.get(), 1_000_000);
    assert_eq!(entry.records.to_vec(), [items[0].record, items[1].record]);
}

#[tokio::test]
async fn without_an_open_ticket_nothing_leaves() {
    let world = World::filled(2).await;
    let items = [item(0, 512)];
    let ask = world.ask(&items);
    assert!(world.vault().get(ask.clone()).await.is_ok());
    let (entries, _) = world.vault().journal().head();

    world
        .ledger
        .script()
        .tickets
        .get_mut(&ticket())
        .expect("one")
        .ended = true;
    let replayed = world.vault().get(ask).await;
    assert_eq!(
        refused(replayed),
        Refusal::TicketEnded,
        "a replay under an ended ticket"
    );
    world
        .ledger
        .script()
        .tickets
        .get_mut(&ticket())
        .expect("one")
        .ended = false;

    let mut unknown = request(&items);
    unknown.ticket = TicketId::new([1; 16]);
    let unknown = world.ledger.sign(READER, wire::RELEASE, unknown);
    assert_eq!(
        refused(world.vault().get(unknown).await),
        Refusal::TicketUnknown
    );
    let other = world.ledger.sign(DEPOSITOR, wire::RELEASE, request(&items));
    assert_eq!(
        refused(world.vault().get(other).await),
        Refusal::ReaderWrong
    );
    let mut ahead = request(&items);
    ahead.seen = Height::new(11);
    let ahead = world.ledger.sign(READER, wire::RELEASE, ahead);
    assert_eq!(
        refused(world.vault().get(ahead).await),
        Refusal::TipBehindReader
    );
    let outside = world.ask(&[item(77, 512)]);
    assert_eq!(
        refused(world.vault().get(outside).await),
        Refusal::RecordOutsideTicket
    );
    assert_eq!(
        world.vault().journal().head().0,
        entries,
        "refusals are not releases"
    );
}

#[tokio::test]
async fn a_stale_forged_or_misrouted_request_is_refused() {
    let world = World::filled(1).await;
    let items = [item(0, 512)];
    let mut forged = world.ask(&items);
    forged.member = member(DEPOSITOR);
    forged.key = signer(DEPOSITOR).public_key();
    assert_eq!(
        refused(world.vault().get(forged).await),
        Refusal::SignatureInvalid
    );
    let elsewhere = world.ledger.sign(READER, wire::KEYS, request(&items));
    assert_eq!(
        refused(world.vault().get(elsewhere).await),
        Refusal::SignatureInvalid
    );
    let rubbish = world.ledger.sign(READER, wire::RELEASE, 1u8);
    assert_eq!(
        refused(world.vault().get(rubbish).await),
        Refusal::Malformed
    );
    let ask = world.ask(&items);
    world.ledger.set_now(ask.time_ms.get() + 60_001);
    assert_eq!(refused(world.vault().get(ask).await), Refusal::RequestStale);
    world.ledger.set_now(1_000_000 + limits::RECENCY_MS_MAX + 1);
    let stalled = world.ask(&items);
    assert_eq!(
        refused(world.vault().get(stalled).await),
        Refusal::TipTooOld
    );
}

#[tokio::test]
async fn no_journal_no_bytes() {
    for sync in [false, true] {
        let world = World::filled(1).await;
        let fails = if sync {
            &world.disk.unsynced
        } else {
            &world.disk.full
        };
        fails.store(true, Ordering::SeqCst);
        let result = world.vault().get(world.ask(&[item(0, 512)])).await;
        assert!(matches!(result, Err(Failure::Fault(_))));
        let copy = CopyRequest {
            records: List::new(vec![item(0, 512).record]).expect("one"),
        };
        let copy = world.ledger.sign(4, wire::HEAL, copy);
        assert!(matches!(
            world.vault().copy(copy).await,
            Err(Failure::Fault(_))
        ));
        fails.store(false, Ordering::SeqCst);
        let again = world.vault().get(world.ask(&[item(0, 512)])).await;
        assert!(
            again.is_err(),
            "a journal that failed takes no more entries"
        );
    }
}

#[tokio::test]
async fn a_blob_is_released_only_as_its_depositors_record() {
    let world = World::filled(1).await;
    let real = item(0, 512);
    // Another member anchors the same blob as a record of its own, and lays a wrap of its own beside it.
    let mut stolen = real.clone();
    stolen.record = RecordId::new([50; 16]);
    stolen.wrap = List::new(vec![1; 60]).expect("short");
    world.ledger.deposit(stolen.record, stolen.blob, 4, &[4]);
    world
        .ledger
        .ticket(TicketId::new([8; 16]), 4, &[stolen.record]);
    let mut ask = request(&[stolen]);
    ask.ticket = TicketId::new([8; 16]);
    let ask = world.ledger.sign(4, wire::RELEASE, ask);
    assert_eq!(refused(world.vault().get(ask).await), Refusal::BlobUnknown);

    // And a false wrap under the right record does not take the true one's place.
    let mut false_wrap = real.clone();
    false_wrap.wrap = List::new(vec![1; 60]).expect("short");
    let batch = crate::world::batch(vec![false_wrap]);
    world
        .vault()
        .put_for(member(4), batch)
        .await
        .expect("litter");
    let released = world
        .vault()
        .get(world.ask(std::slice::from_ref(&real)))
        .await;
    assert_eq!(released.expect("released").answer.items[0].wrap, real.wrap);
    assert!(world.vault().holding().await.expect("holding").blobs == 2);
    let _ = key(&real);
}

#[tokio::test]
async fn more_than_one_answer_holds_is_refused() {
    let world = World::new();
    let items: Vec<PutItem> = (0..16).map(|byte| item(byte, 4_194_304)).collect();
    for half in items.chunks(8) {
        world.put(half.to_vec()).await.expect("stored");
    }
    world.deposit(&items);
    let all = world.vault().get(world.ask(&items)).await;
    assert_eq!(refused(all), Refusal::TooManyRecords);
    let most = world.vault().get(world.ask(&items[..15])).await;
    assert_eq!(most.expect("released").answer.items.len(), 15);
}

#[tokio::test]
async fn the_journal_is_read_by_known_members_only() {
    let world = World::filled(1).await;
    world
        .vault()
        .get(world.ask(&[item(0, 512)]))
        .await
        .expect("released");
    let ask = |journal| JournalRequest {
        journal,
        from: 0,
        limit: 5,
    };
    let vault = world.vault();
    let known = world.ledger.sign(4, wire::JOURNAL, ask(JournalKind::Vault));
    assert_eq!(
        vault.journal_page(known).await.expect("page").entries.len(),
        1
    );
    let stranger = world.ledger.sign(9, wire::JOURNAL, ask(JournalKind::Vault));
    let stranger = vault.journal_page(stranger).await;
    assert_eq!(refused(stranger), Refusal::DepositorUnknown);
    let other = world
        .ledger
        .sign(4, wire::JOURNAL, ask(JournalKind::Custodian));
    assert_eq!(refused(vault.journal_page(other).await), Refusal::Malformed);
}
