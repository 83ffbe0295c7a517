//! Goal: what is forgotten stands nowhere in a segment any more, everything else is whole, and a process may die at any byte that it overwrites.
//! Method: a disk that stops after so many bytes, at every one of them; then what a vault forgets, and whom it tells.
use crate::fake::{FaultyDisk, member};
use amanat_client::disk::{AppendFile, Disk, LocalDisk};
use amanat_client::wire::blob_digest;
use amanat_types::RecordId;
use amanat_vault::store::{Key, Sealed, Size, Store, Unwritten};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

const SIZE: Size = Size {
    capacity_bytes: 1 << 20,
    segment_bytes: 1 << 20,
};
const HEAD: usize = 76;

fn sealed(byte: u8, by: u16) -> Sealed {
    let blob = vec![byte; 528];
    Sealed {
        key: Key {
            blob: blob_digest(&blob),
            record: RecordId::new([byte; 16]),
            depositor: member(by),
        },
        wrap: vec![byte ^ 0xff; 60],
        blob,
        again: false,
    }
}

fn open(folder: &Path) -> Store {
    Store::open(folder, SIZE, Arc::new(LocalDisk)).expect("opens")
}

fn put(store: &Store, batch: Vec<Sealed>) -> Result<(), Unwritten> {
    let mut answer = store.queue(batch);
    store.flush();
    answer.try_recv().expect("answered")
}

fn is_whole(store: &Store, sealed: &Sealed) -> bool {
    let parts = store.read(&sealed.key);
    parts.is_some_and(|parts| parts.whole && parts.blob.as_deref() == Some(&sealed.blob))
}

fn of(bytes: &[u8]) -> BTreeSet<RecordId> {
    bytes
        .iter()
        .map(|byte| RecordId::new([*byte; 16]))
        .collect()
}

/// Entries 1 to 4 in one segment; its path.
fn four(folder: &Path) -> PathBuf {
    let store = open(folder);
    put(&store, (1..=4).map(|byte| sealed(byte, 2)).collect()).expect("puts");
    folder.join("00000000.seg")
}

/// Whether anything of an entry is left in a segment: a run of its blob, its wrap, its id or its digest.
fn leaves(path: &Path, sealed: &Sealed) -> bool {
    let bytes = std::fs::read(path).expect("reads");
    let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    has(&sealed.blob[..16])
        || has(&sealed.wrap[..16])
        || has(sealed.key.record.as_bytes())
        || has(sealed.key.blob.as_bytes())
}

#[test]
fn what_is_forgotten_is_gone_and_nothing_else() {
    let folder = tempfile::tempdir().expect("folder");
    let path = four(folder.path());
    let length = std::fs::read(&path).expect("reads").len();
    let store = open(folder.path());
    let before = store.holding();
    assert_eq!(store.forget(&of(&[2, 4, 9])).expect("forgets"), 2);
    let check = |store: &Store| {
        for byte in 1..=4 {
            let one = sealed(byte, 2);
            let gone = byte % 2 == 0;
            assert_eq!(is_whole(store, &one), !gone, "{byte}");
            assert_eq!(store.read(&one.key).is_none(), gone, "{byte}");
            assert_eq!(leaves(&path, &one), !gone, "{byte}");
        }
        assert_eq!(store.keys().len(), 2);
        // Its room is not given back.
        assert_eq!(store.holding().bytes, before.bytes);
        assert_eq!(std::fs::read(&path).expect("reads").len(), length);
    };
    check(&store);
    assert_eq!(store.forget(&of(&[2, 4])).expect("again"), 0);
    drop(store);
    let store = open(folder.path());
    check(&store);
    put(&store, vec![sealed(7, 2)]).expect("goes on");
    drop(store);
    assert!(is_whole(&open(folder.path()), &sealed(7, 2)));
}

/// Under whichever custodian it was put, in whichever segment, and what was rotten and written afresh since.
#[test]
fn every_entry_of_a_record_is_found() {
    let folder = tempfile::tempdir().expect("folder");
    let size = Size {
        segment_bytes: 800,
        ..SIZE
    };
    let open = || Store::open(folder.path(), size, Arc::new(LocalDisk)).expect("opens");
    let store = open();
    for one in [sealed(1, 2), sealed(2, 2), sealed(1, 3)] {
        put(&store, vec![one]).expect("puts");
    }
    // The first copy rots, and is healed.
    let first = folder.path().join("00000000.seg");
    let mut bytes = std::fs::read(&first).expect("reads");
    bytes[HEAD + 60] ^= 1;
    std::fs::write(&first, bytes).expect("writes");
    let again = Sealed {
        again: true,
        ..sealed(1, 2)
    };
    put(&store, vec![again.clone()]).expect("heals");
    // What was opened anew knows them as well.
    let copy = tempfile::tempdir().expect("folder");
    let other = open_copy(folder.path(), copy.path(), size);
    assert_eq!(other.forget(&of(&[1])).expect("forgets"), 3);
    assert!(is_whole(&other, &sealed(2, 2)));
    assert_eq!(store.forget(&of(&[1])).expect("forgets"), 3);
    for folder in [folder.path(), copy.path()] {
        for number in 0..4 {
            let path = folder.join(format!("{number:08}.seg"));
            assert!(!leaves(&path, &sealed(1, 2)), "{number}");
        }
    }
    assert!(is_whole(&store, &sealed(2, 2)));
}

/// Opens a copy of a folder's segments.
fn open_copy(from: &Path, to: &Path, size: Size) -> Store {
    for file in std::fs::read_dir(from).expect("lists") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|end| end == "seg") {
            std::fs::copy(&path, to.join(path.file_name().expect("named"))).expect("copies");
        }
    }
    Store::open(to, size, Arc::new(LocalDisk)).expect("opens")
}

/// A record that was forgotten is not taken again while the store is open, whoever brings it; what is brought with it is not stored either.
#[test]
fn what_was_forgotten_is_not_taken_again() {
    let folder = tempfile::tempdir().expect("folder");
    let _path = four(folder.path());
    let store = open(folder.path());
    store.forget(&of(&[2, 8])).expect("forgets");
    for one in [sealed(2, 2), sealed(2, 3), sealed(8, 2)] {
        let refused = put(&store, vec![sealed(9, 2), one]);
        assert_eq!(refused, Err(Unwritten::Erased));
    }
    assert!(store.read(&sealed(9, 2).key).is_none());
    put(&store, vec![sealed(9, 2)]).expect("the other alone");
}

/// A disk on which nothing may be written.
struct Denied;

impl Disk for Denied {
    fn open(&self, _: &Path) -> std::io::Result<Box<dyn AppendFile>> {
        Err(ErrorKind::PermissionDenied.into())
    }
}

/// What a disk refuses is told as a fault of the disk, and never as an erasure.
#[test]
fn a_disk_that_denies_is_no_erasure() {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(folder.path(), SIZE, Arc::new(Denied)).expect("opens");
    let denied = Unwritten::Disk(ErrorKind::PermissionDenied);
    assert_eq!(put(&store, vec![sealed(1, 2)]), Err(denied));
}

/// The disk stops at any byte that is overwritten: everything else is whole, what was begun is finished or named again, and forgetting once more leaves nothing.
#[test]
fn a_process_that_dies_while_it_forgets_loses_nothing_else() {
    let original = tempfile::tempdir().expect("folder");
    four(original.path());
    // Two entries next to each other; all that is written over them.
    let entry = 2 * HEAD + 60 + 528;
    let mut stopped = 0;
    for left in (0..=2 * entry).filter(|left| is_telling(*left, entry)) {
        let folder = tempfile::tempdir().expect("folder");
        let disk = FaultyDisk::default();
        drop(open_copy(original.path(), folder.path(), SIZE));
        let store = Store::open(folder.path(), SIZE, Arc::new(disk.clone())).expect("opens");
        let path = folder.path().join("00000000.seg");
        disk.patch_left.store(left, Ordering::SeqCst);
        let done = store.forget(&of(&[2, 3]));
        assert_eq!(done.is_ok(), left == 2 * entry, "after {left}");
        stopped += usize::from(done.is_err());
        if done.is_err() {
            // Nothing is answered, and while the process lives it is known what is still to be forgotten.
            assert!(store.read(&sealed(2, 2).key).is_some());
        }
        drop(store);
        let store = open(folder.path());
        for byte in [1, 4] {
            assert!(is_whole(&store, &sealed(byte, 2)), "{byte} after {left}");
        }
        for byte in [2, 3] {
            let one = sealed(byte, 2);
            let named = store.read(&one.key).is_some();
            assert_eq!(
                leaves(&path, &one),
                named,
                "{byte} after {left}: unnamed and there"
            );
        }
        store.forget(&of(&[2, 3])).expect("forgets");
        drop(store);
        let store = open(folder.path());
        assert_eq!(store.keys(), [sealed(1, 2).key, sealed(4, 2).key], "{left}");
        for byte in [2, 3] {
            assert!(!leaves(&path, &sealed(byte, 2)), "{byte} after {left}");
        }
    }
    assert!(stopped > 100, "{stopped}");
}

/// Every byte of the markers, and some of the rest.
fn is_telling(left: usize, entry: usize) -> bool {
    let bodies = 2 * HEAD..2 * HEAD + 2 * (entry - 2 * HEAD);
    !bodies.contains(&left) || left.is_multiple_of(61)
}

/// Markers are stepped over like entries, beside damage too; one that is itself damaged hides nothing.
#[test]
fn a_flipped_byte_of_what_was_forgotten_hides_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let path = four(folder.path());
    open(folder.path()).forget(&of(&[2])).expect("forgets");
    let bytes = std::fs::read(&path).expect("reads");
    for at in (0..bytes.len()).filter(|at| at % 7 == 0 || at % 740 < HEAD + 2) {
        let mut bad = bytes.clone();
        bad[at] ^= 0x20;
        std::fs::write(&path, &bad).expect("writes");
        let store = open(folder.path());
        for byte in [1, 3, 4] {
            assert!(
                store.read(&sealed(byte, 2).key).is_some(),
                "byte {at} lost {byte}"
            );
        }
        assert!(store.read(&sealed(2, 2).key).is_none());
        assert_eq!(std::fs::read(&path).expect("reads").len(), bytes.len());
    }
}
