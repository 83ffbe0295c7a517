//! What vaults and custodians are sent and answer: the first byte says which message, the rest is written again as the same bytes.
#![no_main]

use amanat_client::wire::{
    CopyAnswer, CopyRequest, GetAnswer, HandOverAnswer, HandOverRequest, JournalAnswer, KeysAnswer,
    KeysRequest, PutBatch, ScrubAnswer, failure, problem,
};
use amanat_types::explain::ExplainQuestion;
use amanat_types::release::{JournalRequest, ReleaseRequest, SignedRequest};
use commonware_codec::{DecodeExt, Encode};
use libfuzzer_sys::fuzz_target;

fn again<T: DecodeExt<()> + Encode>(bytes: &[u8]) {
    if let Ok(message) = T::decode(bytes.to_vec()) {
        assert_eq!(message.encode().as_ref(), bytes);
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else {
        return;
    };
    match first % 15 {
        0 => again::<PutBatch>(bytes),
        1 => again::<GetAnswer>(bytes),
        2 => again::<CopyRequest>(bytes),
        3 => again::<CopyAnswer>(bytes),
        4 => again::<ScrubAnswer>(bytes),
        5 => again::<KeysRequest>(bytes),
        6 => again::<KeysAnswer>(bytes),
        7 => again::<JournalAnswer>(bytes),
        8 => again::<JournalRequest>(bytes),
        9 => again::<ReleaseRequest>(bytes),
        10 => again::<SignedRequest>(bytes),
        11 => again::<ExplainQuestion>(bytes),
        12 => again::<HandOverRequest>(bytes),
        13 => again::<HandOverAnswer>(bytes),
        _ => {
            let status = u16::from_be_bytes([bytes.first().copied().unwrap_or(0), *first]);
            problem(&failure("127.0.0.1:1", status, 0, bytes));
        }
    }
});
