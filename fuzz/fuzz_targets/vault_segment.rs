//! A vault's segment with hostile content: it is scanned to its end, entries lie one behind the other and within it.
#![no_main]

use amanat_vault::store::scan::scan;
use libfuzzer_sys::fuzz_target;
use std::io::Write as _;

fuzz_target!(|data: &[u8]| {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(data).expect("written");
    let length = u64::try_from(data.len()).expect("small");
    let segment = scan(&file, length).expect("the disk is sound");
    assert!(segment.end <= length);
    let mut end = 0;
    for (offset, head) in &segment.entries {
        assert!(*offset >= end, "entries overlap");
        end = offset + u64::try_from(head.entry_bytes()).expect("small");
        assert!(end <= length, "an entry reaches beyond the segment");
    }
});
