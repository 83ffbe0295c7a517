//! Proofs of receipts and of state from hostile bytes: what decodes is written again as the same bytes.
#![no_main]

use amanat_types::proof::{ReceiptProof, StateProof};
use commonware_codec::{DecodeExt as _, Encode as _};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(proof) = ReceiptProof::decode(data.to_vec()) {
        assert_eq!(proof.encode().as_ref(), data);
    }
    if let Ok(proof) = StateProof::decode(data.to_vec()) {
        assert_eq!(proof.encode().as_ref(), data);
    }
});
