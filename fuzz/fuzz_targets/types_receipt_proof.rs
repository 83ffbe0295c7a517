//! Proofs of receipts and of state from hostile bytes: what decodes is written again as the same bytes, and none that the fuzzer makes up is believed.
#![no_main]

use amanat_types::code::{KeyPurpose, MemberKind};
use amanat_types::codec::{List, Text};
use amanat_types::genesis::{Genesis, GenesisMember, PROTOCOL, VERSION};
use amanat_types::id::SealingKey;
use amanat_types::key::MemberSigner;
use amanat_types::proof::{ReceiptProof, StateProof};
use amanat_types::state::MemberKey;
use amanat_types::{MemberId, TimestampMs};
use commonware_codec::{DecodeExt as _, Encode as _};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// The network that the verifier trusts.
static GENESIS: LazyLock<Genesis> = LazyLock::new(|| {
    let members = (1u8..=4).map(|number| GenesisMember {
        member: MemberId::new(u16::from(number)),
        name: Text::new("m").expect("short"),
        kind: MemberKind::Hospital,
        keys: List::new(vec![MemberKey {
            purpose: KeyPurpose::Consensus,
            key: MemberSigner::from_seed([number; 32]).public_key(),
        }])
        .expect("one"),
        sealing: SealingKey::new([number; 32]),
    });
    Genesis {
        version: VERSION,
        name: Text::new("n").expect("short"),
        time_ms: TimestampMs::new(1),
        protocol: PROTOCOL,
        epoch_blocks: 10,
        members: List::new(members.collect()).expect("four"),
    }
});

fuzz_target!(|data: &[u8]| {
    if let Ok(proof) = ReceiptProof::decode(data.to_vec()) {
        assert_eq!(proof.encode().as_ref(), data);
        assert!(proof.verify(&GENESIS).is_err());
    }
    if let Ok(proof) = StateProof::decode(data.to_vec()) {
        assert_eq!(proof.encode().as_ref(), data);
        assert!(proof.verify(&GENESIS).is_err());
    }
});
