//! A block from hostile bytes: what decodes is written again as the same bytes, and holds the transactions of its header.
#![no_main]

use amanat_types::Block;
use commonware_codec::{DecodeExt as _, Encode as _};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(block) = Block::decode(data.to_vec()) else {
        return;
    };
    assert_eq!(block.encode().as_ref(), data);
    assert_eq!(block.payload().root(), block.header().transactions_root);
    assert_eq!(
        block.payload().ids().len(),
        block.payload().transactions().len()
    );
});
