//! Merkle roots and paths over SHA-256 leaves: the commonware binary Merkle tree, whose root binds the number of leaves.
use crate::Digest;
use commonware_cryptography::Sha256;
use commonware_storage::bmt;

/// Proof that one leaf stands at a position.
pub type Proof = bmt::Proof<Digest>;

/// The tree over a list of leaves.
pub type Tree = bmt::Tree<Digest>;

/// The root over `leaves`, in order. No leaves have a root of their own.
pub fn root<'a>(leaves: impl ExactSizeIterator<Item = &'a Digest>) -> Digest {
    tree(leaves).root()
}

/// The tree over `leaves`, from which proofs are taken.
pub fn tree<'a>(leaves: impl ExactSizeIterator<Item = &'a Digest>) -> Tree {
    let mut builder = bmt::Builder::<Sha256>::new(leaves.len());
    for leaf in leaves {
        builder.add(leaf);
    }
    builder.build()
}

/// Whether `leaf` stands at `position` under `root`.
pub fn verify(proof: &Proof, leaf: &Digest, position: u32, root: &Digest) -> bool {
    proof
        .verify_element_inclusion::<Sha256>(leaf, position, root)
        .is_ok()
}
