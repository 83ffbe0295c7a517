//! P3: anyone can check. Receipts of different nodes verify from the genesis file alone and agree.
use crate::evidence::Evidence;
use amanat_types::proof::{ReceiptProof, Verified};
use amanat_types::{Genesis, TransactionId};
use commonware_codec::{DecodeExt as _, Encode as _};
use std::collections::BTreeMap;

/// Bytes of each proof that are mutated, one at a time.
const MUTATIONS: usize = 3;

/// Every node proves every transaction that was asked for; all proofs verify and say what the client was told.
pub fn receipts_verify_and_agree(evidence: &Evidence) -> Result<(), String> {
    let mut proven: BTreeMap<TransactionId, Verified> = BTreeMap::new();
    for view in &evidence.views {
        for id in &evidence.asked {
            let member = view.member;
            let proof = view.proofs.get(id);
            let proof = proof.ok_or_else(|| format!("node {member} does not prove {id}"))?;
            let verified = proof.verify(&evidence.genesis);
            let verified = verified.map_err(|e| format!("node {member}, {id}: {e}"))?;
            if verified.receipt.transaction != *id {
                return Err(format!(
                    "node {member} proves another transaction than {id}"
                ));
            }
            let first = proven.entry(*id).or_insert_with(|| verified.clone());
            if *first != verified {
                return Err(format!("node {member} proves something else of {id}"));
            }
        }
    }
    for (answer, last) in evidence.acknowledged() {
        let Some(verified) = proven.get(&answer.transaction) else {
            continue;
        };
        let same = verified.height == last.height
            && verified.time == last.time_ms
            && verified.receipt == last.receipt
            && verified.events == last.events;
        if !same {
            let (id, node) = (answer.transaction, answer.node);
            return Err(format!(
                "node {node} told a client something else of {id} than is proven"
            ));
        }
    }
    Ok(())
}

/// A proof with one byte changed does not decode, or proves nothing.
pub fn a_mutated_byte_fails(evidence: &Evidence) -> Result<(), String> {
    mutated_byte_fails(evidence, holds)
}

/// As [`a_mutated_byte_fails`], by a verifier that is given.
pub fn mutated_byte_fails(
    evidence: &Evidence,
    holds: fn(Vec<u8>, &Genesis) -> bool,
) -> Result<(), String> {
    for view in &evidence.views {
        for (number, (id, proof)) in view.proofs.iter().enumerate() {
            let length = proof.encode().len();
            for turn in 0..MUTATIONS {
                let at = (number * 7 + turn * 131 + usize::from(view.member) * 977) % length;
                if holds(mutated(proof, at), &evidence.genesis) {
                    let member = view.member;
                    return Err(format!(
                        "node {member}, {id}: byte {at} changed, still proven"
                    ));
                }
            }
        }
    }
    Ok(())
}

/// The proof with one bit of byte `at` turned.
pub fn mutated(proof: &ReceiptProof, at: usize) -> Vec<u8> {
    let mut bytes = proof.encode().to_vec();
    bytes[at] ^= 1 << (at % 8);
    bytes
}

/// Whether bytes are a proof that holds.
pub fn holds(bytes: Vec<u8>, genesis: &Genesis) -> bool {
    ReceiptProof::decode(bytes).is_ok_and(|proof| proof.verify(genesis).is_ok())
}
