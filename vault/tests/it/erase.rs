//! Goal: what finalised state calls erased leaves no vault any more, in no way, and is forgotten, also when it came back; who has to say so says so once it is true.
use crate::fake::{member, signer};
use crate::world::{DEPOSITOR, OWN, READER, TestVault, World, batch, item, refused};
use amanat_client::fault::Failure;
use amanat_client::submit::{Sponsor, Submitter};
use amanat_client::wire::{self, CopyRequest, PutItem};
use amanat_types::codec::List;
use amanat_types::state::Succession;
use amanat_types::{Call, MemberId, RecordId, Refusal, StateKey};
use std::time::Duration;

type Submits = Submitter<crate::fake::FakeLedger>;

fn submitter(world: &World) -> Submits {
    let sponsor = Sponsor {
        network: crate::fake::network(),
        member: member(OWN),
        signer: signer(OWN),
        deadline: Duration::from_secs(5),
    };
    Submitter::new(world.ledger.clone(), sponsor, world.ledger.clock())
}

fn items(count: u8) -> Vec<PutItem> {
    (0..count).map(|byte| item(byte, 512)).collect()
}

fn ids(items: &[PutItem]) -> Vec<RecordId> {
    items.iter().map(|item| item.record).collect()
}

/// What a member does with erased records: forgets, then says so. How many it said that of.
async fn erase(
    vault: &TestVault,
    items: &[PutItem],
    submitter: &Submits,
) -> Result<usize, Failure> {
    let owed = vault.forget(&ids(items)).await?;
    vault.confirm(&owed, submitter).await?;
    Ok(owed.len())
}

/// What was said on the ledger to be deleted, call by call.
fn said(world: &World) -> Vec<Vec<RecordId>> {
    let script = world.ledger.script();
    let calls = script.sent.iter().flat_map(|sent| sent.body.calls.iter());
    let said = calls.map(|call| match call {
        Call::ConfirmErased(call) => call.records.to_vec(),
        other => panic!("{other:?}"),
    });
    said.collect()
}

/// Whether a segment still has a head that names the blob: forgetting leaves zeros, of which some record's id consists here.
fn has(world: &World, item: &PutItem) -> bool {
    let bytes = std::fs::read(world.segment(0)).expect("reads");
    let blob = item.blob.as_bytes();
    bytes.windows(blob.len()).any(|bytes| bytes == blob)
}

#[tokio::test]
async fn what_is_erased_is_forgotten_and_then_said() {
    let world = World::filled(4).await;
    let items = items(4);
    let submitter = submitter(&world);
    let vault = world.vault();
    // Nothing is erased, whatever somebody says.
    assert_eq!(erase(vault, &items, &submitter).await.expect("asks"), 0);
    assert_eq!(vault.holding().await.expect("asks").blobs, 4);
    world.ledger.erase(items[2].record, &[]);
    world.ledger.erase(items[1].record, &[4]);
    world.ledger.retract(items[3].record);
    // An old tip does not stand in the way: what is erased stays so.
    world.ledger.set_now(9_000_000);
    assert_eq!(erase(vault, &items, &submitter).await.expect("erases"), 2);
    assert_eq!(said(&world), [[items[1].record, items[2].record]]);
    for (at, item) in items.iter().enumerate() {
        assert_eq!(has(&world, item), ![1, 2].contains(&at), "{at}");
    }
    // Said again, because the ledger does not say yet that it was; then it does.
    assert_eq!(erase(vault, &items, &submitter).await.expect("erases"), 2);
    world.ledger.erase(items[1].record, &[OWN, 4]);
    world.ledger.erase(items[2].record, &[OWN]);
    assert_eq!(erase(vault, &items, &submitter).await.expect("erases"), 0);
    assert_eq!(said(&world).len(), 2);
}

/// A member that is neither holder nor custodian forgets all the same, and has nothing to say.
#[tokio::test]
async fn litter_is_forgotten_in_silence() {
    let world = World::filled(1).await;
    let items = items(1);
    world
        .ledger
        .deposit(items[0].record, items[0].blob, DEPOSITOR, &[3, 4]);
    world.ledger.erase(items[0].record, &[]);
    let vault = world.vault();
    let said = erase(vault, &items, &submitter(&world)).await;
    assert_eq!(said.expect("erases"), 0);
    assert!(!has(&world, &items[0]));
}

/// Who is to hold a record that it lost has deleted it, too.
#[tokio::test]
async fn what_is_not_there_is_said_to_be_gone() {
    let world = World::new();
    let items = items(1);
    world
        .ledger
        .deposit(items[0].record, items[0].blob, OWN, &[3, 4]);
    world.ledger.erase(items[0].record, &[]);
    let done = erase(world.vault(), &items, &submitter(&world)).await;
    assert_eq!(done.expect("erases"), 1);
}

/// Nothing is said before it is gone: a disk that fails leaves it to be done again.
#[tokio::test]
async fn a_failed_disk_says_nothing() {
    use std::sync::atomic::Ordering;
    let world = World::filled(1).await;
    let items = items(1);
    world.ledger.erase(items[0].record, &[]);
    let (vault, submitter) = (world.vault(), submitter(&world));
    world.disk.unsynced.store(true, Ordering::SeqCst);
    assert!(erase(vault, &items, &submitter).await.is_err());
    assert!(said(&world).is_empty());
    world.disk.unsynced.store(false, Ordering::SeqCst);
    assert_eq!(erase(vault, &items, &submitter).await.expect("erases"), 1);
    assert_eq!(said(&world).len(), 1);
}

/// No copy goes to anybody, the holders, the custodian and its successor included; one erased record keeps back those asked for with it.
#[tokio::test]
async fn no_copy_of_what_is_erased_leaves() {
    let world = World::filled(2).await;
    let items = items(2);
    let succession = Succession {
        successor: Some(member(READER)),
        height: amanat_types::Height::new(9),
    };
    let naming = StateKey::succession(MemberId::new(DEPOSITOR));
    world.ledger.put(naming, succession);
    let asks = |by| {
        let records = List::new(ids(&items)).expect("few");
        world.ledger.sign(by, wire::HEAL, CopyRequest { records })
    };
    for by in [4, DEPOSITOR, READER] {
        assert!(world.vault().copy(asks(by)).await.is_ok(), "{by}");
    }
    world.ledger.erase(items[1].record, &[]);
    for by in [OWN, 4, DEPOSITOR, READER] {
        let copied = world.vault().copy(asks(by)).await;
        assert_eq!(refused(copied), Refusal::RecordErased, "{by}");
    }
}

/// What rots after its erasure is not healed, neither from another holder nor from what is left of it here.
#[tokio::test]
async fn what_is_erased_is_not_healed() {
    for flipped in [100, 0] {
        let world = World::filled(1).await;
        let items = items(1);
        world.peer_has(&items[0]);
        world.ledger.erase(items[0].record, &[]);
        world.flip(flipped);
        let vault = world.vault();
        let got = vault.get(world.ask(&items)).await;
        assert_eq!(refused(got), Refusal::BlobErased);
        assert!(world.peers.asked.lock().expect("lock").is_empty());
    }
}

/// A copy of the folder from before the erasure comes back: the scrubber finds it by the state, and asks nobody for it.
#[tokio::test]
async fn the_scrubber_forgets_what_came_back() {
    let mut world = World::filled(3).await;
    let items = items(3);
    let before = std::fs::read(world.segment(0)).expect("reads");
    world.ledger.erase(items[1].record, &[]);
    let forgot = world.vault().forget(&ids(&items)).await;
    assert_eq!(forgot.expect("forgets"), [items[1].record]);
    assert_eq!(world.vault().holding().await.expect("asks").blobs, 2);

    world.vault = None;
    std::fs::write(world.segment(0), &before).expect("restores");
    world.restart();
    world.peer_has(&items[1]);
    assert!(has(&world, &items[1]));
    // While the node does not answer it only looks at the bytes.
    world.ledger.script().down = true;
    let report = world.vault().scrub_once().await.expect("walks");
    assert_eq!((report.checked, report.forgotten), (3, 0));
    world.ledger.script().down = false;
    let report = world.vault().scrub_once().await.expect("walks");
    assert_eq!((report.checked, report.forgotten), (2, 1));
    assert!(report.rotten.is_empty());
    assert!(!has(&world, &items[1]));
    assert!(world.peers.asked.lock().expect("lock").is_empty());
    let report = world.vault().scrub_once().await.expect("walks");
    assert_eq!((report.checked, report.forgotten), (2, 0));
}

/// It is not taken again while the vault runs; after that it is, and the scrubber forgets it.
#[tokio::test]
async fn what_is_put_again_is_refused_or_forgotten() {
    let mut world = World::filled(2).await;
    let items = items(2);
    world.ledger.erase(items[0].record, &[OWN]);
    let owed = world.vault().forget(&ids(&items)).await;
    assert_eq!(owed.expect("forgets"), []);
    let again = world.put(vec![items[0].clone()]).await;
    assert_eq!(refused(again), Refusal::BlobErased);
    let batch = world
        .ledger
        .sign(READER, wire::BLOBS, batch(vec![items[0].clone()]));
    let again = world.vault().put(batch).await;
    assert_eq!(refused(again), Refusal::BlobErased, "by another member");
    world.put(vec![items[1].clone()]).await.expect("the other");
    world.restart();
    world.put(vec![items[0].clone()]).await.expect("puts");
    let report = world.vault().scrub_once().await.expect("walks");
    assert_eq!(report.forgotten, 1);
    assert!(!has(&world, &items[0]));
}
