//! Goal: `Stored` is signed only for what is whole and durable, and only for an active member.
use crate::fake::{member, network, signer};
use crate::world::{DEPOSITOR, World, batch, item, refused};
use amanat_client::fault::{Failure, Fault};
use amanat_client::wire::{self, PutBatch, PutItem};
use amanat_types::code::KeyPurpose;
use amanat_types::codec::List;
use amanat_types::id::BlobDigest;
use amanat_types::key::{Check, NAMESPACE_STORED};
use amanat_types::stored::{batch_root, stored_message};
use amanat_types::{Refusal, TimestampMs};
use std::sync::atomic::Ordering;

fn invalid(result: Result<(), Failure>) -> String {
    match result {
        Err(Failure::Fault(Fault::Invalid { what })) => what,
        other => panic!("not invalid: {other:?}"),
    }
}

#[tokio::test]
async fn stored_is_signed_over_the_batch_in_its_order() {
    let world = World::new();
    let items = vec![item(2, 4096), item(1, 512), item(2, 4096)];
    let blobs: Vec<BlobDigest> = items.iter().map(|item| item.blob).collect();
    let signed = world.ledger.sign(DEPOSITOR, wire::BLOBS, batch(items));
    let stored = world.vault().put(signed).await.expect("stored");
    assert_eq!(stored.root, batch_root(&blobs));
    let check = Check {
        key: signer(1).public_key(),
        namespace: NAMESPACE_STORED,
        message: stored_message(&network(), &stored.root),
        signature: stored.signature,
    };
    assert_eq!(stored.holder, check.key);
    assert!(check.verify().is_ok());
}

#[tokio::test]
async fn a_repeat_is_signed_again_and_takes_no_room() {
    let mut world = World::new();
    world.put(vec![item(1, 512)]).await.expect("stored");
    let bytes = world.segment_bytes();
    world.put(vec![item(1, 512)]).await.expect("stored");
    assert_eq!(world.segment_bytes(), bytes);
    world.restart();
    world.put(vec![item(1, 512)]).await.expect("stored");
    assert_eq!(world.segment_bytes(), bytes);
}

#[tokio::test]
async fn a_repeat_of_a_rotten_blob_is_written_afresh() {
    let world = World::filled(1).await;
    let bytes = world.segment_bytes();
    world.flip(300);
    world.put(vec![item(0, 512)]).await.expect("stored");
    assert_eq!(world.segment_bytes(), 2 * bytes);
    let released = world.vault().get(world.ask(&[item(0, 512)])).await;
    assert!(released.expect("whole").answer.healed.is_empty());
}

#[tokio::test]
async fn what_breaks_a_rule_is_named_by_entry_and_field() {
    let world = World::new();
    assert_eq!(
        invalid(world.put(vec![]).await),
        "items: the batch is empty"
    );
    let mut wrong = item(2, 512);
    wrong.blob = BlobDigest::new([0; 32]);
    let said = invalid(world.put(vec![item(1, 512), wrong]).await);
    assert_eq!(said, "items[1].blob: it is not the SHA-256 of the bytes");
    for size in [511, 513, 0] {
        let said = invalid(world.put(vec![item(1, 512), item(2, size)]).await);
        assert!(said.starts_with("items[1].bytes"), "{said}");
    }
    let large: Vec<PutItem> = (0..16).map(|byte| item(byte, 4_194_304)).collect();
    let said = world.vault().put_for(member(DEPOSITOR), batch(large)).await;
    assert!(invalid(said.map(|_| ())).starts_with("items: "));
    let holding = world.vault().holding().await.expect("holding");
    assert_eq!(
        (holding.blobs, holding.bytes),
        (0, 0),
        "nothing half-stored"
    );
}

#[tokio::test]
async fn lengths_are_bounded_on_the_wire() {
    assert!(List::<u8, { wire::WRAP_BYTES_MAX }>::new(vec![0; 513]).is_err());
    let many = vec![item(1, 512); wire::BATCH_BLOBS_MAX + 1];
    assert!(List::<PutItem, { wire::BATCH_BLOBS_MAX }>::new(many).is_err());
}

#[tokio::test]
async fn only_an_active_members_signed_fresh_batch_is_taken() {
    let world = World::new();
    let sign = |by| {
        world
            .ledger
            .sign(by, wire::BLOBS, batch(vec![item(1, 512)]))
    };
    let stranger = world.vault().put(sign(9)).await;
    assert_eq!(refused(stranger), Refusal::DepositorUnknown);
    let mut changed = sign(DEPOSITOR);
    changed.body = List::new(vec![0]).expect("short");
    let changed = world.vault().put(changed).await;
    assert_eq!(refused(changed), Refusal::SignatureInvalid);
    let stale = sign(DEPOSITOR);
    world.ledger.set_now(stale.time_ms.get() + 60_001);
    let stale = world.vault().put(stale).await;
    assert_eq!(refused(stale), Refusal::RequestStale);
    let rubbish = world
        .ledger
        .sign(DEPOSITOR, wire::BLOBS, TimestampMs::new(u64::MAX));
    assert_eq!(
        refused(world.vault().put(rubbish).await),
        Refusal::Malformed
    );
    world.ledger.admit(DEPOSITOR, KeyPurpose::Vault, false);
    let suspended = world.vault().put(sign(DEPOSITOR)).await;
    assert_eq!(refused(suspended), Refusal::DepositorUnknown);
    assert_eq!(world.vault().holding().await.expect("holding").blobs, 0);
}

#[tokio::test]
async fn what_is_stored_survives_a_restart() {
    let mut world = World::filled(20).await;
    world.restart();
    let items: Vec<PutItem> = (0..20).map(|byte| item(byte, 512)).collect();
    let released = world
        .vault()
        .get(world.ask(&items))
        .await
        .expect("released");
    for (got, put) in released.answer.items.iter().zip(&items) {
        assert_eq!((&got.bytes, &got.wrap), (&put.bytes, &put.wrap));
    }
}

#[tokio::test]
async fn a_full_vault_or_disk_refuses_puts_and_goes_on_serving() {
    let mut world = World::filled(2).await;
    let is_full =
        |result: Result<(), Failure>| matches!(result, Err(Failure::Fault(Fault::Full { .. })));
    world.disk.full.store(true, Ordering::SeqCst);
    assert!(is_full(world.put(vec![item(7, 512)]).await));
    world.disk.full.store(false, Ordering::SeqCst);
    world.open(world.segment_bytes() + 100, 64 << 20);
    assert!(is_full(world.put(vec![item(7, 512)]).await));
    let items = [item(0, 512), item(1, 512)];
    assert!(world.vault().get(world.ask(&items)).await.is_ok());
    world.restart();
    world.put(vec![item(7, 512)]).await.expect("room again");
}

#[tokio::test]
async fn an_unsynced_blob_is_not_stored() {
    let world = World::new();
    world.disk.unsynced.store(true, Ordering::SeqCst);
    assert!(world.put(vec![item(1, 512)]).await.is_err());
    assert_eq!(world.vault().holding().await.expect("holding").blobs, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_of_one_moment_are_all_stored() {
    let world = World::new();
    let runs = (0..64u8).map(|byte| {
        let vault = world.vault().clone();
        let batch: PutBatch = batch(vec![item(byte, 512), item(byte / 2, 1024)]);
        tokio::spawn(async move { vault.put_for(member(DEPOSITOR), batch).await })
    });
    for run in runs.collect::<Vec<_>>() {
        run.await.expect("runs").expect("stored");
    }
    let holding = world.vault().holding().await.expect("holding");
    assert_eq!(holding.blobs, 64 + 32);
}
