//! `Stored` roots and paths.
use crate::samples;
use amanat_types::codec::List;
use amanat_types::id::BlobDigest;
use amanat_types::merkle;
use amanat_types::stored::{StoredPath, batch_root, leaf};

#[test]
fn each_blob_of_a_batch_leads_to_its_root_and_to_no_other() {
    for count in [1u8, 2, 3, 5, 64] {
        let blobs: Vec<BlobDigest> = (0..count).map(|b| BlobDigest::new([b; 32])).collect();
        let root = batch_root(&blobs);
        let leaves: Vec<_> = blobs.iter().map(leaf).collect();
        let tree = merkle::tree(leaves.iter());
        assert_eq!(tree.root(), root);
        for (position, blob) in blobs.iter().enumerate() {
            let proof = tree.proof(position as u32).expect("in range");
            let path = StoredPath {
                root: 0,
                position: position as u16,
                leaf_count: u16::from(count),
                siblings: List::new(proof.siblings).expect("short"),
            };
            assert!(path.leads(blob, &root));
            assert!(!path.leads(&BlobDigest::new([0xee; 32]), &root));
            assert!(!path.leads(blob, &samples::digest(1)));
            let mut moved = path.clone();
            moved.position += 1;
            assert!(!moved.leads(blob, &root));
            let mut longer = path.clone();
            longer.leaf_count += 1;
            assert!(!longer.leads(blob, &root));
        }
    }
}

#[test]
fn order_counts() {
    let a = BlobDigest::new([1; 32]);
    let b = BlobDigest::new([2; 32]);
    assert_ne!(batch_root(&[a, b]), batch_root(&[b, a]));
    assert_ne!(batch_root(&[a]), batch_root(&[a, a]));
}
