//! `Stored`: a holder's word that blobs are durable in its vault.
//!
//! A holder signs the Merkle root over the digests of a batch of blobs, after one group fsync. A
//! transaction carries each (holder, root, signature) once; a deposit carries its path to each root, or no
//! path when the batch is exactly the transaction's deposits in their order. Since protocol version [`ONE_PATH_SINCE`] a path counts for
//! every holder that signed the same root, so that a deposit of a batch that went to all its holders alike carries one.
use crate::codec::List;
use crate::id::BlobDigest;
use crate::key::{Check, MemberSigner, NAMESPACE_STORED, PublicKey, Signature};
use crate::{Digest, digest, limits, merkle};

/// Version of the rules since which one path counts for every root of its transaction that is the same.
pub const ONE_PATH_SINCE: u16 = 3;

/// Blobs that a gateway gathers under one root, and that measurements sign so.
pub const GATHERED_MAX: usize = 64;

/// One holder's signature over the root of a batch of blob digests.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoredRoot {
    /// The holder's vault key.
    pub holder: PublicKey,
    /// Merkle root over [`leaf`] of each blob, in the order of the batch.
    pub root: Digest,
    /// Signature over [`stored_message`].
    pub signature: Signature,
}
codec_struct!(StoredRoot {
    holder,
    root,
    signature
});

impl StoredRoot {
    /// The holder's signature, to be checked.
    pub fn check(&self, network: &Digest) -> Check {
        Check {
            key: self.holder,
            namespace: NAMESPACE_STORED,
            message: stored_message(network, &self.root),
            signature: self.signature,
        }
    }
}

/// A root and all who signed it, one after the other in the transaction's list: how [`crate::transaction::SHARED_VERSION`] writes them.
struct SharedRoot {
    root: Digest,
    signed: List<RootSignature, { limits::STORED_ROOTS_MAX }>,
}
codec_struct!(SharedRoot { root, signed });

struct RootSignature {
    holder: PublicKey,
    signature: Signature,
}
codec_struct!(RootSignature { holder, signature });

/// The roots of a transaction with each that is repeated at once written once.
pub(crate) struct SharedRoots {
    groups: List<SharedRoot, { limits::STORED_ROOTS_MAX }>,
}
codec_struct!(SharedRoots { groups });

impl SharedRoots {
    /// Groups roots; the order is kept.
    pub(crate) fn of(stored: &[StoredRoot]) -> Self {
        let groups = stored.chunk_by(|one, next| one.root == next.root);
        let groups = groups.filter_map(|same| {
            let signed = same.iter().map(|one| RootSignature {
                holder: one.holder,
                signature: one.signature,
            });
            Some(SharedRoot {
                root: same.first()?.root,
                signed: List::new(signed.collect()).ok()?,
            })
        });
        let groups = List::new(groups.collect()).unwrap_or_else(|_| List::empty());
        Self { groups }
    }

    /// The roots one by one; nothing if a group is empty, is not all that it could be, or there are too many: one list has one encoding.
    pub(crate) fn each(self) -> Option<List<StoredRoot, { limits::STORED_ROOTS_MAX }>> {
        let mut stored: Vec<StoredRoot> = Vec::new();
        for group in self.groups.into_vec() {
            let again = stored.last().is_some_and(|last| last.root == group.root);
            if again || group.signed.is_empty() {
                return None;
            }
            stored.extend(group.signed.into_vec().into_iter().map(|one| StoredRoot {
                holder: one.holder,
                root: group.root,
                signature: one.signature,
            }));
        }
        List::new(stored).ok()
    }
}

/// Where one blob stands under one root of its transaction, and under every other that is the same ([`ONE_PATH_SINCE`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPath {
    /// Position of the root in the transaction's list of roots.
    pub root: u8,
    /// Position of the blob in the batch.
    pub position: u16,
    /// Number of blobs in the batch.
    pub leaf_count: u16,
    /// Sibling digests from the leaf up.
    pub siblings: List<Digest, { limits::STORED_PATH_MAX }>,
}
codec_struct!(StoredPath {
    root,
    position,
    leaf_count,
    siblings
});

impl StoredPath {
    /// The path of each blob of a batch, in order, to the root over all of them, as the first of its transaction; nothing for no blob, or for
    /// more than a path reaches (two to the power of [`limits::STORED_PATH_MAX`]).
    pub fn of_batch(blobs: &[BlobDigest]) -> Option<Vec<Self>> {
        let leaves: Vec<Digest> = blobs.iter().map(leaf).collect();
        let tree = merkle::tree(leaves.iter());
        let leaf_count = u16::try_from(blobs.len()).ok().filter(|count| *count > 0)?;
        let path = |position| {
            let proof = tree.proof(u32::from(position)).ok()?;
            Some(Self {
                root: 0,
                position,
                leaf_count,
                siblings: List::new(proof.siblings).ok()?,
            })
        };
        (0..leaf_count).map(path).collect()
    }

    /// Whether `blob` stands under `root` by this path.
    pub fn leads(&self, blob: &BlobDigest, root: &Digest) -> bool {
        let proof = merkle::Proof {
            leaf_count: u32::from(self.leaf_count),
            siblings: self.siblings.to_vec(),
        };
        merkle::verify(&proof, &leaf(blob), u32::from(self.position), root)
    }
}

/// The leaf of a blob: its address.
pub fn leaf(blob: &BlobDigest) -> Digest {
    commonware_cryptography::sha256::Digest(*blob.as_bytes())
}

/// Root over a batch of blobs, in order.
pub fn batch_root(blobs: &[BlobDigest]) -> Digest {
    let leaves: Vec<Digest> = blobs.iter().map(leaf).collect();
    merkle::root(leaves.iter())
}

/// What a holder signs: network and root.
pub fn stored_message(network: &Digest, root: &Digest) -> [u8; 32] {
    digest("amanat/stored", &[&network.0, &root.0]).0
}

/// Signs the root over `blobs` as their holder.
pub fn sign_stored(signer: &MemberSigner, network: &Digest, blobs: &[BlobDigest]) -> StoredRoot {
    let root = batch_root(blobs);
    StoredRoot {
        holder: signer.public_key(),
        root,
        signature: signer.sign(NAMESPACE_STORED, &stored_message(network, &root)),
    }
}
