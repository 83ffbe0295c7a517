//! P3: broken receipts are seen.
use crate::good::evidence;
use amanat_sim::check::receipts::{
    a_mutated_byte_fails, holds, mutated, mutated_byte_fails, receipts_verify_and_agree,
};
use amanat_sim::client::Told;
use commonware_codec::Encode as _;

#[test]
fn a_missing_proof_is_seen() {
    let mut broken = evidence();
    broken.views[3].proofs.pop_first();
    assert!(receipts_verify_and_agree(&broken).is_err());
}

#[test]
fn a_proof_that_does_not_verify_is_seen() {
    let mut broken = evidence();
    let mut proof = broken.views[2].proofs.first_entry().expect("a proof");
    proof.get_mut().receipt.units += 1;
    assert!(receipts_verify_and_agree(&broken).is_err());
}

#[test]
fn a_proof_of_another_transaction_is_seen() {
    let mut broken = evidence();
    let proofs = &mut broken.views[0].proofs;
    let last = proofs.last_key_value().expect("a proof").1.clone();
    *proofs.first_entry().expect("a proof").get_mut() = last;
    assert!(receipts_verify_and_agree(&broken).is_err());
}

#[test]
fn an_answer_that_is_not_proven_is_seen() {
    let mut broken = evidence();
    let asked = broken.asked[0];
    for answer in &mut broken.answers {
        if let Told::Final(last) = &mut answer.told
            && answer.transaction == asked
        {
            last.height = last.height.plus(1);
        }
    }
    assert!(receipts_verify_and_agree(&broken).is_err());
}

/// Every single byte of one proof counts; a verifier that overlooked one would be found.
#[test]
fn each_byte_of_a_proof_counts() {
    let good = evidence();
    let proof = good.views[0].proofs.first_key_value().expect("a proof").1;
    assert!(holds(proof.encode().to_vec(), &good.genesis));
    for at in 0..proof.encode().len() {
        assert!(!holds(mutated(proof, at), &good.genesis), "byte {at}");
    }
    assert_eq!(a_mutated_byte_fails(&good), Ok(()));
    assert!(mutated_byte_fails(&good, |_, _| true).is_err());
}
