//! Goal: a rotten or missing blob is named, never served, and healed from another holder; and a holder gives copies to
//! co-holders only.
use crate::fake::member;
use crate::world::{DEPOSITOR, OWN, READER, World, item, named, refused, ticket};
use amanat_client::wire::{self, CopyRequest, PutItem};
use amanat_types::codec::List;
use amanat_types::state::Succession;
use amanat_types::{MemberId, RecordId, Refusal, StateKey, TicketId};

/// Bytes of one entry of these tests: two heads, the wrap, the blob.
const ENTRY: usize = 76 + 60 + 528 + 76;

#[tokio::test]
async fn one_flipped_byte_anywhere_is_named_or_healed_and_never_served() {
    for restart in [false, true] {
        for at in (0..ENTRY)
            .step_by(13)
            .chain([0, 75, 76, 135, 136, 663, 664, 739])
        {
            let mut world = World::filled(2).await;
            let item = item(0, 512);
            world.flip(at);
            if restart {
                world.restart();
            }
            let alone = world
                .vault()
                .get(world.ask(std::slice::from_ref(&item)))
                .await;
            // A rotten head or wrap end heals from the vault's own sound parts; a rotten wrap or blob needs a holder.
            match alone {
                Ok(released) => {
                    assert_eq!(released.answer.healed.to_vec(), [item.blob], "byte {at}");
                    assert_eq!(released.answer.items[0].bytes, item.bytes);
                    assert_eq!(released.answer.items[0].wrap, item.wrap);
                    assert!(!(76..664).contains(&at), "byte {at} was served");
                    continue;
                }
                other => assert_eq!(named(other), format!("blob {}", item.blob)),
            }
            world.peer_has(&item);
            let healed = world
                .vault()
                .get(world.ask(std::slice::from_ref(&item)))
                .await;
            let healed = healed.expect("healed").answer;
            assert_eq!(healed.healed.to_vec(), [item.blob], "byte {at}");
            assert_eq!(healed.items[0].bytes, item.bytes);
            assert_eq!(healed.items[0].wrap, item.wrap);
            world.restart();
            let again = world.vault().get(world.ask(&[item])).await;
            assert!(
                again.expect("whole").answer.healed.is_empty(),
                "healed for good"
            );
        }
    }
}

#[tokio::test]
async fn the_scrubber_names_and_heals() {
    let world = World::filled(3).await;
    world.flip(ENTRY + 200);
    let rotten = item(1, 512);
    let report = world.vault().scrub_once().await.expect("walks");
    assert_eq!(report.checked, 3);
    assert_eq!(report.rotten.len(), 1);
    assert_eq!(
        (report.rotten[0].blob, report.rotten[0].healed),
        (rotten.blob, false)
    );
    assert_eq!(report.answer().rotten.to_vec(), [rotten.blob]);
    assert!(report.answer().healed.is_empty());

    world.peer_has(&rotten);
    let report = world.vault().scrub_once().await.expect("walks");
    assert_eq!(report.answer().healed.to_vec(), [rotten.blob]);
    let report = world.vault().scrub_once().await.expect("walks");
    assert_eq!((report.checked, report.rotten.len()), (3, 0));
    assert_eq!(
        *world.peers.asked.lock().expect("lock"),
        [member(4), member(4)]
    );
}

#[tokio::test]
async fn a_scrub_is_for_the_own_member() {
    let world = World::filled(1).await;
    let sign = |by| world.ledger.sign(by, wire::SCRUB, amanat_types::call::Unit);
    assert!(world.vault().scrub(sign(OWN)).await.is_ok());
    let other = world.vault().scrub(sign(READER)).await;
    assert_eq!(refused(other), Refusal::HolderUnknown);
    let stranger = world.vault().scrub(sign(9)).await;
    assert_eq!(refused(stranger), Refusal::DepositorUnknown);
}

#[tokio::test]
async fn a_copy_with_another_digest_is_not_taken() {
    let world = World::filled(1).await;
    world.flip(200);
    let mut lie = item(5, 512);
    lie.record = item(0, 512).record;
    world.peer_has(&lie);
    let result = world.vault().get(world.ask(&[item(0, 512)])).await;
    assert_eq!(named(result), format!("blob {}", item(0, 512).blob));
}

#[tokio::test]
async fn after_a_holder_that_lies_the_next_one_is_asked() {
    let world = World::filled(1).await;
    let real = item(0, 512);
    world.flip(200);
    world
        .ledger
        .deposit(real.record, real.blob, 2, &[OWN, READER, 4]);
    let mut lie = item(5, 512);
    lie.record = real.record;
    let lie = amanat_client::stores::BlobGot {
        record: lie.record,
        wrap: lie.wrap.to_vec(),
        bytes: lie.bytes.to_vec(),
    };
    let liar = (member(READER), real.record);
    world.peers.blobs.lock().expect("lock").insert(liar, lie);
    let report = world.vault().scrub_once().await.expect("walks");
    assert!(report.answer().healed.is_empty(), "a lie heals nothing");
    world.peer_has(&real);
    let report = world.vault().scrub_once().await.expect("walks");
    assert_eq!(report.answer().healed.to_vec(), [real.blob]);
    let asked = world.peers.asked.lock().expect("lock").clone();
    let (liar, honest) = (member(READER), member(4));
    assert_eq!(asked, [liar, honest, liar, honest]);
}

#[tokio::test]
async fn a_missing_blob_is_fetched_if_the_ledger_wants_it_here() {
    let world = World::new();
    let missing = item(1, 512);
    world.deposit(std::slice::from_ref(&missing));
    let result = world
        .vault()
        .get(world.ask(std::slice::from_ref(&missing)))
        .await;
    assert_eq!(named(result), format!("blob {}", missing.blob));
    world.peer_has(&missing);
    let result = world
        .vault()
        .get(world.ask(std::slice::from_ref(&missing)))
        .await;
    assert_eq!(result.expect("healed").answer.items[0].bytes, missing.bytes);

    let elsewhere = item(2, 512);
    world.peer_has(&elsewhere);
    world
        .ledger
        .deposit(elsewhere.record, elsewhere.blob, 2, &[4]);
    world.ledger.ticket(ticket(), READER, &[elsewhere.record]);
    let result = world.vault().get(world.ask(&[elsewhere])).await;
    assert_eq!(refused(result), Refusal::BlobUnknown);
}

#[tokio::test]
async fn a_ticket_that_ends_while_a_blob_is_healed_opens_nothing() {
    let world = World::filled(1).await;
    world.flip(200);
    world.peer_has(&item(0, 512));
    let ledger = world.ledger.clone();
    let end = move || {
        let mut script = ledger.script();
        script.tickets.get_mut(&ticket()).expect("one").ended = true;
    };
    *world.peers.after.lock().expect("lock") = Some(Box::new(end));
    let result = world.vault().get(world.ask(&[item(0, 512)])).await;
    assert_eq!(refused(result), Refusal::TicketEnded);
    assert_eq!(world.vault().journal().head().0, 0);
}

fn copies(records: &[RecordId]) -> CopyRequest {
    CopyRequest {
        records: List::new(records.to_vec()).expect("few"),
    }
}

#[tokio::test]
async fn copies_go_to_co_holders_only_and_are_journalled() {
    let world = World::filled(2).await;
    let items: Vec<PutItem> = (0..2).map(|byte| item(byte, 512)).collect();
    let records = [items[1].record, items[0].record];
    let sign = |by, records: &[RecordId]| world.ledger.sign(by, wire::HEAL, copies(records));
    let vault = world.vault();

    let given = vault.copy(sign(4, &records)).await.expect("copies").answer;
    assert_eq!(given.items.len(), 2);
    assert_eq!(given.items[0].bytes, items[1].bytes);
    let page = vault.journal().page(0, 5).await.expect("page");
    assert_eq!(page.entries.len(), 1);
    assert_eq!(page.entries[0].ticket, TicketId::new([0; 16]));
    assert_eq!(page.entries[0].reader, member(4));
    assert_eq!(page.entries[0].records.to_vec(), records);

    let refusal = refused(vault.copy(sign(READER, &records)).await);
    assert_eq!(refusal, Refusal::HolderUnknown);
    let stranger = vault.copy(sign(9, &records)).await;
    assert_eq!(refused(stranger), Refusal::DepositorUnknown);
    let unknown = vault.copy(sign(4, &[RecordId::new([99; 16])])).await;
    assert_eq!(refused(unknown), Refusal::RecordUnknown);
    let lacking = item(8, 512);
    world
        .ledger
        .deposit(lacking.record, lacking.blob, 2, &[OWN, 4]);
    let lacking = vault.copy(sign(4, &[lacking.record])).await;
    assert_eq!(refused(lacking), Refusal::BlobUnknown);

    world.flip(200);
    let rotten = vault.copy(sign(4, &[items[0].record])).await;
    assert_eq!(named(rotten), format!("blob {}", items[0].blob));
    assert!(
        world.peers.asked.lock().expect("lock").is_empty(),
        "no asking on"
    );

    world.ledger.set_now(1_010_001);
    let known = amanat_client::judge::Known {
        member: member(4),
        height: amanat_types::Height::new(10),
        time_ms: amanat_types::TimestampMs::new(1_010_001),
    };
    let stalled = vault.copy_for(known, copies(&records)).await;
    assert_eq!(
        refused(stalled),
        Refusal::TipTooOld,
        "the records are read at a recent tip"
    );
    let stalled = vault.copy(sign(4, &records)).await;
    assert_eq!(refused(stalled), Refusal::TipTooOld);
}

/// The custodian had the bytes before all others. Its successor is about to keep them: from the naming until it is withdrawn, but for
/// what nobody is to open any more.
#[tokio::test]
async fn a_copy_goes_to_the_custodian_and_to_the_successor_that_it_named() {
    let world = World::filled(2).await;
    let items: Vec<PutItem> = (0..2).map(|byte| item(byte, 512)).collect();
    let records = [items[0].record, items[1].record];
    let sign = |by| world.ledger.sign(by, wire::HEAL, copies(&records));
    let vault = world.vault();
    let given = vault.copy(sign(DEPOSITOR)).await.expect("copies").answer;
    assert_eq!(given.items[1].bytes, items[1].bytes);

    let name = |member: u16, successor: Option<u16>| {
        let value = Succession {
            successor: successor.map(MemberId::new),
            height: amanat_types::Height::new(9),
        };
        world
            .ledger
            .put(StateKey::succession(MemberId::new(member)), value);
    };
    let none = || async { refused(vault.copy(sign(READER)).await) };
    assert_eq!(none().await, Refusal::HolderUnknown);
    // Somebody else's successor; another one of the depositor's.
    name(OWN, Some(READER));
    name(DEPOSITOR, Some(4));
    assert_eq!(none().await, Refusal::HolderUnknown);
    name(DEPOSITOR, Some(READER));
    let given = vault.copy(sign(READER)).await.expect("copies").answer;
    assert_eq!(given.items[0].wrap, items[0].wrap);
    let page = vault.journal().page(0, 5).await.expect("page");
    assert_eq!(page.entries.len(), 2);
    assert_eq!(page.entries[1].reader, member(READER));
    name(DEPOSITOR, None);
    assert_eq!(none().await, Refusal::HolderUnknown);
    // One that was retracted keeps both; to the custodian it goes.
    name(DEPOSITOR, Some(READER));
    world.ledger.retract(records[1]);
    assert_eq!(none().await, Refusal::HolderUnknown);
    assert!(vault.copy(sign(DEPOSITOR)).await.is_ok());
}
