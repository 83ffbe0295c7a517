//! Goal: whatever happens to a segment's bytes, whole entries are found again, a damaged one is known by its key and has
//! no `whole`, and an unfinished write is cut off. Method: every offset, every byte.
use crate::fake::{FaultyDisk, member};
use amanat_client::disk::LocalDisk;
use amanat_client::wire::blob_digest;
use amanat_types::RecordId;
use amanat_vault::store::{Key, Sealed, Size, Store, Unwritten};
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

const SIZE: Size = Size {
    capacity_bytes: 1 << 20,
    segment_bytes: 1 << 20,
};

fn sealed(byte: u8) -> Sealed {
    let blob = vec![byte; 528];
    Sealed {
        key: Key {
            blob: blob_digest(&blob),
            record: RecordId::new([byte; 16]),
            depositor: member(2),
        },
        wrap: vec![byte; usize::from(byte)],
        blob,
        again: false,
    }
}

fn open(folder: &Path, size: Size) -> Store {
    Store::open(folder, size, Arc::new(LocalDisk)).expect("opens")
}

fn put(store: &Store, batch: Vec<Sealed>) -> Result<(), Unwritten> {
    let mut answer = store.queue(batch);
    store.flush();
    answer.try_recv().expect("answered")
}

fn is_whole(store: &Store, sealed: &Sealed) -> bool {
    store.read(&sealed.key).is_some_and(|parts| {
        parts.whole
            && parts.wrap.as_deref() == Some(&sealed.wrap)
            && parts.blob.as_deref() == Some(&sealed.blob)
    })
}

/// A folder with one segment of entries 1, 2 and 3; the segment's path, its bytes, and where entries end.
fn three(folder: &Path) -> (std::path::PathBuf, Vec<u8>, Vec<usize>) {
    let store = open(folder, SIZE);
    let path = folder.join("00000000.seg");
    let mut ends = Vec::new();
    for byte in 1..=3 {
        put(&store, vec![sealed(byte)]).expect("puts");
        ends.push(std::fs::read(&path).expect("reads").len());
    }
    let bytes = std::fs::read(&path).expect("reads");
    (path, bytes, ends)
}

#[test]
fn a_write_torn_at_any_byte_leaves_what_was_whole_and_is_cut_off() {
    let folder = tempfile::tempdir().expect("folder");
    let (path, bytes, ends) = three(folder.path());
    for length in 0..=bytes.len() {
        std::fs::write(&path, &bytes[..length]).expect("writes");
        let store = open(folder.path(), SIZE);
        let whole = ends.iter().filter(|end| **end <= length).count();
        assert_eq!(store.keys().len(), whole, "torn at {length}");
        for (at, byte) in (1..=3).enumerate() {
            assert_eq!(is_whole(&store, &sealed(byte)), at < whole);
        }
        let kept = ends[..whole].last().copied().unwrap_or(0);
        assert_eq!(std::fs::read(&path).expect("reads").len(), kept);
        if length % 41 != 0 {
            continue;
        }
        put(&store, vec![sealed(9)]).expect("goes on");
        drop(store);
        let store = open(folder.path(), SIZE);
        assert!(is_whole(&store, &sealed(9)));
        assert_eq!(store.keys().len(), whole + 1);
    }
}

#[test]
fn one_flipped_byte_anywhere_is_never_whole_and_keeps_its_name() {
    let folder = tempfile::tempdir().expect("folder");
    let (path, bytes, ends) = three(folder.path());
    let all = [sealed(1), sealed(2), sealed(3)];
    for at in 0..bytes.len() {
        let mut bad = bytes.clone();
        bad[at] ^= 0x20;
        std::fs::write(&path, &bad).expect("writes");
        let hit = ends.iter().filter(|end| **end <= at).count();
        let store = open(folder.path(), SIZE);
        for (number, sealed) in all.iter().enumerate() {
            assert_eq!(is_whole(&store, sealed), number != hit, "byte {at}");
            assert!(store.read(&sealed.key).is_some(), "byte {at} lost a name");
        }
        assert_eq!(store.keys().len(), 3, "byte {at}");
        assert_eq!(std::fs::read(&path).expect("reads").len(), bytes.len());
    }
}

#[test]
fn a_flip_under_a_running_store_is_seen_on_the_next_read() {
    let folder = tempfile::tempdir().expect("folder");
    let (path, bytes, _) = three(folder.path());
    let store = open(folder.path(), SIZE);
    for at in 0..bytes.len() {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        std::fs::write(&path, &bad).expect("writes");
        let whole = (1..=3).filter(|byte| is_whole(&store, &sealed(*byte)));
        assert_eq!(whole.count(), 2, "byte {at}");
    }
}

#[test]
fn segments_are_rolled_and_found_again() {
    let folder = tempfile::tempdir().expect("folder");
    let size = Size {
        segment_bytes: 1500,
        ..SIZE
    };
    let store = open(folder.path(), size);
    put(&store, (1..=9).map(sealed).collect()).expect("puts");
    for _ in 0..2 {
        assert!((1..=9).all(|byte| is_whole(&store, &sealed(byte))));
    }
    let files = std::fs::read_dir(folder.path()).expect("lists").count();
    assert!(files > 4, "{files} files");
    let holding = store.holding();
    drop(store);
    let store = open(folder.path(), size);
    assert_eq!(store.holding(), holding);
    assert!((1..=9).all(|byte| is_whole(&store, &sealed(byte))));
    put(&store, vec![sealed(10)]).expect("puts");
    assert!(is_whole(&store, &sealed(10)));
}

#[test]
fn a_repeat_takes_no_room_and_capacity_is_kept() {
    let folder = tempfile::tempdir().expect("folder");
    let size = Size {
        capacity_bytes: 3 * (528 + 2 * 76) + 6,
        ..SIZE
    };
    let store = open(folder.path(), size);
    put(&store, vec![sealed(1), sealed(1), sealed(2)]).expect("puts");
    let bytes = store.holding().bytes;
    put(&store, vec![sealed(2), sealed(1)]).expect("repeats");
    assert_eq!(store.holding().bytes, bytes);
    let full = put(&store, vec![sealed(4)]);
    assert_eq!(
        full,
        Err(Unwritten::Disk(std::io::ErrorKind::StorageFull)),
        "one byte too many"
    );
    assert_eq!(store.holding().bytes, bytes);
    put(&store, vec![sealed(3)]).expect("exactly full");
    assert!(store.read(&sealed(4).key).is_none());
}

#[test]
fn a_failed_disk_acknowledges_nothing_of_the_flush_and_the_next_write_goes_on() {
    for sync in [false, true] {
        let folder = tempfile::tempdir().expect("folder");
        let disk = FaultyDisk::default();
        let store = Store::open(folder.path(), SIZE, Arc::new(disk.clone())).expect("opens");
        put(&store, vec![sealed(1)]).expect("puts");
        let fails = if sync { &disk.unsynced } else { &disk.full };
        fails.store(true, Ordering::SeqCst);
        let mut first = store.queue(vec![sealed(2)]);
        let mut second = store.queue(vec![sealed(3)]);
        store.flush();
        assert!(first.try_recv().expect("answered").is_err());
        assert!(second.try_recv().expect("answered").is_err());
        fails.store(false, Ordering::SeqCst);
        assert!(is_whole(&store, &sealed(1)), "reads go on");
        assert!(store.read(&sealed(2).key).is_none());
        put(&store, vec![sealed(3)]).expect("puts");
        drop(store);
        let store = open(folder.path(), SIZE);
        assert_eq!(store.keys(), [sealed(1).key, sealed(3).key]);
    }
}

#[test]
fn one_flush_is_one_sync() {
    let folder = tempfile::tempdir().expect("folder");
    let disk = FaultyDisk::default();
    let store = Store::open(folder.path(), SIZE, Arc::new(disk.clone())).expect("opens");
    let before = disk.syncs.load(Ordering::SeqCst);
    let answers: Vec<_> = (1..=20)
        .map(|byte| store.queue(vec![sealed(byte)]))
        .collect();
    store.flush();
    for mut answer in answers {
        answer.try_recv().expect("answered").expect("stored");
    }
    assert_eq!(disk.syncs.load(Ordering::SeqCst) - before, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any rubbish as a segment opens, serves nothing of it as whole, and takes writes.
    #[test]
    fn rubbish_opens_and_serves_nothing(rubbish in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("00000000.seg"), &rubbish).expect("writes");
        let store = open(folder.path(), SIZE);
        prop_assert!(store.keys().is_empty());
        put(&store, vec![sealed(1)]).expect("puts");
        drop(store);
        prop_assert!(is_whole(&open(folder.path(), SIZE), &sealed(1)));
    }
}
