//! Goal: an entry is durable before `append` returns, and no damage passes unnamed. Method: cut the file at every byte,
//! flip every byte, fail the disk.
use crate::fake::{FakeLedger, FaultyDisk, member, network, signer};
use amanat_client::anchor::{anchor_once, check_anchor};
use amanat_client::disk::LocalDisk;
use amanat_client::submit::Sponsor;
use amanat_client::{Departure, Fault, Journal, Submitter};
use amanat_types::code::JournalKind;
use amanat_types::codec::List;
use amanat_types::journal::JournalEntry;
use amanat_types::state::AnchorState;
use amanat_types::{Call, Height, RecordId, StateKey, TicketId, TimestampMs};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

fn departure(number: u64) -> Departure {
    let byte = u8::try_from(number % 251).expect("a byte");
    Departure {
        reader: member(2),
        ticket: TicketId::new([byte; 16]),
        height: Height::new(number),
        time_ms: TimestampMs::new(number),
        records: List::new(vec![RecordId::new([byte; 16])]).expect("one"),
    }
}

fn open(path: &Path) -> Result<Journal, Fault> {
    Journal::open(path, JournalKind::Vault, member(1), &LocalDisk)
}

async fn filled(path: &Path, count: u64) -> Journal {
    let journal = open(path).expect("opens");
    for number in 0..count {
        let at = journal.append(departure(number)).await.expect("appends");
        assert_eq!(at, number);
    }
    journal
}

#[tokio::test]
async fn what_waits_for_an_anchor_is_counted_from_its_first_entry() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = filled(&folder.path().join("journal"), 5).await;
    assert_eq!(
        journal.waiting().expect("reads"),
        (5, Some(TimestampMs::new(0)))
    );
    journal.note_anchored(3);
    assert_eq!(
        journal.waiting().expect("reads"),
        (2, Some(TimestampMs::new(3)))
    );
    journal.note_anchored(5);
    assert_eq!(journal.waiting().expect("reads"), (0, None));
}

#[tokio::test]
async fn entries_are_chained_paged_and_survive_a_restart() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("journal");
    let journal = filled(&path, 200).await;
    let (count, head) = journal.head();
    assert_eq!(journal.verify().await.expect("sound"), (count, head));
    drop(journal);
    let journal = open(&path).expect("opens");
    assert_eq!(journal.head(), (200, head));
    let mut entries = Vec::new();
    loop {
        let from = u64::try_from(entries.len()).expect("few");
        let page = journal.page(from, 37).await.expect("page");
        assert_eq!((page.count, page.head), (200, head));
        if page.entries.is_empty() {
            break;
        }
        assert!(page.entries.len() <= 37);
        entries.extend(page.entries);
    }
    assert_eq!(entries.len(), 200);
    let chained = JournalEntry::chain(0, JournalEntry::start(), &entries);
    assert_eq!(chained, Ok(head));
    let last = journal.page(199, 5).await.expect("page");
    assert_eq!(last.entries.len(), 1);
    assert_eq!(last.entries[0].records, departure(199).records);
    assert!(journal.page(200, 5).await.expect("page").entries.is_empty());
    assert!(
        journal
            .page(u64::MAX, 5)
            .await
            .expect("page")
            .entries
            .is_empty()
    );
}

#[tokio::test]
async fn a_second_process_cannot_open_it() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("journal");
    let _first = open(&path).expect("opens");
    assert!(open(&path).is_err());
}

#[tokio::test]
async fn an_unfinished_last_entry_is_cut_off_wherever_it_was_torn() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("journal");
    drop(filled(&path, 2).await);
    let two = std::fs::read(&path).expect("reads");
    let journal = open(&path).expect("opens");
    let head = journal.head();
    journal.append(departure(2)).await.expect("appends");
    drop(journal);
    let three = std::fs::read(&path).expect("reads");
    for end in two.len()..three.len() {
        std::fs::write(&path, &three[..end]).expect("writes");
        let journal = open(&path).expect("opens");
        assert_eq!(journal.head(), head, "torn at {end}");
        assert_eq!(journal.append(departure(2)).await.expect("appends"), 2);
        drop(journal);
        assert_eq!(std::fs::read(&path).expect("reads"), three);
    }
}

#[tokio::test]
async fn one_flipped_byte_anywhere_is_named_and_it_does_not_open() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("journal");
    drop(filled(&path, 3).await);
    let good = std::fs::read(&path).expect("reads");
    let size = good.len() / 3;
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        std::fs::write(&path, &bad).expect("writes");
        let entry = at / size;
        match open(&path) {
            Err(Fault::Damaged { what, .. }) => {
                assert_eq!(
                    what,
                    format!("entry {entry} of the release journal"),
                    "byte {at}"
                );
            }
            other => panic!("byte {at}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_running_journal_finds_damage_when_it_verifies() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("journal");
    let journal = filled(&path, 3).await;
    let mut bytes = std::fs::read(&path).expect("reads");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, &bytes).expect("writes");
    assert!(matches!(journal.verify().await, Err(Fault::Damaged { .. })));
    std::fs::write(&path, &bytes[..last / 2]).expect("writes");
    assert!(journal.verify().await.is_err());
}

#[tokio::test]
async fn anothers_journal_does_not_open() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("journal");
    drop(filled(&path, 1).await);
    let other = Journal::open(&path, JournalKind::Custodian, member(1), &LocalDisk);
    assert!(matches!(other, Err(Fault::Damaged { .. })));
    let other = Journal::open(&path, JournalKind::Vault, member(2), &LocalDisk);
    assert!(matches!(other, Err(Fault::Damaged { .. })));
}

#[tokio::test]
async fn a_failed_write_or_sync_is_not_durable_and_ends_the_journal() {
    for sync in [false, true] {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("journal");
        let disk = FaultyDisk::default();
        let journal = Journal::open(&path, JournalKind::Vault, member(1), &disk).expect("opens");
        journal.append(departure(0)).await.expect("appends");
        let head = journal.head();
        let fails = if sync { &disk.unsynced } else { &disk.full };
        fails.store(true, Ordering::SeqCst);
        assert!(journal.append(departure(1)).await.is_err());
        fails.store(false, Ordering::SeqCst);
        assert!(
            journal.append(departure(2)).await.is_err(),
            "it takes no more"
        );
        assert_eq!(journal.head(), head);
        drop(journal);
        let journal = open(&path).expect("opens");
        let (count, _) = journal.head();
        assert!(count == 1 || sync, "half an entry is cut off");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_of_one_moment_share_a_sync() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("journal");
    let disk = FaultyDisk::default();
    let journal = Journal::open(&path, JournalKind::Vault, member(1), &disk).expect("opens");
    let before = disk.syncs.load(Ordering::SeqCst);
    let runs = (0..200).map(|number| {
        let journal = journal.clone();
        tokio::spawn(async move { journal.append(departure(number)).await })
    });
    let mut numbers = Vec::new();
    for run in runs.collect::<Vec<_>>() {
        numbers.push(run.await.expect("runs").expect("appends"));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..200).collect::<Vec<u64>>());
    let syncs = disk.syncs.load(Ordering::SeqCst) - before;
    assert!((1..=200).contains(&syncs));
    journal.verify().await.expect("sound");
}

fn submitter(ledger: &FakeLedger) -> Submitter<FakeLedger> {
    let sponsor = Sponsor {
        network: network(),
        member: member(1),
        signer: signer(1),
        deadline: Duration::from_secs(5),
    };
    Submitter::new(ledger.clone(), sponsor, ledger.clock())
}

#[tokio::test]
async fn what_grew_is_anchored_once() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = filled(&folder.path().join("journal"), 3).await;
    let ledger = FakeLedger::new(1);
    let submitter = submitter(&ledger);
    assert!(
        anchor_once(&journal, &submitter)
            .await
            .expect("anchors")
            .is_some()
    );
    assert!(
        anchor_once(&journal, &submitter)
            .await
            .expect("nothing")
            .is_none()
    );
    let script = ledger.script();
    assert_eq!(script.sent.len(), 1);
    let Some(Call::Anchor(anchor)) = script.sent[0].body.calls.first() else {
        panic!("an anchor");
    };
    assert_eq!((anchor.count, anchor.head), journal.head());
    assert_eq!(anchor.journal, JournalKind::Vault);
}

#[tokio::test]
async fn a_journal_that_is_not_what_was_anchored_is_named() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = filled(&folder.path().join("journal"), 3).await;
    let ledger = FakeLedger::new(1);
    let key = StateKey::anchor(member(1), JournalKind::Vault);
    check_anchor(&journal, &ledger)
        .await
        .expect("no anchor yet");
    let (count, head) = journal.head();
    let anchor = |count, head| AnchorState {
        count,
        head,
        height: Height::new(1),
    };
    ledger.put(key, anchor(count, head));
    check_anchor(&journal, &ledger).await.expect("the same");
    assert!(journal.unanchored().is_none());
    for bad in [anchor(2, head), anchor(4, head)] {
        ledger.put(key, bad);
        let fault = check_anchor(&journal, &ledger).await;
        assert!(matches!(fault, Err(Fault::Damaged { .. })));
    }
}

#[tokio::test]
async fn entries_that_were_dropped_or_swapped_are_named() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("journal");
    let journal = filled(&path, 3).await;
    let entries = journal.page(0, 3).await.expect("page").entries;
    drop(journal);
    let frames = |entries: &[JournalEntry]| {
        let mut bytes = Vec::new();
        for entry in entries {
            amanat_client::journal::frame::write(entry, &mut bytes);
        }
        bytes
    };
    let mut other = entries[1].clone();
    other.previous = entries[2].hash();
    let [first, second, third] = [0, 1, 2].map(|at| entries[at].clone());
    let forged = [
        (vec![first.clone(), other, third.clone()], 1),
        (vec![first.clone(), third.clone()], 1),
        (vec![second, third], 0),
        (vec![first.clone(), first], 1),
    ];
    for (entries, named) in forged {
        std::fs::write(&path, frames(&entries)).expect("writes");
        match open(&path) {
            Err(Fault::Damaged { what, .. }) => {
                assert_eq!(what, format!("entry {named} of the release journal"));
            }
            other => panic!("{other:?}"),
        }
    }
}
