//! What callers hand an exchange in bytes, and what it keeps: the first byte says which, the rest is written again as the same bytes.
#![no_main]

use amanat_exchange::hostile::{Kind, decode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else {
        return;
    };
    let kind = Kind::ALL[usize::from(*first) % Kind::ALL.len()];
    let Some(again) = decode(kind, bytes) else {
        return;
    };
    match kind {
        Kind::SealedCard => panic!("a card that was made up opens"),
        // It may come in capitals.
        Kind::Cursor => assert_eq!(again, bytes.to_ascii_lowercase()),
        _ => assert_eq!(again, bytes),
    }
});
