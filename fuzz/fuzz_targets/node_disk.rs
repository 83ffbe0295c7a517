//! Files of a node's storage with hostile content, as `amanat doctor` and `amanat scrub` read them: damage is found, and nothing beyond a file is read.
//!
//! The first byte says whether the bytes stand in the file as they are, or behind a header and in pages whose checksums are right; the second splits them
//! between an index and its values.
#![no_main]

use amanat_node::disk::{Archive, HEADER_BYTES, Partition, partitions, scan};
use commonware_cryptography::Crc32;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

/// Bytes of data of a full page.
const DATA_BYTES: usize = 4084;

fuzz_target!(|data: &[u8]| {
    let [shape, split, bytes @ ..] = data else {
        return;
    };
    let at = usize::from(*split).min(bytes.len());
    let (index, values) = bytes.split_at(at);
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let (index, values) = match shape % 3 {
        0 => (index.to_vec(), values.to_vec()),
        1 => (paged(index), [head(), values.to_vec()].concat()),
        _ => (paged(bytes), [head(), bytes.to_vec()].concat()),
    };
    // One section of an archive, and a file of metadata.
    write(&root.join("n-blocks-key"), "0000000000000000", &index);
    write(&root.join("n-blocks-value"), "0000000000000000", &values);
    write(&root.join("n-plan-metadata"), "6c656674", &values);
    for partition in partitions(root, "n").expect("the folder is read") {
        check(&partition);
    }
    let archive = Archive::open(root, "n-blocks").expect("the folder is read");
    let Ok(entries) = archive.entries(0) else {
        return;
    };
    let Ok(values) = archive.values(0) else {
        return;
    };
    for entry in entries {
        if let Ok(value) = entry.value(&values) {
            assert_eq!(u32::try_from(value.len() + 4), Ok(entry.size));
        }
    }
});

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::create_dir(folder).expect("made");
    std::fs::write(folder.join(name), bytes).expect("written");
}

fn check(partition: &Partition) {
    for blob in &partition.blobs {
        let scanned = scan(partition, blob).expect("the disk is sound");
        for damage in &scanned.damage {
            assert!(
                damage.offset <= scanned.bytes.saturating_add(HEADER_BYTES)
                    || partition.name.ends_with("-value")
            );
        }
    }
}

/// The header of a sound file.
fn head() -> Vec<u8> {
    let magic = b"CWIK\0\x01\0\0";
    let mut head = [&magic[..], &Crc32::checksum(magic).to_be_bytes()].concat();
    head.resize(usize::try_from(HEADER_BYTES).expect("small"), 0);
    head
}

/// A sound file whose pages hold these bytes.
fn paged(bytes: &[u8]) -> Vec<u8> {
    let mut file = head();
    for data in bytes.chunks(DATA_BYTES) {
        let mut page = data.to_vec();
        page.resize(DATA_BYTES, 0);
        let length = u16::try_from(data.len()).expect("small").to_be_bytes();
        let check = Crc32::checksum(data);
        page.extend(length);
        page.extend(check.to_be_bytes());
        page.extend([0; 6]);
        file.extend(page);
    }
    file
}
