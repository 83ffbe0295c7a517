//! A release journal's file with hostile content: it is refused, or its entries are counted; what is counted is no more than what lies there.
#![no_main]

use amanat_client::journal::inspect;
use amanat_types::MemberId;
use amanat_types::code::JournalKind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal");
    std::fs::write(&path, data).expect("written");
    if let Ok((entries, torn)) = inspect(&path, JournalKind::Vault, MemberId::new(1)) {
        let bytes = u64::try_from(data.len()).expect("small");
        assert!(entries <= bytes && torn <= bytes);
        assert!(torn < bytes || entries == 0);
    }
});
