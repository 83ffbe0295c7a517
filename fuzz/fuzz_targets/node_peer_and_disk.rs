//! What a node decodes from peers and from its disk: the first byte says which kind, the rest is written again as the same bytes.
#![no_main]

use amanat_node::hostile::{Kind, decode};
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
