//! Rows of a member's own store, as a changed disk may give them: the first byte says which, the rest is written again as the same bytes.
#![no_main]

use amanat_projection::hostile::{Kind, decode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else {
        return;
    };
    let kind = Kind::ALL[usize::from(*first) % Kind::ALL.len()];
    if let Some(again) = decode(kind, bytes) {
        assert_eq!(again, bytes);
    }
});
