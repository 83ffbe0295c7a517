//! Signatures: each kind, each namespace, low-S, and the ways in which they must fail.
use crate::samples;
use amanat_types::key::*;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use commonware_utils::union_unique;

/// Order of P-256, from SP 800-186, to make the other form of a signature.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

fn negate(mut signature: [u8; 64]) -> [u8; 64] {
    let mut borrow = 0i32;
    for at in (0..32).rev() {
        let digit = i32::from(ORDER[at]) - i32::from(signature[32 + at]) - borrow;
        borrow = i32::from(digit < 0);
        signature[32 + at] = digit.rem_euclid(256) as u8;
    }
    signature
}

fn card() -> (EcdsaKeyPair, PublicKey) {
    let random = SystemRandom::new();
    let document =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("generates");
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref())
        .expect("loads");
    let point = pair.public_key().as_ref();
    let mut compressed = [0u8; 33];
    compressed[0] = 2 + (point[64] & 1);
    compressed[1..].copy_from_slice(&point[1..33]);
    (pair, PublicKey::P256(compressed))
}

fn card_check() -> Check {
    let (pair, key) = card();
    let message = samples::digest(1).0;
    let signed = pair
        .sign(
            &SystemRandom::new(),
            &union_unique(NAMESPACE_TRANSACTION, &message),
        )
        .expect("signs");
    let mut bytes = [0u8; 64];
    bytes.copy_from_slice(signed.as_ref());
    Check {
        key,
        namespace: NAMESPACE_TRANSACTION,
        message,
        signature: Signature::P256(low_s(bytes)),
    }
}

#[test]
fn a_card_signs_in_low_s_and_the_other_form_is_refused() {
    for _ in 0..16 {
        let check = card_check();
        assert_eq!(check.verify(), Ok(()));
        let high = negate(*check.signature.as_bytes());
        let mutated = Check {
            signature: Signature::P256(high),
            ..check
        };
        assert_eq!(mutated.verify(), Err(SignatureError::HighS));
        assert_eq!(low_s(high), *check.signature.as_bytes());
        assert_eq!(low_s(low_s(high)), *check.signature.as_bytes());
    }
}

#[test]
fn the_largest_low_s_is_not_refused_as_high() {
    let check = card_check();
    let mut edge = *check.signature.as_bytes();
    let mut half = ORDER;
    let mut carry = 0;
    for byte in &mut half {
        let next = *byte & 1;
        *byte = (*byte >> 1) | (carry << 7);
        carry = next;
    }
    edge[32..].copy_from_slice(&half);
    let at = Check {
        signature: Signature::P256(edge),
        ..check
    };
    assert_eq!(at.verify(), Err(SignatureError::Wrong));
    edge[63] += 1;
    let above = Check {
        signature: Signature::P256(edge),
        ..check
    };
    assert_eq!(above.verify(), Err(SignatureError::HighS));
}

#[test]
fn a_member_signs_and_every_change_is_refused() {
    let signer = MemberSigner::from_seed([7; 32]);
    let message = samples::digest(2).0;
    let check = Check {
        key: signer.public_key(),
        namespace: NAMESPACE_STORED,
        message,
        signature: signer.sign(NAMESPACE_STORED, &message),
    };
    assert_eq!(check.verify(), Ok(()));
    let other = MemberSigner::from_seed([8; 32]).public_key();
    let wrong = [
        Check {
            namespace: NAMESPACE_TRANSACTION,
            ..check
        },
        Check {
            message: samples::digest(3).0,
            ..check
        },
        Check {
            key: other,
            ..check
        },
        Check {
            key: PublicKey::Ed25519([0xff; 32]),
            ..check
        },
    ];
    for check in wrong {
        assert_eq!(check.verify(), Err(SignatureError::Wrong));
    }
    let mut bytes = *check.signature.as_bytes();
    bytes[40] ^= 1;
    let flipped = Check {
        signature: Signature::Ed25519(bytes),
        ..check
    };
    assert_eq!(flipped.verify(), Err(SignatureError::Wrong));
    let kind = Check {
        signature: Signature::P256(bytes),
        ..check
    };
    assert_eq!(kind.verify(), Err(SignatureError::Kind));
}

#[test]
fn a_transaction_checks_its_signers_and_its_holders() {
    let transaction = samples::transaction();
    let checks = transaction.checks();
    assert_eq!(checks.len(), 2);
    for check in &checks {
        assert_eq!(check.verify(), Ok(()));
    }
    let mut elsewhere = transaction.clone();
    elsewhere.body.network = samples::digest(9);
    for check in elsewhere.checks() {
        assert_eq!(check.verify(), Err(SignatureError::Wrong));
    }
    assert_ne!(elsewhere.id(), transaction.id());
}
