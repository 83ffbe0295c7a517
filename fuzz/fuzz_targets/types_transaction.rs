//! A transaction from hostile bytes: what decodes is written again as the same bytes, and judging it does not panic.
#![no_main]

use amanat_types::{Transaction, limits};
use commonware_codec::Encode as _;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(transaction) = Transaction::from_bytes(data) else {
        return;
    };
    assert!(data.len() <= limits::TRANSACTION_BYTES_MAX);
    assert_eq!(transaction.encode().as_ref(), data);
    let _ = transaction.shape();
    for check in transaction.checks() {
        let _ = check.verify();
    }
});
